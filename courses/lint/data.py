"""Data files: a lesson taught twice is taught on the same data."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Iterator

from courses.authoring.content import SANITIZE
from courses.authoring.manifest import MANIFEST
from courses.lint.material import Material
from courses.lint.rule import Place, Problem, Rule, error, warning

LARGEST_MIB = 20
_BYTES_PER_MIB = 1024 * 1024
_NOT_DATA = (".ipynb", ".py", ".md", ".po")


def _unpinned(material: Material) -> Iterator[Problem]:
    pinned = {one.path for one in material.course.data if one.sha256}
    reported: set[str] = set()
    for path, place in _used(material):
        if path in pinned or path in reported:
            continue
        reported.add(path)
        yield Problem(
            place,
            f"{path} is a data file without a checksum in {MANIFEST}.",
            f'Add [[data]] with path = "{path}" and sha256 = "{_sum(material, path)}".',
        )


def _used(material: Material) -> Iterator[tuple[str, Place]]:
    """Yield each file that a cell names, with the cell, then each that lies in data/."""
    for cell in material.cells:
        folder = posixpath.dirname(cell.place.file)
        for node in cell.strings:
            path = posixpath.normpath(posixpath.join(folder, str(node.value)))
            if path in material.files and _is_data(path):
                yield path, cell.place
    for path in sorted(material.files):
        if path.startswith("data/") and _is_data(path):
            yield path, Place(path)


def _is_data(path: str) -> bool:
    return not path.endswith(_NOT_DATA) and path not in (MANIFEST, SANITIZE)


def _changed(material: Material) -> Iterator[Problem]:
    for one in material.course.data:
        place = material.in_manifest(one.path)
        if one.path not in material.files:
            yield Problem(place, f"There is no file {one.path}.", "Add it, or mend its path.")
        elif one.sha256 and (now := _sum(material, one.path)) != one.sha256:
            yield Problem(
                place,
                f"{one.path} is not the file whose sha256 is written here.",
                f'Put the old one back, or write sha256 = "{now}".',
            )


def _sum(material: Material, path: str) -> str:
    with (material.folder / path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _large(material: Material) -> Iterator[Problem]:
    for path in sorted(material.files):
        size_mib = (material.folder / path).stat().st_size / _BYTES_PER_MIB
        if size_mib > LARGEST_MIB:
            yield Problem(
                Place(path),
                f"{path} has {size_mib:.0f} MiB, and every trainee gets a copy.",
                f"Cut it down to {LARGEST_MIB} MiB, or let the lesson make its data.",
            )


RULES: tuple[Rule, ...] = (
    error("data-unpinned", _unpinned),
    error("data-changed", _changed),
    warning("data-large", _large),
)
