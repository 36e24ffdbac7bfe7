"""What every page shares: the hub, the machine, the catalogue, the templates, the addresses."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from jinja2 import Environment as Templates
from jinja2 import PackageLoader, StrictUndefined

from courses.catalogue import Catalogue
from courses.service import views
from courses.service.hub import HubClient
from courses.service.views import Progress, Session
from spawners.machine import Machine


def _templates() -> Templates:
    templates = Templates(
        loader=PackageLoader("courses.service"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals.update(ago=views.ago)
    return templates


@dataclass(frozen=True)
class Pages:
    """`base` is where the hub's site begins, `prefix` where the course pages do; both end in /."""

    site_title: str
    base: str
    prefix: str
    machine: Machine
    catalogue: Catalogue
    hub: HubClient
    templates: Templates = field(default_factory=_templates)

    def render(self, template: str, **values: object) -> str:
        """Fill a template; every value is escaped."""
        common: dict[str, object] = {
            "site_title": self.site_title,
            "base": self.base,
            "prefix": self.prefix,
            "trainee": "",
            "xsrf": "",
            "session": Session(),
        }
        return self.templates.get_template(template).render({**common, **values})

    def event(self, step: Progress) -> str:
        """Write a step as a server-sent event, and how soon to ask again once they end."""
        return f"retry: 2000\ndata: {json.dumps(step.as_json())}\n\n"
