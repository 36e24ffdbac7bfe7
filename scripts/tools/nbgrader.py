"""nbgrader, for the tests that hold our trainee versions against its own.

It lies apart from the environment: its server extensions would slow down every session that
starts there.
"""

from __future__ import annotations

import shutil

from tools.environment import Environment

REQUIREMENT = "nbgrader>=0.9.5,<0.10"
_STAMP = "onboard-requirement.txt"


def beside(environment: Environment) -> dict[str, str]:
    """Bring nbgrader, once, and return the variable by which the tests find its folder."""
    folder = environment.folder / "nbgrader"
    stamp = folder / _STAMP
    if not stamp.exists() or stamp.read_text() != REQUIREMENT:
        # Made aside and then renamed: a broken-off installation is never taken for a whole one.
        new = folder.with_name("nbgrader.new")
        shutil.rmtree(new, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)
        note = " (about a minute, first time only)"
        environment.pip("Installing nbgrader", "--target", str(new), REQUIREMENT, note=note)
        (new / _STAMP).write_text(REQUIREMENT)
        new.rename(folder)
    return {"ONBOARD_NBGRADER": str(folder)}
