"""The "choose myself" form: what this user may choose on this machine, and nothing else.

It goes into JupyterHub's page as it is: its template escapes every value.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from spawners import choices
from spawners.access import Access, Reservation
from spawners.machine import Machine, Model, SessionSize
from spawners.offers import Offer, Offers, in_words
from spawners.scheduler_facts import SchedulerFacts
from spawners.words import Words, lasted

_OLD_S = 60
"""A fact that is older is shown with its age."""
_ENGLISH = Words()

_templates = Environment(
    loader=PackageLoader("hub_config"),
    extensions=["jinja2.ext.i18n"],
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class Choice(Model):
    """One line of a list: the option's value, and what a person reads."""

    value: str
    words: str


class SizeChoice(Model):
    """One session size: what it has, what of it is free, when it can start."""

    value: str
    title: str
    has: str
    free: str = ""
    start: str = ""


class Fields(Model):
    """Everything to choose; an empty list is nothing to choose."""

    sizes: tuple[SizeChoice, ...]
    environments: tuple[Choice, ...]
    hours: int
    """The most hours that any of the sizes lasts; below 2 there is nothing to choose."""
    accounts: tuple[Choice, ...]
    account_required: bool
    """Whether the trainee has to pick an account, because none is theirs by default."""
    qos: tuple[Choice, ...]
    reservations: tuple[Choice, ...]
    silent: bool
    """Whether the scheduler does not answer just now."""


async def options_form(
    spawner: Any,  # noqa: ANN401  JupyterHub's own way to call it
) -> Callable[[Words], Markup]:
    """Return what renders the form for the spawner's user, within 2 s whatever the scheduler does.

    The page calls it: after a refusal JupyterHub asks for a form, and tells nothing of the request.
    """
    facts: SchedulerFacts = spawner.facts
    return partial(render, facts.machine, await facts.offers(spawner.user.name), time.time())


def options_from_form(form: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Turn a form's lists into words; what was left empty was not chosen.

    Checks nothing: that is `spawners.request`'s, for every way in.
    """
    words: dict[str, Any] = {}
    for name, values in form.items():
        if name == "_xsrf":  # JupyterHub's own field
            continue
        value = values[0] if len(values) == 1 else list(values)
        if value:
            words[name] = value
    return words


def render(machine: Machine, offers: Offers, now: float, words: Words = _ENGLISH) -> Markup:
    """Return the form's fields as HTML."""
    html = _templates.get_template("size_form.html").render(
        fields=fields(machine, offers, now, words),
        gettext=words.gettext,
        ngettext=words.ngettext,
    )
    return Markup(html)  # noqa: S704  escaped there


def fields(machine: Machine, offers: Offers, now: float, words: Words = _ENGLISH) -> Fields:
    """Say what there is to choose. Pure."""
    access = offers.access
    sizes = tuple(size for size in machine.sizes if may_use(size, machine, access)) or machine.sizes
    accounts = _union(choices.accounts(size, machine, access) for size in sizes)
    longest = max(choices.longest_s(size, machine, None, access) for size in sizes)
    defaults = [access.default_account(size.partition) for size in sizes] if access else []
    return Fields(
        sizes=tuple(size_choice(size, machine, offers.of(size.name), now, words) for size in sizes),
        environments=tuple(Choice(value=one.name, words=one.title) for one in machine.environments),
        hours=longest // choices.HOUR_S,
        accounts=_choices(accounts),
        account_required=machine.account == "required" and None in defaults,
        qos=_choices(_union(choices.qos(size, machine, access) for size in sizes)),
        reservations=tuple(
            Choice(value=one.name, words=reservation_words(one, now, words))
            for one in (access.reservations if access else ())
            if any(one in choices.reservations(size, access) for size in sizes)
        ),
        silent=not offers.reachable,
    )


def may_use(size: SessionSize, machine: Machine, access: Access | None) -> bool:
    """Whether the user may start this size at all, as far as is known."""
    if access is None:
        return True
    rule = access.rule(size.partition)
    if rule is not None and not rule.takes_jobs:
        return False
    # Accounts count only where sessions name one, and the user is in some.
    named = machine.account != "none" and bool(access.associations)
    return not named or bool(access.accounts(size.partition))


def size_choice(
    size: SessionSize, machine: Machine, offer: Offer | None, now: float, words: Words = _ENGLISH
) -> SizeChoice:
    """Say what a size has, what of it is free, and when it can start."""
    one = SizeChoice(value=size.name, title=size.title, has=_has(size, words))
    if offer is None:
        return one
    start = in_words(offer, now, words)
    instead = machine.size(offer.instead) if offer.instead else None
    if instead is not None:
        start += words.gettext(": try %(size)s, now") % {"size": instead.title}
    if start and offer.age_s > _OLD_S:
        age = words.gettext("as of %(time)s ago") % {"time": lasted(offer.age_s)}
        start = f"{start} ({age})"
    return one.model_copy(update={"free": _free(size, offer, words), "start": start})


def _has(size: SessionSize, words: Words) -> str:
    has = [
        words.ngettext("{n} CPU", "{n} CPUs", size.cpus).format(n=size.cpus),
        words.gettext("{amount} of memory").format(amount=words.memory(size.memory_mib)),
    ]
    if size.gpus:
        has.append(words.ngettext("{n} GPU", "{n} GPUs", size.gpus).format(n=size.gpus))
    has.append(words.gettext("up to {time}").format(time=lasted(size.time_limit_s)))
    return ", ".join(has)


def _free(size: SessionSize, offer: Offer, words: Words) -> str:
    free = []
    if size.gpus and offer.gpus_total:
        gpus = words.gettext("{free} of {total} GPUs free")
        free.append(gpus.format(free=offer.gpus_free, total=offer.gpus_total))
    if offer.nodes_total:
        nodes = words.ngettext(
            "room on {free} of {n} node", "room on {free} of {n} nodes", offer.nodes_total
        )
        free.append(nodes.format(free=offer.nodes_free, n=offer.nodes_total))
    return ", ".join(free)


def reservation_words(one: Reservation, now: float, words: Words = _ENGLISH) -> str:
    """Say when a reservation is."""
    end = words.at(one.end, now)
    if one.start <= now:
        return words.gettext("{name}: until {end}").format(name=one.name, end=end)
    text = words.gettext("{name}: from {start} to {end}")
    return text.format(name=one.name, start=words.at(one.start, now), end=end)


def _choices(names: Sequence[str]) -> tuple[Choice, ...]:
    return tuple(Choice(value=name, words=name) for name in names)


def _union(lists: Any) -> tuple[str, ...]:  # noqa: ANN401  any iterable of names
    return tuple(dict.fromkeys(name for names in lists for name in names))
