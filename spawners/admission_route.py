"""PUT /hub/api/onboard/people/NAME: make a person known to the hub before they first sign in.

The course pages start the sessions of a class, also of people who have never been here.
JupyterHub's own address for that wants `admin:users`, by which one may rename anybody; this one
makes a user, if the site lets a person of that name sign in, and can do nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jupyterhub.apihandlers import APIHandler
from tornado import web

SCOPE = "custom:onboard:admit"
PATH = r"/api/onboard/people/([^/]+)"


class AdmissionHandler(APIHandler):
    """Takes names, one at a time."""

    def initialize(self, admits: Callable[[str], bool]) -> None:
        """Take what says whether the site lets somebody in."""
        self.admits = admits

    # Not `needs_scope`: JupyterHub learns of a site's own scopes after its handlers are made.
    def put(self, name: str) -> None:
        """Have a user of that name. Answers 204, also where there was one; 404 for a stranger."""
        if SCOPE not in self.expanded_scopes:
            raise web.HTTPError(403, "This token may not make anybody known.")
        if self.find_user(name) is None:
            authenticator = self.authenticator
            may = (
                authenticator.normalize_username(name) == name
                and authenticator.validate_username(name)
                and authenticator.check_blocked_users(name)
                and self.admits(name)
            )
            if not may:
                raise web.HTTPError(404, f"This site lets nobody in who is called {name!a}.")
            self.user_from_username(name)
            self.db.commit()
        self.set_status(204)


def route(admits: Callable[[str], bool]) -> tuple[str, type[AdmissionHandler], dict[str, Any]]:
    """Return the entry for the hub's own handlers."""
    return PATH, AdmissionHandler, {"admits": admits}
