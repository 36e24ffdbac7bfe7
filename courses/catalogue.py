"""The published releases of a site: read, publish, withdraw; atomic, with any number of readers.

`shelf.py` says what the folder of a course looks like, `proof.py` what a release is. Everything in
the catalogue may be read by every trainee.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from courses.authoring.sums import RECORD
from courses.releases import history, shelf
from courses.releases.history import Deed
from courses.releases.proof import Proof, Vouch, prove
from courses.releases.reading import PublishedCourse, readable, require_same
from spawners.errors import InvalidInput, OnboardError

__all__ = ["RECORD", "Catalogue", "PublishedCourse", "Release"]

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Release:
    """One version that was published, whether trainees get it or not."""

    version: str
    path: Path
    current: bool
    withdrawn: Deed | None


class Catalogue:
    """The published courses in one folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def courses(self) -> tuple[PublishedCourse, ...]:
        """Return every course that can be read, by title; one that cannot is logged, left out."""
        try:
            names = sorted(entry.name for entry in self.path.iterdir())
        except FileNotFoundError:
            return ()
        found = [course for name in names if (course := self.course(name)) is not None]
        return tuple(sorted(found, key=lambda course: str(course.manifest.title).casefold()))

    def course(self, course_id: str) -> PublishedCourse | None:
        """Return the current release of a course, or None. The id may come from a browser.

        A release of which a byte is not as it was published is logged and None. Each process reads
        all of it once, and then looks whether a file of it was touched.
        """
        if not _SLUG.fullmatch(course_id):
            return None
        home = self.path / course_id
        # The link is followed once: the rest is read from one and the same release.
        name = shelf.current(home)
        return readable(home / name, course_id) if name else None

    def releases(self, course_id: str) -> tuple[Release, ...]:
        """Return every version that was ever published, newest first."""
        home = self._home(course_id)
        current = shelf.current(home)
        return tuple(
            Release(version, home / name, name == current, history.withdrawn(home, version))
            for version in shelf.versions(home)
            if (name := shelf.claimed(home, version))
        )

    def versions(self, course_id: str) -> tuple[str, ...]:
        """Return the versions that are not withdrawn, newest first."""
        return tuple(one.version for one in self.releases(course_id) if not one.withdrawn)

    def release(self, course_id: str, version: str) -> Release:
        """Return one version. Raises InvalidInput if there is none."""
        found = {one.version: one for one in self.releases(course_id)}
        if version not in found:
            raise InvalidInput(
                f"{self.path}: there is no {version!a} of the course {course_id}.",
                hint=f"There is {', '.join(found) or 'none at all'}.",
            )
        return found[version]

    def to_export(self, course_id: str, version: str | None) -> Path:
        """Return the folder of a version, or of the current one. Raises InvalidInput for none."""
        if version:
            return self.release(course_id, version).path
        home = self._home(course_id)
        if name := shelf.current(home):
            return home / name
        raise InvalidInput(
            f"{self.path}: the course {course_id} has no current release.",
            hint="Name a version with --version.",
        )

    def history(self, course_id: str) -> tuple[Deed, ...]:
        """Return what was done to a course, oldest first."""
        return tuple(history.read(self._home(course_id)))

    def has(self, course_id: str, content_hash: str) -> bool:
        """Return whether this content is published, or was and is withdrawn: it need not be again.

        A release of it that is damaged does not count.
        """
        return any(
            one.withdrawn or readable(one.path, course_id)
            for one in self.releases(course_id)
            if one.path.name.endswith(f"-{content_hash[:12]}")
        )

    def require_free(self, course_id: str, version: str, content_hash: str) -> None:
        """Raise InvalidInput if the version is published with other content, or withdrawn."""
        home = self._home(course_id)
        taken = shelf.claimed(home, version)
        if taken is None or not (home / taken).exists():
            return
        if deed := history.withdrawn(home, version):
            raise InvalidInput(
                f"{course_id} {version} was withdrawn {_when(deed)}.",
                hint="Mend the course and give it a new version in course.toml. To offer this one "
                f"again: `onboard course rollback {course_id} {version} --even-withdrawn`.",
            )
        if taken != f"{version}-{content_hash[:12]}":
            raise _other_content(course_id, version)

    def require_writable(self, course_id: str) -> None:
        """Raise InvalidInput where a release of it cannot be put: before its lessons run for it."""
        home = self._home(course_id)
        for place in (home, self.path):
            there = next(one for one in (place, *place.parents) if one.exists())
            if not os.access(there, os.W_OK | os.X_OK):
                raise _unwritable(home, os.strerror(errno.EACCES))

    def publish(self, release: Path, vouch: Vouch) -> PublishedCourse:
        """Put a release (`proof.seal`) into the catalogue, in one step for all readers.

        It becomes current, unless a newer version is. Raises InvalidInput with the reason unless
        all of it is as its sums say, it passed, and `vouch` knows who built and who ran it.
        """
        proof = prove(release, vouch)
        home = self.path / proof.course.id
        with self._changing(home):
            known = set(shelf.versions(home))
            with shelf.draft(home) as draft:
                content = draft / "content"
                shelf.copy(release, content, proof.sums)
                proof = prove(content, vouch)  # of what goes in, not of what was handed over
                with shelf.alone(self.path), shelf.all_or_none() as undo:
                    shelf.sweep_unclaimed(home)
                    self._take_in(home, content, proof, vouch, undo)
                    self._offer(home, proof, known, draft, undo)
            return PublishedCourse.of(prove(home / proof.name), home / proof.name)

    def withdraw(self, course_id: str, version: str | None, reason: str) -> tuple[str, ...]:
        """Take a version, or all of them, out of the catalogue; return which. No file is removed.

        If it was current, the newest one that remains and is sound is now, if there is any. Raises
        InvalidInput if there is nothing to withdraw.
        """
        home = self._home(course_id)
        with self._changing(home, must_exist=True), shelf.alone(self.path):
            going = self._going(course_id, version)
            deeds = [_withdrawal(one, reason) for one in going]
            with shelf.draft(home) as draft, shelf.all_or_none() as undo:
                moves: list[shelf.Turn | history.Mark] = []
                if any(one.current for one in going):
                    to = self._next(course_id, {one.version for one in going})
                    moves.append(shelf.Turn(home, draft, to))
                moves.extend(history.Mark(home, deed, draft) for deed in deeds)
                for deed in deeds:
                    undo.callback(history.add(home, deed))
                for move in moves:
                    undo.callback(move.take_back)
                    move.make()
        return tuple(one.version for one in going)

    def rollback(
        self, course_id: str, version: str, vouch: Vouch, *, even_withdrawn: bool = False
    ) -> PublishedCourse:
        """Make a published version current again, after all of it was verified.

        Raises InvalidInput if it is damaged, nobody vouches for it, or it was withdrawn and that is
        not `even_withdrawn`.
        """
        home = self._home(course_id)
        release = self.release(course_id, version)
        proof = prove(release.path, vouch)
        require_same(proof, course_id, version)
        with self._changing(home), shelf.alone(self.path):
            # Read again here, where nobody can withdraw it at the same time.
            withdrawn = self.release(course_id, version).withdrawn
            if withdrawn and not even_withdrawn:
                raise InvalidInput(
                    f"{course_id} {version} was withdrawn {_when(withdrawn)}.",
                    hint="If it may be offered again all the same, add --even-withdrawn.",
                )
            with shelf.draft(home) as draft, shelf.all_or_none() as undo:
                turn = shelf.Turn(home, draft, release.path.name)
                undo.callback(history.add(home, _deed("rolled back", proof)))
                undo.callback(turn.take_back)
                turn.make()
                history.unmark(home, version)
        return PublishedCourse.of(proof, release.path)

    def _home(self, course_id: str) -> Path:
        if not _SLUG.fullmatch(course_id):
            raise InvalidInput(
                f"{course_id!a} is no course.",
                hint="A course's id is lowercase letters, digits and single hyphens.",
            )
        return self.path / course_id

    @contextlib.contextmanager
    def _changing(self, home: Path, *, must_exist: bool = False) -> Iterator[None]:
        if must_exist and not home.is_dir():
            raise InvalidInput(
                f"{self.path}: there is no course {home.name}.", hint="Nothing is changed."
            )
        try:
            shelf.make(home)
            shelf.sweep(home)
            yield
        except OSError as error:
            raise _unwritable(home, error.strerror or str(error)) from None

    def _going(self, course_id: str, version: str | None) -> list[Release]:
        """Return what a withdrawal takes out. Raises InvalidInput if that is nothing."""
        found = (self.release(course_id, version),) if version else self.releases(course_id)
        # Whoever was killed while rolling back left one current that is marked.
        going = [one for one in found if one.current or not one.withdrawn]
        if not going:
            raise InvalidInput(
                f"{course_id}: {version or 'every version'} is withdrawn already.",
                hint="Nothing is changed.",
            )
        return going

    def _take_in(
        self, home: Path, content: Path, proof: Proof, vouch: Vouch, undo: contextlib.ExitStack
    ) -> None:
        course = proof.course
        self.require_free(course.id, course.version, proof.sums.content_hash)
        if shelf.claimed(home, course.version) != proof.name:
            undo.callback(shelf.give_up, home, course.version, proof.name, content.parent)
        shelf.bring_in(content, home / proof.name, _is_sound(proof, vouch))
        if not shelf.claim(home, course.version, proof.name):
            # Somebody had the version first, and there was no lock to find out before.
            with contextlib.suppress(FileNotFoundError):
                (home / proof.name).rename(content.with_name("late"))
            raise _other_content(course.id, course.version)

    def _offer(
        self, home: Path, proof: Proof, known: set[str], draft: Path, undo: contextlib.ExitStack
    ) -> None:
        turn = shelf.Turn(home, draft, proof.name)
        undo.callback(history.add(home, _deed("published", proof)))
        undo.callback(turn.take_back)
        version, current = proof.course.version, self.course(home.name)
        if current is None or shelf.order(version) >= shelf.order(current.manifest.version):
            turn.make()
        # What came in beside us, where there is no lock, is not put behind an older version.
        appeared = [one for one in self.versions(home.name) if one not in known]
        newest = max([version, *appeared], key=shelf.order)
        if newest != version:
            shelf.Turn(home, draft, shelf.claimed(home, newest)).make()

    def _next(self, course_id: str, going: set[str]) -> str | None:
        for one in self.releases(course_id):
            if one.withdrawn or one.version in going:
                continue
            if readable(one.path, course_id):
                return one.path.name
        return None


def _is_sound(wanted: Proof, vouch: Vouch) -> Callable[[Path], bool]:
    """Return what tells whether a release that is there already is the same one, and whole.

    One for which nobody vouches any more is not: it gives way to one for which somebody does.
    """

    def sound(release: Path) -> bool:
        try:
            found = prove(release, vouch)
        except OnboardError:
            return False
        if found.sums.content_hash != wanted.sums.content_hash:  # twelve digits may be the same
            raise _other_content(wanted.course.id, wanted.course.version)
        return True

    return sound


def _unwritable(home: Path, reason: str) -> InvalidInput:
    return InvalidInput(
        f"{home}: cannot be written: {reason}.",
        hint="Make room, or have whoever runs the site let you write there; "
        "what was published is as it was.",
    )


def _other_content(course_id: str, version: str) -> InvalidInput:
    return InvalidInput(
        f"{course_id} {version} is published already, with other content.",
        hint="A published version never changes: raise `version` in course.toml.",
    )


def _deed(what: history.What, proof: Proof) -> Deed:
    return Deed(what=what, version=proof.course.version, release=proof.name)


def _withdrawal(one: Release, reason: str) -> Deed:
    return Deed(what="withdrawn", version=one.version, release=one.path.name, reason=reason)


def _when(deed: Deed) -> str:
    return f"{deed.at[:10]} by {deed.by}: {deed.reason or 'no reason given'}"
