"""What can be said of a course's files before any of it runs; each mistake names the fix."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from courses.authoring.content import content_files, require_notebooks
from courses.authoring.data_files import require_data
from courses.authoring.manifest import Course
from courses.authoring.parameters import Parameter
from spawners.errors import InvalidInput


class Known(Protocol):
    """Remembers which notebooks were found sound."""

    def is_sound(self, key: str) -> bool:
        """Return whether the notebook of that key was."""

    def keep_sound(self, key: str) -> None:
        """Remember that it is."""


def require_sound(
    folder: Path,
    course: Course,
    known: Known | None = None,
    files: Sequence[Path] | None = None,
) -> None:
    """Raise InvalidInput for a notebook, marker, parameter, hint, quiz or data file that is wrong.

    A notebook that is known to be sound is not read again. `files` are what `content_files` has
    just returned, where somebody has asked it already.
    """
    files = content_files(folder) if files is None else files
    require_notebooks(folder, course, files)
    require_data(folder, course)
    declared = {lesson.notebook: lesson.parameters for lesson in course.lessons}
    for path in files:
        if path.suffix == ".ipynb":
            name = path.as_posix()
            _require_sound_notebook(folder / path, name, declared.get(name), known)


def _require_sound_notebook(
    path: Path, name: str, declared: Mapping[str, Parameter] | None, known: Known | None
) -> None:
    key = _key(path, declared)
    if known is not None and known.is_sound(key):
        return
    # What these import takes a while.
    from courses.authoring.metadata_check import require_sound_metadata
    from courses.authoring.parameter_cell import require_declared
    from courses.authoring.source import read, trainee_version

    source = read(path, name)
    trainee_version(source)
    require_sound_metadata(source)
    if declared is not None:
        require_declared(source, declared)
    if known is not None:
        known.keep_sound(key)


def _key(path: Path, declared: Mapping[str, Parameter] | None) -> str:
    try:
        digest = hashlib.sha256(path.read_bytes())
    except OSError as error:
        raise InvalidInput(
            f"{path}: cannot be read: {error.strerror}.", hint="Mend the file's mode."
        ) from None
    for parameter, value in sorted((declared or {}).items()):
        digest.update(f"\0{parameter}={value.model_dump_json()}".encode())
    return f"{digest.hexdigest()}{'' if declared is None else '-lesson'}"
