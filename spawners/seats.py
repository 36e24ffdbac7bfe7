"""A seat in a class: what lets a session run in the class's reservation. Pure.

Only the course pages give seats, after they have looked into the class's roster. The word is signed
with a key that hub and course pages share, for one person and until the class ends: a trainee can
read it and send it again, and can neither make one nor pass it on.

    CLASS.UNTIL.SIGNATURE               a seat in a class without a reservation
    CLASS.UNTIL.SIGNATURE.RESERVATION
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field, replace

from spawners.errors import RefusedRequest
from spawners.machine import SLURM_NAME

CLASS_ID = "[0-9a-f]{8}"
"""How a class is named, as a regular expression."""
FORM = re.compile(rf"({CLASS_ID})\.([0-9]{{10}})\.([0-9a-f]{{32}})(?:\.({SLURM_NAME}))?")
LONGEST = 8 + 1 + 10 + 1 + 32 + 1 + 64
_HINT = "Start the lesson again from its course's page."


@dataclass(frozen=True)
class Seat:
    """Where somebody sits. `until` is when the class ends, in whole Unix seconds."""

    class_id: str
    until: int
    reservation: str | None = None
    left_s: int = field(default=0, compare=False)
    """How long the class still lasts, as of when the word was read."""


def key(secret: str) -> bytes:
    """Return what seats are signed with; `secret` is what hub and course pages share."""
    return hashlib.sha256(b"seats " + secret.encode()).digest()


def sign(seat: Seat, user: str, key: bytes) -> str:
    """Return the word by which the hub knows that this user has the seat."""
    parts = [seat.class_id, str(seat.until), _signature(seat, user, key)]
    return ".".join([*parts, *([seat.reservation] if seat.reservation else [])])


def class_of(word: object) -> str:
    """Return the class that a word is for; empty where it is no such word. Checks no signature."""
    found = FORM.fullmatch(word) if isinstance(word, str) else None
    return found[1] if found else ""


def read(word: str, user: str, key: bytes, now: float) -> Seat:
    """Return the seat that the word gives to this user. Raises RefusedRequest."""
    found = FORM.fullmatch(word)
    if found is None or not key:
        raise RefusedRequest("This is no seat in a class.", hint=_HINT)
    seat = Seat(found[1], int(found[2]), found[4])
    if not hmac.compare_digest(found[3], _signature(seat, user, key)):
        raise RefusedRequest("This is not your seat in a class.", hint=_HINT)
    if seat.until <= now:
        raise RefusedRequest("The class of this seat is over.", hint=_HINT)
    return replace(seat, left_s=int(seat.until - now))


def refuse(_word: str) -> Seat:
    """Give nobody a seat: where there are no classes."""
    raise RefusedRequest("There are no seats in classes here.", hint=_HINT)


def _signature(seat: Seat, user: str, key: bytes) -> str:
    said = "\n".join((user, seat.class_id, str(seat.until), seat.reservation or ""))
    return hmac.new(key, said.encode(), hashlib.sha256).hexdigest()[:32]
