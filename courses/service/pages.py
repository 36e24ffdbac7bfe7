"""What every page shares: the hub, the machine, the catalogue, the templates, the addresses."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from jinja2 import Environment as Templates
from jinja2 import PackageLoader, StrictUndefined

from courses.catalogue import Catalogue
from courses.service.classes.keeper import Keeper
from courses.service.classroom.sessions import SessionsNow
from courses.service.hub import HubClient
from courses.service.learning.learning import Learning
from courses.service.session import Session, Step
from spawners.language import spoken_here
from spawners.machine import Machine
from spawners.words import Words, duration, lasted, own_name

SOON_S = 600
"""A session with less time left than this is shown in the colour of a warning."""


def templates() -> Templates:
    """Return the course pages' templates: escaped, in the language that `filled` is given."""
    found = Templates(
        loader=PackageLoader("courses.service"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    found.globals.update(lasted=lasted, duration=duration, soon_s=SOON_S)
    return found


def filled(
    found: Templates, template: str, words: Words, languages: Sequence[str], **values: object
) -> str:
    """Fill a template; every value is escaped."""
    common: dict[str, object] = {
        "gettext": words.gettext,
        "ngettext": words.ngettext,
        "language": words.language,
        "languages": {one: own_name(one) for one in spoken_here(languages)},
        "now": time.time(),
        "trainee": "",
        "xsrf": "",
        "session": Session(),
    }
    return found.get_template(template).render({**common, **values})


@dataclass(frozen=True)
class Pages:
    """`base` is where the hub's site begins, `prefix` where the course pages do; both end in /."""

    site_title: str
    languages: tuple[str, ...]
    base: str
    prefix: str
    machine: Machine
    catalogue: Catalogue
    hub: HubClient
    learning: Learning
    templates: Templates = field(default_factory=templates)
    token: str = ""
    """The course pages' own: what belongs to a class is asked with it, and nothing else."""

    @cached_property
    def sessions(self) -> SessionsNow:
        """Who has a session: one answer for all who look."""
        return SessionsNow(self.hub, self.token)

    @cached_property
    def classes(self) -> Keeper:
        """Who looks after classes; whoever serves the pages has it begin."""
        return Keeper(self.hub, self.learning, self.token)

    def render(self, template: str, words: Words, **values: object) -> str:
        """Fill a template; every value is escaped."""
        places = {"site_title": self.site_title, "base": self.base, "prefix": self.prefix}
        return filled(self.templates, template, words, self.languages, **places, **values)

    def event(self, step: Step) -> str:
        """Write a step as a server-sent event, and how soon to ask again once they end."""
        return f"retry: 2000\ndata: {json.dumps(step.as_json())}\n\n"
