"""Files that the cluster puts on the system: marked as ours, never over somebody else's."""

from __future__ import annotations

import os
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from spawners.errors import InvalidInput

MARKER = "# Written by `onboard onebox up`; `onboard onebox down` removes it."
_BEGIN = "# BEGIN aifactory-onboarding onebox"
_END = "# END aifactory-onboarding onebox"

# Configuration, not HTML: nothing is escaped, and the models allow only plain names.
_templates = Environment(
    autoescape=False,  # noqa: S701
    undefined=StrictUndefined,
    keep_trailing_newline=True,
)


def render(template: str, **values: object) -> str:
    """Return one of the templates of `config/`, filled in."""
    source = files("hub_config.onebox").joinpath("config", template).read_text(encoding="utf-8")
    return _templates.from_string(source).render(marker=MARKER, **values)


def is_ours(path: Path) -> bool:
    """Whether the file starts with our marker."""
    return path.is_file() and path.read_text(errors="replace").startswith(MARKER)


def refuse_foreign(paths: Iterable[Path]) -> None:
    """Raise InvalidInput for the first file that exists and is not ours."""
    for path in paths:
        if path.exists() and not is_ours(path):
            raise InvalidInput(
                f"{path} is there and was not written by `onboard onebox up`: this machine has "
                "a configuration of its own, and nothing was changed.",
                hint="Use another machine, or move that file away.",
            )


def holds(path: Path, text: str, *, mode: int = 0o644) -> bool:
    """Whether the file is there with this text and mode."""
    try:
        return path.read_text() == text and path.stat().st_mode & 0o7777 == mode
    except FileNotFoundError:
        return False


def put(path: Path, text: str, *, mode: int = 0o644) -> None:
    """Make the file hold `text`, at once and whole."""
    if holds(path, text, mode=mode):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    # sudo ignores names with a dot in its folder: a half-written file is never read.
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_text(text)
    draft.chmod(mode)
    draft.replace(path)


def with_block(text: str, block: str) -> str:
    """Return `text` with our marked block holding `block`; an empty block is no block. Pure."""
    before, _, rest = text.partition(f"{_BEGIN}\n")
    _, ended, after = rest.partition(f"{_END}\n")
    # A block that lost its end is cut off at its beginning only: what follows may not be ours.
    kept = before + (after if ended else rest)
    if not block:
        return kept
    if kept and not kept.endswith("\n"):
        kept += "\n"
    return f"{kept}{_BEGIN}\n{block}{_END}\n"


def put_block(path: Path, block: str) -> None:
    """Give the file our block, in place."""
    old = path.read_text() if path.exists() else ""
    new = with_block(old, block)
    if new == old:
        return
    # /etc/hosts is a mount in a container: it can be written, and not replaced.
    with path.open("w") as file:
        file.write(new)
        file.flush()
        os.fsync(file.fileno())


def host_names(text: str) -> set[str]:
    """Return every name of a hosts(5) text. Pure."""
    lines = [line.partition("#")[0].split() for line in text.splitlines()]
    return {name for words in lines for name in words[1:]}
