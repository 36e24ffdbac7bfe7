"""Which files of a folder become a course, in which order, and which are left where they are."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Set
from dataclasses import dataclass
from pathlib import Path

from courses.authoring import manifest
from courses.authoring.importing import nbgrader_config
from courses.authoring.importing.nbgrader_config import Config
from courses.authoring.importing.notes import Note
from courses.authoring.leaks import misplaced
from spawners.errors import InvalidInput

LARGEST_BYTES = 100_000_000
"""nbgrader's own limit (CourseDirectory.max_file_size); a course is copied to every trainee."""

_CACHES = ("node_modules",)
_LONGEST_PATH = 200
_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True)
class Sources:
    """What is imported. Paths are inside `base`, which is where the course's files are."""

    base: Path
    config: Config
    header: Path | None
    footer: Path | None
    notebooks: tuple[Path, ...]
    """In the order of the lessons."""
    files: tuple[Path, ...]
    notes: tuple[Note, ...]


def find(source: Path) -> Sources:
    """Look through a folder of notebooks, an nbgrader course or one assignment of it.

    `source` is resolved: no part of it is a link.

    Raises InvalidInput where there is no notebook, or a course already.
    """
    root = _course_root(source)
    config = nbgrader_config.read(root)
    of_course = (root / config.source_directory).resolve()
    assignments = (
        sorted(of_course.glob("*/*.ipynb"))
        if source in (root, of_course) and of_course.is_relative_to(root)
        else []
    )
    base = of_course if assignments else source
    if (base / manifest.MANIFEST).exists():
        raise InvalidInput(
            f"{base}: is a course already: there is a {manifest.MANIFEST} in it.",
            hint="Check it with `onboard course check`.",
        )
    return _sorted(_Walk(base, nbgrader=bool(assignments)), root, config)


def _course_root(source: Path) -> Path:
    """Return where nbgrader would be run: here, or up to two folders above an assignment."""
    for folder in (source, source.parent, source.parent.parent):
        if any((folder / name).is_file() for name in nbgrader_config.FILES):
            return folder
    return source


def _sorted(walk: _Walk, root: Path, config: Config) -> Sources:
    notes = [*config.notes]
    header = _edge(root, config.header, notes)
    footer = _edge(root, config.footer, notes)
    files, left_out = walk.files(without={header, footer})
    notebooks = sorted((path for path in files if path.suffix == ".ipynb"), key=natural)
    if not notebooks:
        raise InvalidInput(
            f"{walk.base}: no notebook was found in it.", hint="Name the folder that they are in."
        )
    others = tuple(path for path in files if path.suffix != ".ipynb")
    return Sources(walk.base, config, header, footer, tuple(notebooks), others, (*notes, *left_out))


def _edge(root: Path, place: str, notes: list[Note]) -> Path | None:
    """Return the header or footer that is configured, if it is a file inside `root`."""
    if not place:
        return None
    path = (root / place).resolve()
    if path.is_relative_to(root.resolve()) and path.is_file():
        notes.append(Note(place, "its cells are in every notebook now, as nbgrader puts them."))
        return path
    notes.append(Note(place, "there is no such file in the course: it is added to no notebook."))
    return None


def natural(path: Path) -> list[tuple[bool, int, str]]:
    """Sort key by which lesson2 comes before lesson10."""
    parts = _DIGITS.split(path.as_posix().lower())
    return [(part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts]


@dataclass(frozen=True)
class _Walk:
    base: Path
    nbgrader: bool
    """Whether the base holds assignments: then nothing else in it counts."""

    def files(self, without: Set[Path | None]) -> tuple[list[Path], list[Note]]:
        """Return the files to take, and what is left out and why; `without` is neither."""
        taken, notes = [], []
        for path in self._paths():
            name = path.relative_to(self.base)
            if path in without:
                continue
            if reason := self._reason_against(path, name):
                notes.append(Note(_printable(name), f"left out: {reason}."))
            elif path.is_file():
                taken.append(name)
        return taken, notes

    def _paths(self) -> Iterator[Path]:
        for root, folders, files in os.walk(self.base, onerror=_refuse):
            entries = [Path(root, name) for name in sorted([*folders, *files])]
            yield from entries
            inside = (path.name for path in entries if self._is_open(path))
            folders[:] = sorted(set(folders).intersection(inside))

    def _is_open(self, path: Path) -> bool:
        return not self._reason_against(path, path.relative_to(self.base))

    def _reason_against(self, path: Path, name: Path) -> str:
        if reason := misplaced(path) or _no_file(path) or _no_name(name):
            return reason
        depth = len(name.parts)
        if self.nbgrader and depth == 1 and not path.is_dir():
            return "nbgrader has only what is in a folder of an assignment"
        if self.nbgrader and depth > 2 and path.suffix == ".ipynb":
            return "nbgrader has no notebooks in folders within an assignment"
        if path.is_file() and path.stat().st_size > LARGEST_BYTES:
            return f"larger than {LARGEST_BYTES // 1_000_000} MB"
        return ""


def _no_file(path: Path) -> str:
    if not path.is_file() and not path.is_dir():
        return "neither a file nor a folder"
    return "a cache" if path.name in _CACHES else ""


def _no_name(name: Path) -> str:
    text = str(name)
    odd = "\\" in text or not text.isprintable()
    return "a name that no course can have" if odd or len(text) > _LONGEST_PATH else ""


def _refuse(error: OSError) -> None:
    raise InvalidInput(
        f"{error.filename}: cannot be read: {error.strerror}.", hint="Mend its mode."
    ) from None


def _printable(name: Path) -> str:
    return "".join(one if one.isprintable() else "?" for one in str(name))
