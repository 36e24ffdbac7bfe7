"""Untrusted options -> a session that this machine allows. Pure; the only way in, whatever the way.

A form, a query string and the REST API all end here, called from the spawner's `start()`:
JupyterHub stores options that came by PATCH or by an earlier start unchecked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from spawners import choices, seats
from spawners.access import Access
from spawners.errors import RefusedRequest
from spawners.machine import Environment, Machine, Model, SessionSize, SlurmName
from spawners.seats import Seat

_SLUG = (re.compile(r"[a-z0-9]+(-[a-z0-9]+)*"), "one word of lowercase letters, digits and hyphens")
_HOURS = (re.compile(r"[1-9][0-9]{0,3}"), "a whole number of hours")
_SLURM_NAME = (
    re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*"),
    "one word of letters, digits, dots, hyphens and underscores",
)
_FORMS = {
    "size": _SLUG,
    "environment": _SLUG,
    "course": _SLUG,
    "lesson": _SLUG,
    "hours": _HOURS,
    "account": _SLURM_NAME,
    "qos": _SLURM_NAME,
    "reservation": _SLURM_NAME,
    "seat": (seats.FORM, "what the course pages say of a seat in a class"),
}
OPTIONS = tuple(_FORMS)
"""Every option there is. `course` and `lesson` only say what to open; the rest choose resources.

`seat` alone is not for trainees to fill in: it is signed by the course pages (`spawners.seats`).
"""

_LONGEST = 64
_LONGEST_OF = {"seat": seats.LONGEST}
_LEAST_S = 60


class SessionRequest(Model):
    """What a trainee asked for, every value known to this machine."""

    size: SessionSize
    """One of the machine's, with the time limit that this session has."""
    environment: Environment
    course: str = ""
    lesson: str = ""
    account: SlurmName | None = None
    qos: SlurmName | None = None
    reservation: SlurmName | None = None


def parse(
    options: object,
    machine: Machine,
    allowed: Access | None = None,
    seat_of: Callable[[str], Seat] = seats.refuse,
) -> SessionRequest:
    """Check `options` (whatever a browser or script sent). Raises RefusedRequest, in a sentence.

    `allowed` is what this user may use; None while the scheduler has not said. `seat_of` reads the
    user's own seat in a class.
    """
    words = _words(options)
    seat = seat_of(words["seat"]) if "seat" in words else None
    size, environment = _size(words, machine), _environment(words, machine)
    account = choices.account(words.get("account"), size, machine, allowed)
    qos = choices.checked_qos(words.get("qos"), size, machine, allowed, account)
    longest_s = choices.longest_s(size, machine, qos, allowed)
    time_limit_s = choices.time_limit_s(longest_s, words.get("hours"))
    if seat is not None:
        time_limit_s = min(time_limit_s, seat.left_s + _LEAST_S)
    return SessionRequest(
        size=size.model_copy(update={"time_limit_s": time_limit_s}),
        environment=environment,
        course=words.get("course", ""),
        lesson=words.get("lesson", ""),
        account=account,
        qos=qos,
        reservation=_reservation(words.get("reservation"), seat, size, allowed),
    )


def _reservation(
    wanted: str | None, seat: Seat | None, size: SessionSize, allowed: Access | None
) -> str | None:
    if seat is None:
        return choices.checked_reservation(wanted, size, allowed)
    if wanted is not None:
        raise RefusedRequest("A session in a class names no other reservation.")
    # Whom it admits Slurm itself says, when the job is submitted.
    return seat.reservation


def _size(words: Mapping[str, str], machine: Machine) -> SessionSize:
    size = machine.size(words["size"]) if "size" in words else machine.sizes[0]
    if size is None:
        raise RefusedRequest(
            f"There is no session size {_quoted(words['size'])} here.",
            hint=f"Choose one of: {', '.join(one.name for one in machine.sizes)}.",
        )
    return size


def _environment(words: Mapping[str, str], machine: Machine) -> Environment:
    name = words.get("environment", machine.environments[0].name)
    environment = machine.environment(name)
    if environment is None:
        raise RefusedRequest(
            f"There is no environment {_quoted(name)} here.",
            hint=f"Choose one of: {', '.join(one.name for one in machine.environments)}.",
        )
    return environment


def _words(options: object) -> dict[str, str]:
    if options is None:
        return {}
    if not isinstance(options, Mapping):
        raise RefusedRequest("The options are not a table of names and values.")
    words = {}
    for key, value in options.items():
        if key not in OPTIONS:
            raise RefusedRequest(
                f"There is no option {_quoted(key)}.", hint=f"Options are: {', '.join(OPTIONS)}."
            )
        word = _one_word(key, value)
        if word:
            words[key] = word
    return words


def _one_word(key: str, value: object) -> str:
    # A form sends every value as a list of one.
    if isinstance(value, list | tuple) and len(value) == 1:
        value = value[0]
    if key == "hours" and type(value) is int and 0 < value < 10_000:
        value = str(value)  # as a script writes a number
    if not isinstance(value, str):
        raise RefusedRequest(f"The option {key} takes one word.")
    form, in_words = _FORMS[key]
    longest = _LONGEST_OF.get(key, _LONGEST)
    if value and (len(value) > longest or not form.fullmatch(value)):
        raise RefusedRequest(
            f"The option {key} cannot be {_quoted(value)}.", hint=f"It is {in_words}."
        )
    return value


def _quoted(value: object) -> str:
    text = ascii(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
