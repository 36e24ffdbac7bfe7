"""What there is to choose for a session size: time, account, QOS, reservation. Pure.

The form shows it, and `spawners.request` checks a choice against it. `access` is None while the
scheduler has not told what the user may use: then only the site's own rules count, and the
scheduler has the last word.
"""

from __future__ import annotations

from spawners.access import Access, Reservation
from spawners.errors import RefusedRequest
from spawners.machine import Machine, SessionSize

HOUR_S = 3600


def longest_s(size: SessionSize, machine: Machine, qos: str | None, access: Access | None) -> int:
    """Return the most seconds that a session of this size may last, under that QOS."""
    rule = access.rule(size.partition) if access else None
    limits = [
        size.time_limit_s,
        *(one.max_time_s for one in machine.partitions if one.name == size.partition),
        *(one.max_time_s for one in machine.qos if one.name == qos),
        rule.max_time_s if rule else None,
    ]
    return min(limit for limit in limits if limit is not None)


def accounts(size: SessionSize, machine: Machine, access: Access | None) -> tuple[str, ...]:
    """Return the accounts that may pay for a session of this size, the default one first."""
    if machine.account == "none" or access is None:
        return ()
    return access.accounts(size.partition)


def qos(
    size: SessionSize, machine: Machine, access: Access | None, account: str | None = None
) -> tuple[str, ...]:
    """Return the QOS that a session of this size may run under."""
    if access is not None and access.associations:
        return access.qos(account, size.partition)
    return tuple(one.name for one in machine.qos)


def reservations(size: SessionSize, access: Access | None) -> tuple[Reservation, ...]:
    """Return the reservations that a session of this size may run in."""
    found = access.reservations if access else ()
    return tuple(one for one in found if one.partition in (None, size.partition))


def time_limit_s(longest: int, hours: str | None) -> int:
    """Return how long the session may last, in seconds. Raises RefusedRequest."""
    if hours is None:
        return longest
    if int(hours) * HOUR_S <= longest:
        return int(hours) * HOUR_S
    if longest < HOUR_S:
        raise RefusedRequest(
            f"A session of this size lasts at most {longest // 60} minutes.",
            hint="Leave the hours out.",
        )
    whole = longest // HOUR_S
    raise RefusedRequest(
        f"A session of this size lasts at most {whole} hour{'s' if whole > 1 else ''}.",
        hint=f"Choose from 1 to {whole}." if whole > 1 else "Choose 1.",
    )


def account(
    wanted: str | None, size: SessionSize, machine: Machine, access: Access | None
) -> str | None:
    """Return the account that pays, if one is to be named. Raises RefusedRequest."""
    usable = accounts(size, machine, access)
    if wanted is not None:
        if machine.account == "none":
            raise RefusedRequest("Sessions of this site name no account.", hint="Leave it out.")
        if access is not None and wanted not in usable:
            raise RefusedRequest(
                f"You may not use the account {wanted} here.", hint=_one_of(usable)
            )
        return wanted
    default = access.default_account(size.partition) if access and usable else None
    if default is None and machine.account == "required":
        raise _no_account(usable, known=access is not None)
    return default


def _no_account(usable: tuple[str, ...], *, known: bool) -> RefusedRequest:
    if usable:
        return RefusedRequest(
            "You are in several projects: say which account pays for this session.",
            hint=_one_of(usable),
        )
    if known:
        return RefusedRequest(
            "A session here needs an account, and you are in none yet.",
            hint="Ask the site's helpdesk for one.",
        )
    return RefusedRequest(
        "A session here needs an account, and it is not known just now which ones are yours.",
        hint="Name it under “Choose myself”, or try again in a few minutes.",
    )


def checked_qos(
    wanted: str | None,
    size: SessionSize,
    machine: Machine,
    access: Access | None,
    account: str | None,
) -> str | None:
    """Return the QOS that the session names, if any. Raises RefusedRequest."""
    name = wanted or size.qos
    theirs_known = access is not None and bool(access.associations)
    # The site's own default, or any where nobody lists them: Slurm has the last word.
    unchecked = not theirs_known and (wanted is None or not machine.qos)
    usable = qos(size, machine, access, account)
    if name is None or unchecked or name in usable:
        return name
    raise RefusedRequest(f"You may not use the QOS {name} here.", hint=_one_of(usable))


def checked_reservation(wanted: str | None, size: SessionSize, access: Access | None) -> str | None:
    """Return the reservation that the session names, if any. Raises RefusedRequest."""
    if wanted is None or access is None:
        return wanted
    usable = tuple(one.name for one in reservations(size, access))
    if wanted not in usable:
        raise RefusedRequest(
            f"You may not use the reservation {wanted} with this session size.",
            hint=_one_of(usable),
        )
    return wanted


def _one_of(names: tuple[str, ...]) -> str:
    return f"Choose one of: {', '.join(names)}." if names else "Leave it out."
