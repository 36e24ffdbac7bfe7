"""From a course's folder to a release, out of one copy of it: what runs is what is published."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from courses.authoring import manifest
from courses.authoring.content import content_files, content_hash
from courses.authoring.leaks import require_no_leaks
from courses.authoring.release import build
from courses.authoring.sums import MOST_BYTES, OWN_FILES
from courses.releases.proof import require_fits
from courses.validation.check import require_sound
from courses.validation.record import ValidationRecord
from spawners.errors import InvalidInput


@dataclass(frozen=True)
class Built:
    """A course as it was at one moment, and its trainee version."""

    course: manifest.Course
    source: Path
    folder: Path
    content_hash: str

    def require_record_of_it(self, record: ValidationRecord) -> None:
        """Raise InvalidInput for a record of other content."""
        if record.content_hash != self.content_hash:
            raise InvalidInput(
                f"{self.course.id} {self.course.version} is not published: "
                "the validation record is for other content.",
                hint="The course has changed since: check it again.",
            )


def build_once(folder: Path, scratch: Path) -> Built:
    """Copy the course into `scratch`, and build from the copy: later edits are for the next time.

    Raises InvalidInput.
    """
    require_sound(folder, manifest.load(folder))  # of the author's own files: it names them
    source, built = scratch / "source", scratch / "built"
    files = content_files(folder)
    _refuse_own_names(folder, files)
    for path in files:
        target = source / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / path, target, follow_symlinks=False)
    build(source, built)
    require_no_leaks(source, built)
    return Built(manifest.load(source), source, built, content_hash(source))


def _refuse_own_names(folder: Path, files: list[Path]) -> None:
    for name in sorted(OWN_FILES):
        if Path(name) in files:
            raise InvalidInput(
                f"{folder / name}: a release has a file of its own of that name.",
                hint="Move it out of the course, or rename it.",
            )


def recorded(path: Path) -> ValidationRecord:
    """Read a record that `onboard course check --json` wrote. Raises InvalidInput."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        require_fits(content, str(path))
        return ValidationRecord.model_validate_json(content)
    except (OSError, ValidationError) as error:
        problem = str(error).partition("\n")[0]
        raise InvalidInput(
            f"{path}: not a validation record: {problem}.", hint="Make one with `check --json`."
        ) from None
