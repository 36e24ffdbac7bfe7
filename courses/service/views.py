"""What the course pages show: from the catalogue, the machine and the hub's user model. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from courses.authoring.manifest import Lesson, Needs
from courses.catalogue import PublishedCourse
from spawners.machine import Machine, SessionSize
from spawners.request import choose_size

GPU_WORDS = {
    "none": "needs no GPU",
    "preferred": "uses a GPU if there is one",
    "required": "needs a GPU",
}
# Percentages that the spawner reports: below, the scheduler has not given the session its place.
_STARTING = 50
# "Spawn failed: 400 SpawnException(reason=batcherror): what went wrong"
_WRAPPING = re.compile(r"^Spawn failed:? *(\d{3} \w+(\([^)]*\))?: *)?")


class State(StrEnum):
    """Where a trainee's session stands."""

    NONE = "none"
    WAITING = "waiting"
    STARTING = "starting"
    READY = "ready"
    FAILED = "failed"
    STOPPING = "stopping"
    AWAY = "away"
    """The hub does not answer: nobody can say."""


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


@dataclass(frozen=True)
class Session:
    """The trainee's session. `started_at` in Unix seconds; `url` is a path on this host."""

    state: State = State.NONE
    url: str = ""
    size: SessionSize | None = None
    started_at: float | None = None
    course: str = ""
    lesson: str = ""

    @property
    def size_title(self) -> str:
        """What the session has, as the site calls it."""
        return self.size.title if self.size else "of unknown size"


@dataclass(frozen=True)
class Progress:
    """One step on the way to a session, in words."""

    state: State
    message: str
    percent: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return what the waiting page's script reads."""
        return {"state": self.state.value, "message": self.message, "percent": self.percent}


def course(published: PublishedCourse, machine: Machine) -> CourseView:
    """Show a published course on this machine."""
    manifest = published.manifest
    return CourseView(
        id=manifest.id,
        title=manifest.title,
        summary=manifest.summary,
        duration=duration(manifest.duration_minutes),
        lesson_count=count(len(manifest.lessons), "lesson"),
        authors=", ".join(manifest.authors),
        licence=manifest.licence,
        version=manifest.version,
        validated=day(published.validated_at),
        lessons=tuple(lesson(one, machine) for one in manifest.lessons),
    )


def courses(published: Iterable[PublishedCourse], machine: Machine) -> tuple[CourseView, ...]:
    """Show all published courses on this machine."""
    return tuple(course(one, machine) for one in published)


def lesson(one: Lesson, machine: Machine) -> LessonView:
    """Show a lesson, and say so where this machine has no session for it."""
    obstacle = ""
    if size_for(one.needs, machine) is None:
        obstacle = (
            f"This site has no session with what this lesson needs: {_list(wants(one.needs))}."
        )
    return LessonView(
        id=one.id,
        title=one.title,
        summary=one.summary,
        duration=duration(one.duration_minutes),
        needs=GPU_WORDS[one.needs.gpu],
        obstacle=obstacle,
    )


def size_for(needs: Needs, machine: Machine) -> SessionSize | None:
    """Return the session size that a lesson with these needs starts in, or None."""
    return choose_size(machine, cpus=needs.cpus, memory_mib=needs.memory_mib, gpu=needs.gpu)


def wants(needs: Needs) -> list[str]:
    """Say what a lesson cannot do without."""
    gpu = ["a GPU"] if needs.gpu == "required" else []
    return [*gpu, count(needs.cpus, "CPU"), f"{memory(needs.memory_mib)} of memory"]


def lacks(session: Session, needs: Needs) -> str:
    """Say what a running session lacks of what a lesson cannot do without, or nothing."""
    size = session.size
    if size is None:
        return ""  # who knows: the lesson itself will tell
    missing = []
    if needs.gpu == "required" and size.gpus == 0:
        missing.append("a GPU")
    if size.cpus < needs.cpus:
        missing.append(count(needs.cpus, "CPU"))
    if size.memory_mib < needs.memory_mib:
        missing.append(f"{memory(needs.memory_mib)} of memory")
    return _list(missing)


def session(user: Mapping[str, Any], machine: Machine) -> Session:
    """Read where the trainee's session stands from the hub's user model."""
    server = (user.get("servers") or {}).get("")
    if not server or server.get("stopped"):
        return Session()
    options = server.get("user_options") or {}
    # Without a size in its options a session has the machine's first (`spawners.request.parse`).
    name = str(options.get("size") or machine.sizes[0].name)
    return Session(
        state=_state(server),
        url=str(server.get("url") or ""),
        size=machine.size(name),
        started_at=_timestamp(server.get("started")),
        course=str(options.get("course", "")),
        lesson=str(options.get("lesson", "")),
    )


def _state(server: Mapping[str, Any]) -> State:
    if server.get("ready"):
        return State.READY
    return State.STOPPING if server.get("pending") == "stop" else State.WAITING


def progress(event: Mapping[str, Any]) -> Progress:
    """Put one of the hub's progress events into the words of the waiting page."""
    message = str(event.get("message") or "")
    percent = event.get("progress")
    percent = max(0, min(100, percent)) if isinstance(percent, int) else None
    if event.get("ready"):
        return Progress(State.READY, "Your session is ready. Opening the lesson …", 100)
    if event.get("failed"):
        return Progress(State.FAILED, failure(message))
    state = State.STARTING if percent is not None and percent >= _STARTING else State.WAITING
    return Progress(state, hub_words(message), percent)


def hub_words(message: str) -> str:
    """Replace JupyterHub's own wording where it speaks of servers."""
    return {
        "": "Your session is on its way.",
        "Server requested": "Your session has been asked for.",
        "Spawning server...": "Your session is starting.",
    }.get(message, message)


def failure(message: str) -> str:
    """Say why a start failed, without JupyterHub's own wrapping."""
    reason = _WRAPPING.sub("", message).strip()
    if reason == "Spawn cancelled":
        return "The start was cancelled."
    return reason or "It is not known why."


def standing(session: Session) -> Progress:
    """Say where a session stands, with nothing but the user model to go by."""
    return {
        State.NONE: Progress(State.NONE, "No session is starting."),
        State.WAITING: Progress(State.WAITING, "Your session is on its way."),
        State.READY: Progress(State.READY, "Your session is ready. Opening the lesson …", 100),
        State.STOPPING: Progress(State.STOPPING, "Your last session is still ending."),
    }[session.state]


def away() -> Progress:
    """Say that the hub does not answer."""
    return Progress(State.AWAY, "The hub does not answer just now. Asking again …")


def ago(since: float | None, now: float) -> str:
    """Say how long something has lasted: `12 min`. Both in Unix seconds."""
    if since is None:
        return ""
    seconds = max(0, int(now - since))
    return f"{seconds} s" if seconds < 60 else duration(seconds // 60)


def duration(minutes: int) -> str:
    """Say a number of minutes: `15 min`, `1 h 5 min`."""
    hours, rest = divmod(minutes, 60)
    return (
        " ".join(
            part for part in (f"{hours} h" if hours else "", f"{rest} min" if rest else "") if part
        )
        or "0 min"
    )


def day(moment: str) -> str:
    """Say on which day: `23 November 2026`; what is no date is shown as it is."""
    try:
        date = datetime.fromisoformat(moment)
    except ValueError:
        return moment
    return f"{date.day} {date:%B %Y}"


def count(number: int, noun: str) -> str:
    """Say how many: `1 lesson`, `2 lessons`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def memory(mib: int) -> str:
    """Say an amount of memory: `512 MiB`, `16 GiB`."""
    return f"{mib} MiB" if mib < 1024 else f"{mib / 1024:.3g} GiB"


def _timestamp(moment: object) -> float | None:
    try:
        return datetime.fromisoformat(str(moment)).timestamp()
    except ValueError:
        return None


def _list(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
