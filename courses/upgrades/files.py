"""What becomes of each file of a course when a release comes to a workspace that has an older one.

Decides and drafts; changes nothing that the trainee sees. docs/upgrades.md has the rules.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from courses.upgrades.memory import Memory, as_published, base_copy, sum_of
from courses.upgrades.names import marked
from courses.upgrades.notices import Matter, Notice
from courses.upgrades.swaps import Draft, Swap, is_out_of_reach
from spawners.language import languages
from spawners.words import Words, later

if TYPE_CHECKING:
    from courses.upgrades.merging import Note

NOTEBOOK = ".ipynb"
NOTE = later(
    "**The course has a new version of the cell above.** Your own is as you left it; "
    "the new one follows here. Keep what you like, and delete the rest."
)


@dataclass(frozen=True)
class Wishes:
    """How a release is to be brought.

    `skip`: a file not to bring where it is not there yet. `is_open`: whether the trainee has a file
    of the course open just now. `tell`: who hears of what a trainee should know; where nobody does,
    it waits for the next opening. `merged`: who sees each notebook as it was and as it becomes.
    `language`: the trainee's own.
    """

    skip: Callable[[Path], bool] = lambda _: False
    is_open: Callable[[str], bool] = lambda _: False
    tell: Callable[[Notice], None] | None = None
    merged: Callable[[bytes, bytes], None] = lambda _old, _new: None
    language: str = "en"


@dataclass(frozen=True)
class Upgrade:
    """One release on its way into one course folder."""

    release: Path
    course: Path
    memory: Memory
    draft: Draft
    wishes: Wishes

    def swap(self, file: Path) -> Swap | None:
        """Say what becomes of this file of the release; None if it is none of our business."""
        name = file.as_posix()
        there = os.path.lexists(self.course / file)
        if there and self.memory.files.get(name) == self.release.name:
            return None
        if is_out_of_reach(self.course, name):
            return None
        if not there:
            return None if self.wishes.skip(file) else self._with_new(name, name, None)
        mine = self._sum_of_theirs(name)
        return self._settled(name, mine) if mine else None

    def fresh(self, name: str) -> Swap | None:
        """Put a file of the release over the trainee's; None if that is no plain file."""
        mine = self._sum_of_theirs(name)
        return self._with_new(name, name, mine) if mine else None

    def _sum_of_theirs(self, name: str) -> str | None:
        if is_out_of_reach(self.course, name):
            return None
        try:
            return sum_of(self.course / name)
        except PermissionError:
            return None  # they have locked it away

    def _settled(self, name: str, mine: str) -> Swap | None:
        new = sum_of(self.release / name)
        published = as_published(self.course, name, self.memory, self.release.parent)
        was = sum_of(published) if published else self.memory.sums.get(name)
        if new in (mine, was):
            return self._kept(name)
        if self.wishes.is_open(name):
            if self.wishes.tell:
                self.wishes.tell(Notice(Matter.OPEN, name))
            return None
        if mine == was:
            return self._with_new(name, name, mine)
        if name.endswith(NOTEBOOK) and published:
            return self._merged(name, mine, published)
        return self._beside(name)

    def _kept(self, name: str) -> Swap:
        """Leave what is there; the next release is compared with this one."""
        file_sum = sum_of(self.release / name) or ""
        return Swap(name, self.release.name, file_sum, base=self._base(name))

    def _base(self, name: str) -> str:
        if not name.endswith(NOTEBOOK):
            return ""  # its sum is enough
        if sum_of(base_copy(self.course, name)) == sum_of(self.release / name):
            return ""
        return self.draft.add(self.release / name, 0o600)

    def _with_new(self, name: str, target: str, was: str | None) -> Swap:
        source = self.release / name
        # Releases are read-only; a trainee's copy is not, and is the trainee's alone.
        draft = self.draft.add(source, 0o700 if os.access(source, os.X_OK) else 0o600)
        kept = self._kept(name)
        return replace(kept, target=target, draft=draft, was=was, new=kept.file_sum)

    def _merged(self, name: str, mine: str, published: Path) -> Swap:
        # Imported here: nbdime is for those few who have something to merge.
        from courses.upgrades.trainee_notebook import LARGEST_BYTES, UnmergeableError, merged

        own = self.course / name
        if own.stat().st_size > LARGEST_BYTES:
            return self._beside(name)
        base, local, remote = (one.read_bytes() for one in (published, own, self.release / name))
        try:
            content, conflicts = merged(base, local, remote, _note(self.wishes.language))
        except UnmergeableError:
            return self._beside(name)
        self.wishes.merged(local, content)
        notice = Notice(Matter.BOTH, name) if conflicts else None
        draft = self.draft.add(content, own.stat().st_mode & 0o777)
        new = sum_of(self.draft.folder / draft) or ""
        kept = self._kept(name)
        return replace(kept, target=name, draft=draft, was=mine, new=new, notice=notice)

    def _beside(self, name: str) -> Swap:
        beside, is_new = self._free_beside(PurePosixPath(name))
        swap = self._with_new(name, beside, None) if is_new else self._kept(name)
        return replace(swap, notice=Notice(Matter.BESIDE, name, beside))

    def _free_beside(self, path: PurePosixPath) -> tuple[str, bool]:
        """Return a name of its own for the new version, and whether it is not there already."""
        version = self.release.name.rpartition("-")[0] or self.release.name
        for number in count(1):
            again = f"-{number}" if number > 1 else ""
            name = str(marked(path, f".new-{version}{again}"))
            if not os.path.lexists(self.course / name):
                break
            if sum_of(self.course / name) == sum_of(self.release / path):
                return name, False
        return name, True


def _note(language: str) -> Note:
    from courses.upgrades.merging import Note

    known = frozenset(Words(one).gettext(NOTE) for one in languages())
    return Note(Words(language).gettext(NOTE), known)
