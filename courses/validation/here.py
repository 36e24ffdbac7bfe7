"""The machine under this process, as the site `local` describes it.

Sites are not ours to know: whoever brings them registers `Surroundings` under an entry point.
"""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from spawners.errors import MissingTool
from spawners.machine import Machine

if TYPE_CHECKING:
    from courses.commands.surroundings import Surroundings

ENTRY_POINT = "aifactory_onboarding.surroundings"
LOCAL = "local"


def surroundings() -> Surroundings:
    """Return what the sites lend. Raises MissingTool where no package brings any."""
    found = next(iter(entry_points(group=ENTRY_POINT)), None)
    if found is None:
        raise MissingTool(
            f"No installed package says what this machine is (entry point {ENTRY_POINT}).",
            hint="Install aifactory-onboarding again.",
        )
    made: Surroundings = found.load()()
    return made


def machine() -> Machine:
    """Return this machine."""
    return surroundings().machine(LOCAL)
