"""Site: machine, login, languages, look, from one TOML. Errors name file, key and fix."""

from __future__ import annotations

import os
import sys
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError

from hub_config.hardware import with_local_gpus
from spawners.batch.local import LocalBatch
from spawners.batch.slurm import SlurmBatch
from spawners.errors import InvalidInput
from spawners.jobs import Batch, UserName
from spawners.machine import Line, Machine, Model, Slug

Language = Annotated[str, Field(pattern=r"^[a-z]{2}$")]


class Login(Model):
    """Who may sign in: each of these users, with a password of their own made at each start."""

    users: Annotated[tuple[UserName, ...], Field(min_length=1)]


class Hub(Model):
    """Where the hub listens. It takes `port` (the pages) and the three ports after it."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1024, le=65532)] = 8000
    run_as: UserName | None = None
    """The unprivileged system user that the hub runs as; None is whoever starts it."""
    end_sessions_with_hub: bool = False
    """Whether an orderly stop of the hub ends the sessions too."""
    internal_tls: bool | None = None
    """Whether hub, proxy and sessions speak TLS to each other; None: wherever there is Slurm."""

    @property
    def api_port(self) -> int:
        """Where sessions, service and proxy reach the hub: fixed, so that they find it again."""
        return self.port + 1

    @property
    def proxy_api_port(self) -> int:
        """Where the hub tells the proxy its routes."""
        return self.port + 2

    @property
    def service_port(self) -> int:
        """Where the course pages are."""
        return self.port + 3


class Site(Model):
    """One factory: its machine, its login, its look."""

    name: Slug
    reference: str
    """How another process loads this site: its name, or the path of its TOML."""
    title: Line
    languages: Annotated[tuple[Language, ...], Field(min_length=1)]
    data_dir: Path
    login: Login
    hub: Hub
    machine: Machine

    @property
    def catalogue(self) -> Path:
        """The published releases; every trainee reads them."""
        return self.data_dir / "catalogue"

    @property
    def hub_dir(self) -> Path:
        """The hub's own: its database, its secrets. Mode 0700."""
        return self.data_dir / "hub"

    @property
    def internal_tls(self) -> bool:
        """Whether hub, proxy and sessions speak TLS to each other."""
        chosen = self.hub.internal_tls
        return self.machine.batch == "slurm" if chosen is None else chosen

    @property
    def hub_url(self) -> str:
        """Where sessions, course pages and proxy reach the hub itself."""
        return f"{self._scheme}://127.0.0.1:{self.hub.api_port}"

    @property
    def proxy_api_url(self) -> str:
        """Where the hub tells the proxy its routes."""
        return f"{self._scheme}://127.0.0.1:{self.hub.proxy_api_port}"

    @property
    def _scheme(self) -> str:
        return "https" if self.internal_tls else "http"

    def batch(self) -> Batch:
        """Return the machine's batch system."""
        if self.machine.batch == "local":
            return LocalBatch(self.data_dir)
        return SlurmBatch(sudo=self.machine.submit_as_trainee)


def names() -> tuple[str, ...]:
    """Return the names of the sites that come with the product."""
    folder = files("hub_config") / "sites"
    return tuple(sorted(p.name[:-5] for p in folder.iterdir() if p.name.endswith(".toml")))


def load(name: str, *, data_dir: Path | None = None, port: int | None = None) -> Site:
    """Load a site by name, or by the path of its TOML.

    `data_dir` (else $ONBOARD_DATA, else the file's own) and `port` (else $ONBOARD_PORT) override.
    Raises InvalidInput.
    """
    path = _path(name)
    raw = _read(path)
    raw["reference"] = name if name in names() else str(path.absolute())
    chosen = data_dir or os.environ.get("ONBOARD_DATA")
    if chosen:
        raw["data_dir"] = str(chosen)
    wanted = port or os.environ.get("ONBOARD_PORT")
    if wanted:
        raw["hub"] = {**raw.get("hub", {}), "port": int(wanted)}
    raw["data_dir"] = str(Path(str(raw.get("data_dir", ""))).expanduser().absolute())
    try:
        site = Site.model_validate(_filled_in(raw, raw["data_dir"]))
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in error.errors()
        )
        raise InvalidInput(f"{path}: {problems}.", hint="Mend the keys named.") from None
    if site.machine.batch == "local":
        return site.model_copy(update={"machine": with_local_gpus(site.machine)})
    return site


def _path(name: str) -> Path:
    if name in names():
        return Path(str(files("hub_config") / "sites" / f"{name}.toml"))
    path = Path(name)
    if path.suffix == ".toml" and path.is_file():
        return path
    raise InvalidInput(
        f"There is no site {name!r}.",
        hint=f"Choose one of {', '.join(names())}, or give the path of a site's .toml file.",
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidInput(f"{path}: cannot be read as TOML: {error}.") from None


def _filled_in(value: Any, data: str) -> Any:  # noqa: ANN401  TOML's own shape
    """Replace {prefix} (where this Python environment is) and {data} in every string."""
    if isinstance(value, dict):
        return {key: _filled_in(one, data) for key, one in value.items()}
    if isinstance(value, list):
        return [_filled_in(one, data) for one in value]
    if isinstance(value, str):
        return value.replace("{prefix}", sys.prefix).replace("{data}", data)
    return value
