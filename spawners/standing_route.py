"""GET /hub/api/onboard/session: where the session of whoever asks stands (`standing.Standing`)."""

from __future__ import annotations

from jupyterhub.apihandlers import APIHandler, default_handlers
from tornado import web

PATH = r"/api/onboard/session"


class StandingHandler(APIHandler):
    """Answers for the one user whose token or cookie asks; nobody can ask for another."""

    # Not `web.authenticated`: that sends a script without a token to the page for signing in.
    def get(self) -> None:
        """Write the standing as JSON."""
        user = self.current_user
        # A service's token has no session, and a token of few scopes may not know of one.
        if not hasattr(user, "spawners") or "read:servers" not in self.parsed_scopes:
            raise web.HTTPError(403, "This token may not read its user's session.")
        self.finish(user.spawners[""].standing().model_dump_json())


def add_route() -> None:
    """Have the hub answer there."""
    if not any(entry[1] is StandingHandler for entry in default_handlers):
        default_handlers.append((PATH, StandingHandler))
