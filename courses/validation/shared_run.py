"""One run of a course for all who ask: threads of pytest, and its workers in other processes.

Who asks first runs it and leaves the record in a folder that all of them share; the others wait
for the lock, which the system frees when its holder ends, however that comes.
"""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from courses.validation import job as jobs
from courses.validation.record import ValidationRecord
from spawners.errors import InvalidInput, OnboardError
from spawners.machine import Model


class _Outcome(Model):
    """What came of it: a record, or why there is none."""

    record: ValidationRecord | None = None
    message: str = ""
    hint: str = ""


class SharedRun:
    """The run of one course. `shared` is the folder for all; None where nobody else asks."""

    def __init__(
        self, course_folder: Path, run: Callable[[Path], ValidationRecord], shared: Path | None
    ) -> None:
        self._folder = course_folder
        self._run = run
        self._shared = shared
        self._found: _Outcome | None = None

    def record(self) -> ValidationRecord:
        """Return the record, running the course if nobody has. Raises OnboardError."""
        if self._found is None:
            self._found = self._outcome() if self._shared is None else self._from(self._shared)
        if self._found.record is None:
            raise InvalidInput(self._found.message, hint=self._found.hint)
        return self._found.record

    def _from(self, shared: Path) -> _Outcome:
        name = hashlib.sha256(str(self._folder.resolve()).encode()).hexdigest()[:20]
        file = shared / f"{name}.json"
        with _locked(shared / f"{name}.lock"):
            if file.exists():
                return _Outcome.model_validate_json(file.read_bytes())
            found = self._outcome()
            jobs.write(file, found)
            return found

    def _outcome(self) -> _Outcome:
        try:
            return _Outcome(record=self._run(self._folder))
        except OnboardError as error:
            return _Outcome(message=error.message, hint=error.hint)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        # No limit: who holds it runs a course, whose lessons all have a budget.
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
