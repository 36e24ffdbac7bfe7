"""What somebody writes who plans a class -> a class, or what is wrong with it. Pure."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from courses import sizes
from courses.authoring.manifest import Course
from courses.service.classes.model import LONGEST_GROUP, LONGEST_NOTE, Class, lead_s
from courses.service.classes.problems import NotRight, shown
from spawners.language import zone
from spawners.machine import SLURM_NAME, Machine
from spawners.words import duration, later

_AHEAD = timedelta(days=366)
_LONGEST = timedelta(hours=24)
EMPTY_MINUTES = 15


@dataclass(frozen=True)
class Wanted:
    """A class as it was written down: every field a text."""

    group: str
    starts: str
    ends: str
    zone: str = ""
    size: str = ""
    reservation: str = ""
    empty_minutes: str = str(EMPTY_MINUTES)


def read(
    wanted: Wanted, course: Course, machine: Machine, people: int, site_zone: tzinfo, now: float
) -> Class:
    """Return the class. Raises NotRight, in a sentence, for what cannot be."""
    there = _zone(wanted.zone, site_zone)
    starts = _moment(later("The class cannot begin at {text}."), wanted.starts, there)
    ends = _moment(later("The class cannot end at {text}."), wanted.ends, there)
    _check_times(starts, ends, datetime.fromtimestamp(now, there))
    size = _size(wanted.size, course, machine)
    class_ = Class(
        id=secrets.token_hex(4),
        course=course.id,
        group=_group(wanted.group),
        size=size,
        reservation=_reservation(wanted.reservation),
        starts_at=starts.timestamp(),
        ends_at=ends.timestamp(),
        empty_s=60 * _minutes(wanted.empty_minutes),
        people=people,
    )
    _check_length(class_, machine)
    return class_


def read_note(text: str) -> str:
    """Return a note as it is kept: one line. Raises NotRight for none, or one too long."""
    words = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    if not words:
        raise NotRight(later("The note is empty."), hint=later("Write what all are to read."))
    if len(words) > LONGEST_NOTE:
        raise NotRight(
            later("The note has {count} characters, and at most {most} are shown."),
            hint=later("Make it shorter, or send two."),
            count=len(words),
            most=LONGEST_NOTE,
        )
    return words


def _zone(name: str, site_zone: tzinfo) -> tzinfo:
    if not name.strip():
        return site_zone
    found = zone(name.strip())
    if found is None:
        raise NotRight(
            later("There is no time zone {name}."),
            hint=later("Write it as Europe/Luxembourg, or leave it out for the site's own."),
            name=shown(name),
        )
    return found


def _moment(message: str, text: str, there: tzinfo) -> datetime:
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise NotRight(
            message,
            hint=later("Write it as 2027-03-01T09:00, with its zone behind it or named apart."),
            text=shown(text),
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=there)


def _check_times(starts: datetime, ends: datetime, now: datetime) -> None:
    if ends <= starts:
        raise NotRight(
            later("The class ends before it begins."), hint=later("Are the two times mixed up?")
        )
    if ends <= now:
        raise NotRight(
            later("The class would be over already."), hint=later("Look at the year and the zone.")
        )
    if ends - starts > _LONGEST:
        raise NotRight(
            later("A class lasts at most 24 hours."), hint=later("Make one class of each day.")
        )
    if starts - now > _AHEAD:
        raise NotRight(
            later("The class is more than a year ahead."),
            hint=later("Look at the year and the zone."),
        )


def _group(text: str) -> str:
    words = " ".join(text.split())
    if not words or not words.isprintable() or len(words) > LONGEST_GROUP:
        raise NotRight(
            later("The group needs a name of 1 to {most} characters."),
            hint=later("It is on the list of classes."),
            most=LONGEST_GROUP,
        )
    return words


def _reservation(text: str) -> str | None:
    name = text.strip()
    if name and not re.fullmatch(SLURM_NAME, name):
        raise NotRight(
            later("A reservation cannot be called {name}."),
            hint=later("Write its name as Slurm has it, or leave it out."),
            name=shown(name),
        )
    return name or None


def _minutes(text: str) -> int:
    if re.fullmatch(r"[1-9][0-9]{0,3}", text.strip()) and int(text) <= 24 * 60:
        return int(text)
    raise NotRight(
        later("The time for empty seats cannot be {text}."),
        hint=later("It is a whole number of minutes, from 1 to 1440."),
        text=shown(text),
    )


def _size(name: str, course: Course, machine: Machine) -> str:
    """Return the size that was named, or that of the first lesson; a lesson at least fits in it."""
    needs = [lesson.needs for lesson in course.lessons]
    own = [size.name for one in needs if (size := sizes.size_for(machine, one))]
    if not name and own:
        return own[0]
    size = machine.size(name)
    if size is None:
        raise NotRight(
            later("There is no session size {name} here."),
            hint=later("Choose one of: {names}."),
            name=shown(name),
            names=", ".join(one.name for one in machine.sizes),
        )
    if all(sizes.missing(size, one) for one in needs):
        raise NotRight(
            later("No lesson of the course fits into sessions of the size {name}."),
            hint=later("Choose one of: {names}."),
            name=name,
            names=", ".join(dict.fromkeys(own)),
        )
    return name


def _check_length(one: Class, machine: Machine) -> None:
    size = machine.size(one.size)
    longest_s = size.time_limit_s if size else 0
    needed_s = one.ends_at - one.starts_at + lead_s(one.people)
    if needed_s > longest_s:
        raise NotRight(
            later("Sessions of the size {name} last {time}, and this class needs {needed}."),
            hint=later("Make two classes of it, or choose another size."),
            name=one.size,
            time=duration(longest_s // 60),
            needed=duration(-int(-needed_s // 60)),
        )
