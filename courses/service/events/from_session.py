"""Addresses for sessions: known by a session's own token, answered as to a program."""

from __future__ import annotations

import asyncio
from typing import Any

from jupyterhub.services.auth import HubOAuth
from tornado.web import HTTPError

from courses.service.events.writer import StoreAway
from courses.service.learning.settings import EVENTS_SCOPE
from courses.service.look import SIGN_IN_S, Look
from spawners.errors import OnboardError

_AGAIN_S = 2
"""Soon: the hub that is asked for whom a token is may come back at any moment."""


class FromASession(Look):
    """What a session asks for. Known by a token alone, never by a cookie: no page can ask it."""

    def check_xsrf_cookie(self) -> None:
        """Ask for none: what a browser adds by itself has no say here."""

    async def sender(self) -> str:
        """Return whose session asks. Raises HTTPError, or StoreAway where the hub is silent."""
        kind, _, token = self.request.headers.get("Authorization", "").partition(" ")
        if kind.lower() not in ("token", "bearer") or not token.strip():
            raise HTTPError(401, "Send the session's token.")
        try:
            async with asyncio.timeout(SIGN_IN_S):
                user = await HubOAuth.instance().user_for_token(token.strip(), sync=False)
        except (HTTPError, TimeoutError) as error:
            raise StoreAway("The hub does not say whose token this is.") from error
        if not user:
            raise HTTPError(401, "The hub does not know this token.")
        if user.get("kind") != "user" or EVENTS_SCOPE not in user.get("scopes", ()):
            raise HTTPError(403, "This token may not send events.")
        return str(user["name"])

    def write_error(self, status_code: int, **kwargs: Any) -> None:  # noqa: ANN401
        """Say what went wrong to a program."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        message = getattr(error, "log_message", None) or self._reason
        if isinstance(error, OnboardError):
            status_code, message = 503, error.message
        self.set_status(status_code)
        if status_code in (429, 503):
            self.set_header("Retry-After", str(getattr(error, "again_s", _AGAIN_S)))
        self.finish({"message": message})
