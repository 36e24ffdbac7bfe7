"""What a lesson finds around it when it is validated: the files that its result may depend on.

A lesson that runs sees just these: so no result can depend on a file that its cache key leaves out.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

from courses.authoring.manifest import MANIFEST, Course, Lesson

LOCALE = "locale"
_NO_LESSON_READS = (MANIFEST, "sanitize.cfg")


def files_of(course: Course, lesson: Lesson, content: Iterable[Path]) -> tuple[str, ...]:
    """Return the files beside the lesson's own notebook: helper modules, data, pictures.

    `content` is all files of the course. Other notebooks, translations and the data of other
    lessons are left out.
    """
    others_data = {one.path for one in course.data if one.lessons and lesson.id not in one.lessons}
    return tuple(
        path
        for path in (one.as_posix() for one in content)
        if path not in _NO_LESSON_READS
        and path not in others_data
        and not path.endswith(".ipynb")
        and PurePosixPath(path).parts[0] != LOCALE
    )


def copy(course_folder: Path, files: Sequence[str], target: Path) -> None:
    """Copy these files of the course into `target`."""
    for name in files:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(course_folder / name, target / name)
