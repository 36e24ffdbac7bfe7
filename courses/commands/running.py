"""How lessons are run, and the options that say so."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from courses.commands.surroundings import bundled

if TYPE_CHECKING:
    from courses.validation.cache import Results
    from courses.validation.pool import How

_OPTIONS = (
    click.option(
        "--workers", type=click.IntRange(1, 1024), help="Lessons at once (usual: a processor each)."
    ),
    click.option("--no-fork", is_flag=True, help="Start each kernel in a new Python."),
    click.option("--no-cache", is_flag=True, help="Run also what passed before, unchanged."),
    click.option(
        "--cache",
        type=click.Path(file_okay=False, path_type=Path),
        help="Where to keep what passed (usual: ~/.cache/aifactory-onboarding/validation).",
    ),
)


@dataclass(frozen=True)
class Running:
    """What was asked for."""

    workers: int | None = None
    no_fork: bool = False
    no_cache: bool = False
    cache: Path | None = None

    @property
    def how(self) -> How:
        """How lessons run here."""
        from courses.validation.pool import How

        return How(workers=self.workers, fork=not self.no_fork)

    @property
    def results(self) -> Results:
        """Where results are kept."""
        from courses.validation import cache

        return cache.NOTHING if self.no_cache else cache.FolderOfResults(self.cache or cache.USUAL)


how_to_run = bundled("running", Running, _OPTIONS)
"""Gives a command the options that say how lessons are run, and `running`."""
