"""`GET /hub/api/onboard/offers`: what the user whose token asks may start, and when (`Offers`)."""

from __future__ import annotations

from typing import Any

from jupyterhub.apihandlers import APIHandler
from jupyterhub.orm import User as UserRow
from tornado import web

from spawners.scheduler_facts import SchedulerFacts

PATH = r"/api/onboard/offers"


class OffersHandler(APIHandler):
    """Answers from what is known; never longer than a page can wait."""

    def initialize(self, facts: SchedulerFacts) -> None:
        """Take the one object that asks the scheduler."""
        self.facts = facts

    # Not `web.authenticated`: that sends a script without a token to the page for signing in.
    async def get(self) -> None:
        """Send the offers for the user, as JSON."""
        user = self.current_user
        # The scope by which one sees one's own session: the course pages have it, a job has not.
        readable = self.get_scope_filter("read:servers")
        if not isinstance(getattr(user, "orm_user", None), UserRow) or not readable(user, "user"):
            raise web.HTTPError(403, "This token is not that of a user who may start a session.")
        self.set_header("Cache-Control", "no-store")
        self.finish((await self.facts.offers(user.name)).model_dump_json())


def route(facts: SchedulerFacts) -> tuple[str, type[OffersHandler], dict[str, Any]]:
    """Return the entry for the hub's own handlers."""
    return PATH, OffersHandler, {"facts": facts}
