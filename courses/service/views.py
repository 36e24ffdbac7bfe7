"""What the course pages show of courses and lessons, in a trainee's words. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from courses import sizes
from courses.authoring.manifest import Lesson, Needs
from courses.catalogue import PublishedCourse
from courses.service.session import Session
from spawners.machine import Machine
from spawners.words import Words, duration, later

GPU_WORDS = {
    "none": later("needs no GPU"),
    "preferred": later("uses a GPU if there is one"),
    "required": later("needs a GPU"),
}


@dataclass(frozen=True)
class LessonView:
    """One lesson on its course's page. `obstacle` says why it cannot start here, or is empty."""

    id: str
    title: str
    summary: str
    duration: str
    needs: str
    obstacle: str


@dataclass(frozen=True)
class CourseView:
    """A course, as a card or as a page."""

    id: str
    title: str
    summary: str
    duration: str
    lesson_count: str
    authors: str
    licence: str
    version: str
    validated: str
    lessons: tuple[LessonView, ...]


def in_words(published: PublishedCourse, words: Words) -> PublishedCourse:
    """Return the course with its titles and summaries as this trainee reads them."""
    return replace(published, manifest=published.manifest.in_language(words.language))


def course(published: PublishedCourse, machine: Machine, words: Words) -> CourseView:
    """Show a published course, as `in_words` returns it, on this machine."""
    manifest = published.manifest
    return CourseView(
        id=manifest.id,
        title=str(manifest.title),
        summary=str(manifest.summary),
        duration=duration(manifest.duration_minutes),
        lesson_count=lesson_count(len(manifest.lessons), words),
        authors=", ".join(manifest.authors),
        licence=manifest.licence,
        version=manifest.version,
        validated=words.day(published.validated_at),
        lessons=tuple(lesson(one, machine, words) for one in manifest.lessons),
    )


def courses(
    published: Iterable[PublishedCourse], machine: Machine, words: Words
) -> tuple[CourseView, ...]:
    """Show all published courses on this machine, by the title that is shown."""
    shown = (course(in_words(one, words), machine, words) for one in published)
    return tuple(sorted(shown, key=lambda one: one.title.casefold()))


def lesson(one: Lesson, machine: Machine, words: Words) -> LessonView:
    """Show a lesson of such a course, and say so where this machine has no session for it."""
    obstacle = ""
    if sizes.size_for(machine, one.needs) is None:
        obstacle = words.gettext(
            "This site has no session with what this lesson needs: {needs}."
        ).format(needs=_listed(sizes.least(one.needs), words))
    return LessonView(
        id=one.id,
        title=str(one.title),
        summary=str(one.summary),
        duration=duration(one.duration_minutes),
        needs=words.gettext(GPU_WORDS[one.needs.gpu]),
        obstacle=obstacle,
    )


def lacks(session: Session, needs: Needs, words: Words) -> str:
    """Say what a running session lacks of what a lesson cannot do without, or nothing."""
    if session.size is None:
        return ""  # who knows: the lesson itself will tell
    return _listed(sizes.missing(session.size, needs), words)


def lesson_count(number: int, words: Words) -> str:
    """Say how many lessons: `1 lesson`, `2 lessons`."""
    return words.ngettext("{n} lesson", "{n} lessons", number).format(n=number)


def cpus(number: int, words: Words) -> str:
    """Say how many CPUs: `1 CPU`, `2 CPUs`."""
    return words.ngettext("{n} CPU", "{n} CPUs", number).format(n=number)


def _listed(amounts: Mapping[sizes.Resource, int], words: Words) -> str:
    return words.listed([_AMOUNTS[name](number, words) for name, number in amounts.items()])


def _gpus(number: int, words: Words) -> str:
    if number == 1:
        return words.gettext("a GPU")
    return words.ngettext("{n} GPU", "{n} GPUs", number).format(n=number)


def _memory(mib: int, words: Words) -> str:
    return words.gettext("{amount} of memory").format(amount=words.memory(mib))


_AMOUNTS = {"gpus": _gpus, "cpus": cpus, "memory_mib": _memory}
