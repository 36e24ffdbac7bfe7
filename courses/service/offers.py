"""When a session for each lesson would start, beside its Start button. Pure but for `fetch`."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from pydantic import ValidationError

from courses import sizes
from courses.authoring.manifest import Needs
from courses.catalogue import PublishedCourse
from courses.service.hub import HubClient, HubError
from courses.service.session import Session
from spawners.machine import Machine, SessionSize
from spawners.offers import Offers, Start, in_words, is_late
from spawners.words import Words, lasted

PATIENCE_S = 1.0
"""How long a page waits for the hub's answer, before it goes on without it."""
_OLD_S = 60


@dataclass(frozen=True)
class LessonStart:
    """When a lesson's session would start. `age` is empty while the fact is fresh."""

    kind: str
    words: str
    age: str
    instead: SessionSize | None
    """A size that holds the lesson and can start now, where its own cannot start soon."""


async def fetch(hub: HubClient, token: str) -> Offers | None:
    """Ask the hub; None where it does not say in time: the page does without."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            return Offers.model_validate_json(await hub.offers(token, PATIENCE_S))
    except (HubError, ValidationError, TimeoutError):
        return None


def starts(
    course: PublishedCourse,
    machine: Machine,
    session: Session,
    offers: Offers | None,
    now: float,
    words: Words,
) -> dict[str, LessonStart]:
    """Return when each lesson would start, by its id; none while there is a session already."""
    if offers is None or not session.state.over:
        return {}
    found = {
        one.id: start(one.needs, machine, offers, now, words) for one in course.manifest.lessons
    }
    return {name: one for name, one in found.items() if one is not None}


def start(
    needs: Needs, machine: Machine, offers: Offers, now: float, words: Words
) -> LessonStart | None:
    """Say when a session for these needs would start; None where nobody knows."""
    size = sizes.size_for(machine, needs)
    offer = offers.of(size.name) if size else None
    said = in_words(offer, now, words) if offer else ""
    if size is None or offer is None or not said:
        return None
    return LessonStart(
        kind=offer.start.value.replace(" ", "-"),
        words=said,
        age=lasted(offer.age_s) if offer.age_s > _OLD_S else "",
        instead=_instead(needs, machine, offers) if is_late(offer, now) else None,
    )


def size_for(needs: Needs, machine: Machine, wanted: str) -> SessionSize | None:
    """Return the size that a trainee picked for a lesson, if it holds it; else the lesson's own."""
    fitting = sizes.fitting(machine, needs)
    return next((size for size in fitting if size.name == wanted), next(iter(fitting), None))


def _instead(needs: Needs, machine: Machine, offers: Offers) -> SessionSize | None:
    now = {one.size for one in offers.offers if one.start is Start.NOW}
    return next((size for size in sizes.fitting(machine, needs) if size.name in now), None)
