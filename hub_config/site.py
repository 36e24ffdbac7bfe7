"""Site: machine, login, languages, look, from one TOML. Errors name file, key and fix."""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, StringConstraints, ValidationError, model_validator

from courses.service.learning.settings import LearningSettings
from hub_config.hardware import with_local_gpus
from hub_config.signin import Login
from hub_config.site_keys import keys
from hub_config.site_problems import Problem, problems
from spawners.batch.local import LocalBatch
from spawners.batch.slurm import SlurmBatch
from spawners.errors import InvalidInput
from spawners.jobs import Batch, UserName
from spawners.machine import Line, Machine, Model

SiteName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+([-_][a-z0-9]+)*$", max_length=40)]
HostName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]*)$")]
Language = Annotated[str, Field(pattern=r"^[a-z]{2}$")]
PublicKey = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Hub(Model):
    """Where the hub listens. It takes `port` (the pages) and the four ports after it."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1024, le=65531)] = 8000
    reachable_at: HostName = "127.0.0.1"
    """The name or address by which the compute nodes reach the hub's host."""
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

    @property
    def events_port(self) -> int:
        """Where sessions bring what was learned."""
        return self.port + 4

    @property
    def ports(self) -> range:
        """All that it takes."""
        return range(self.port, self.port + 5)


class Site(Model):
    """One factory: its machine, its login, its look."""

    name: SiteName
    reference: str
    """How another process loads this site: its name, or the path of its TOML."""
    title: Line
    languages: Annotated[tuple[Language, ...], Field(min_length=1)]
    data_dir: Path
    login: Login
    hub: Hub
    machine: Machine
    learning: LearningSettings = LearningSettings()
    trusted_keys: tuple[PublicKey, ...] = ()
    """Of those, beside whoever publishes, whose validation records and releases count here."""
    unknown: Mapping[str, Line] = Field(default_factory=dict)
    """Keys that nobody has settled yet, and what is to be found out: the site is a draft."""

    @model_validator(mode="after")
    def _unknown_keys_are_keys(self) -> Self:
        for key in self.unknown:
            if key not in KEYS:
                raise ValueError(f"unknown: there is no key {key}")
        return self

    @model_validator(mode="after")
    def _somebody_can_sign_in(self) -> Self:
        if self.login.everyone and self.login.oidc is None and "login.oidc" not in self.unknown:
            raise ValueError("login.everyone needs [login.oidc]: who would say who everyone is?")
        return self

    def require_complete(self) -> None:
        """Raise InvalidInput for a draft, naming each key that is still unknown."""
        if not self.unknown:
            return
        missing = " ".join(f"{key}: {what}" for key, what in self.unknown.items())
        raise InvalidInput(
            f"The site {self.name} is a draft and cannot be started yet. To be settled: {missing}",
            hint=f"Copy it with `onboard site show {self.name} --toml`, set each of these keys, "
            "take its line out of [unknown], and start the copy with --site FILE.",
        )

    @property
    def catalogue(self) -> Path:
        """The published releases; every trainee reads them."""
        return self.data_dir / "catalogue"

    @property
    def hub_dir(self) -> Path:
        """The hub's own: its database, its secrets. Mode 0700."""
        return self.data_dir / "hub"

    @property
    def log_dir(self) -> Path:
        """The sessions' logs: each job writes one, the hub reads its end."""
        return self.data_dir / "logs"

    @property
    def events_database(self) -> str:
        """The address of the database that holds what trainees learned."""
        return self.learning.database or f"sqlite:///{self.hub_dir}/learning.sqlite"

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
    def events_url(self) -> str:
        """Where the course pages take events from sessions."""
        return f"{self._scheme}://{self.hub.reachable_at}:{self.hub.events_port}"

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


KEYS = keys(Site, leave_out=frozenset({"reference"}))
"""Every key that a site's TOML may have; `reference` is not the file's to say."""
_FIRST = ("local", "onebox")


def names() -> tuple[str, ...]:
    """Return the names of the sites that come with the product; those for everyone first."""
    folder = files("hub_config") / "sites"
    found = (p.name[:-5] for p in folder.iterdir() if p.name.endswith(".toml"))
    return tuple(sorted(found, key=lambda name: (name not in _FIRST, name)))


def load(name: str, *, data_dir: Path | None = None, port: int | None = None) -> Site:
    """Load a site by name, or by the path of its TOML.

    `data_dir` (else $ONBOARD_DATA, else the file's own) and `port` (else $ONBOARD_PORT) override.
    Raises InvalidInput.
    """
    try:
        site = _validated(name, data_dir, port)
    except ValidationError as error:
        said = " ".join(str(one) for one in problems(error, KEYS))
        raise InvalidInput(f"{_path(name)}: {said}") from None
    if site.machine.batch == "local":
        return site.model_copy(update={"machine": with_local_gpus(site.machine)})
    return site


def mistakes(name: str) -> tuple[Problem, ...]:
    """Return what is wrong with a site's TOML. Raises InvalidInput if it is none at all."""
    try:
        _validated(name, None, None)
    except ValidationError as error:
        return problems(error, KEYS)
    return ()


def text(name: str) -> str:
    """Return a site's TOML as it is written, comments and all."""
    return _text(_path(name))


def _validated(name: str, data_dir: Path | None, port: int | None) -> Site:
    path = _path(name)
    raw = _read(path)
    raw["reference"] = name if name in names() else str(path.absolute())
    chosen = data_dir or os.environ.get("ONBOARD_DATA")
    if chosen:
        raw["data_dir"] = str(chosen)
    wanted = port or os.environ.get("ONBOARD_PORT")
    hub = raw.get("hub", {})
    if wanted and isinstance(hub, dict):
        raw["hub"] = {**hub, "port": wanted}
    if isinstance(raw.get("data_dir"), str):
        raw["data_dir"] = str(Path(raw["data_dir"]).expanduser().absolute())
    return Site.model_validate(_filled_in(raw, str(raw.get("data_dir"))))


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
        return tomllib.loads(_text(path))
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(f"{path}: cannot be read as TOML: {error}.") from None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path}: cannot be read: {error}.") from None


def _filled_in(value: Any, data: str) -> Any:  # noqa: ANN401  TOML's own shape
    """Replace {prefix} (where this Python environment is) and {data} in every string."""
    if isinstance(value, dict):
        return {key: _filled_in(one, data) for key, one in value.items()}
    if isinstance(value, list):
        return [_filled_in(one, data) for one in value]
    if isinstance(value, str):
        return value.replace("{prefix}", sys.prefix).replace("{data}", data)
    return value
