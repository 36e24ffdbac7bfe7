"""The hub's REST API, as far as the course pages need it, with the trainee's own token.

Only what belongs to a class is asked with the course pages' own (`courses.service.classes`).

HubError             an OnboardError
├── HubUnavailable   the hub did not answer, or answered that it cannot just now
├── SignedOut        it does not know this token any more
└── HubRefused       it answered no; `status` and its own sentence
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections import Counter
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from tornado.httpclient import (
    AsyncHTTPClient,
    HTTPClientError,
    HTTPRequest,
    HTTPResponse,
)

from courses.service.session import read_standing
from spawners.errors import OnboardError
from spawners.standing import Standing
from spawners.words import later

# The hub's own default for the longest page; it gives less where it is told to.
_MOST_USERS = 200
_PAGED = "application/jupyterhub-pagination+json"
# Tornado's client answers ten requests at once; a whole class waits at the same time.
_AT_ONCE = 2000


class HubError(OnboardError):
    """Something between the course pages and the hub."""


class HubUnavailable(HubError):
    """The hub did not answer in time."""


class SignedOut(HubError):
    """The hub does not accept the trainee's token (any more)."""


class HubRefused(HubError):
    """The hub answered no."""

    def __init__(self, message: str, *, hint: str = "", status: int = 400) -> None:
        super().__init__(message, hint=hint)
        self.status = status


class HubClient:
    """Asks the hub. Times in seconds; the hub itself sends a line at least every 8 s of progress.

    `start_timeout_s` is longer than the hub's own `slow_spawn_timeout` and `slow_stop_timeout`
    (10 s each), after which it answers that it is still at it.
    """

    def __init__(
        self,
        api_url: str,
        *,
        timeout_s: float = 10.0,
        start_timeout_s: float = 60.0,
        silence_s: float = 30.0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._api_url = api_url.rstrip("/")
        self._timeout_s, self._start_timeout_s = timeout_s, start_timeout_s
        self._silence_s = silence_s
        self._tls = tls
        self._ending: Counter[str] = Counter()
        self._http = AsyncHTTPClient(force_instance=True, defaults=None, max_clients=_AT_ONCE)

    def close(self) -> None:
        """Let go of every connection."""
        self._http.close()

    async def user(self, name: str, token: str) -> dict[str, Any]:
        """Return the hub's model of the user, with the servers that are active or pending."""
        response = await self._ask("GET", _path(name), token, self._timeout_s)
        return dict(json.loads(response.body))

    async def sessions(self, token: str) -> dict[str, dict[str, Any]]:
        """Return the hub's model of every session that is active or pending, by its user.

        The token needs the scopes `list:users` and `read:servers`. Raises ValueError for an answer
        that is none.
        """
        found: dict[str, dict[str, Any]] = {}
        seen, more = 0, True
        while more:
            path = f"/users?state=active&limit={_MOST_USERS}&offset={seen}"
            response = await self._ask("GET", path, token, self._timeout_s, accept=_PAGED)
            users, more = _page(response)
            found |= {name: own for name, servers in users if (own := servers.get(""))}
            seen += len(users)
        return found

    async def standing(self, token: str) -> Standing | None:
        """Return where the session of the token's user stands; None if the hub cannot say."""
        try:
            response = await self._ask("GET", "/onboard/session", token, self._timeout_s)
            return read_standing(json.loads(response.body))
        except (HubError, ValueError):
            # An older hub has no such address. Whether the hub is there, and knows the trainee,
            # is for `user` to say.
            return None

    async def offers(self, token: str, timeout_s: float) -> bytes:
        """Return the hub's JSON of what the user may start, and when (`spawners.offers.Offers`)."""
        response = await self._ask("GET", "/onboard/offers", token, timeout_s)
        return response.body

    async def start(self, name: str, token: str, options: Mapping[str, str]) -> None:
        """Ask for a session. Returns when it runs, or when the hub says that it is on its way."""
        body = json.dumps({"user_options": dict(options)})
        await self._ask("POST", f"{_path(name)}/server", token, self._start_timeout_s, body)

    async def stop(self, name: str, token: str) -> None:
        """Ask for the session's end, also of one that is not there yet."""
        self._ending[name] += 1
        try:
            await self._ask("DELETE", f"{_path(name)}/server", token, self._start_timeout_s)
        finally:
            self._ending[name] -= 1

    async def admit(self, name: str, token: str) -> None:
        """Have the hub know somebody who may never have signed in."""
        path = f"/onboard/people/{quote(name, safe='')}"
        await self._ask("PUT", path, token, self._timeout_s, body="")

    def is_ending(self, name: str) -> bool:
        """Whether `stop` is under way. JupyterHub calls a start that it cancels ready meanwhile."""
        return self._ending[name] > 0

    async def progress(self, name: str, token: str) -> AsyncGenerator[dict[str, Any] | None, None]:
        """Yield the hub's progress events of a start, and None where it only says "still here".

        Raises HubRefused (400) if nothing is starting and the last start did not fail.
        """
        lines: asyncio.Queue[bytes] = asyncio.Queue()
        request = self._request("GET", f"{_path(name)}/server/progress", token, 0)
        request.streaming_callback = lines.put_nowait
        answer = asyncio.ensure_future(self._http.fetch(request, raise_error=False))
        answer.add_done_callback(lambda _: lines.put_nowait(b""))
        try:
            async for event in self._events(lines):
                yield event
            _refuse(await answer)
        except OSError as error:
            raise _unavailable() from error
        finally:
            answer.cancel()
            with suppress(asyncio.CancelledError, OSError, HTTPClientError):
                await answer

    async def _events(
        self, lines: asyncio.Queue[bytes]
    ) -> AsyncGenerator[dict[str, Any] | None, None]:
        rest = b""
        while True:
            try:
                chunk = await asyncio.wait_for(lines.get(), self._silence_s)
            except TimeoutError:
                raise _unavailable() from None
            if not chunk:
                return
            *whole, rest = (rest + chunk).split(b"\n")
            events = [event for line in whole if (event := _event(line)) is not None]
            for event in events:
                yield event
            if not events:
                yield None

    async def _ask(
        self,
        method: str,
        path: str,
        token: str,
        timeout_s: float,
        body: str | None = None,
        *,
        accept: str = "application/json",
    ) -> HTTPResponse:
        request = self._request(method, path, token, timeout_s, body)
        request.headers["Accept"] = accept
        try:
            response = await self._http.fetch(request, raise_error=False)
        except (OSError, HTTPClientError) as error:
            raise _unavailable() from error
        _refuse(response)
        return response

    def _request(
        self, method: str, path: str, token: str, timeout_s: float, body: str | None = None
    ) -> HTTPRequest:
        return HTTPRequest(
            self._api_url + path,
            method=method,
            headers={"Authorization": f"token {token}"},
            body=body,
            connect_timeout=self._timeout_s,
            request_timeout=timeout_s,
            follow_redirects=False,
            ssl_options=self._tls,
        )


def _path(name: str) -> str:
    return f"/users/{quote(name, safe='')}"


def _page(response: HTTPResponse) -> tuple[list[tuple[str, dict[str, Any]]], bool]:
    """Return the users on a page, each with their servers, and whether there are more.

    Raises ValueError.
    """
    try:
        answer = json.loads(response.body)
        users = [(str(one["name"]), dict(one["servers"] or {})) for one in answer["items"]]
        return users, bool(users) and answer["_pagination"]["next"] is not None
    except (KeyError, TypeError) as error:
        raise ValueError(f"The hub's list of users is none: {error!r}") from None


def _event(line: bytes) -> dict[str, Any] | None:
    if not line.startswith(b"data:"):
        return None
    with suppress(ValueError):
        event = json.loads(line[len(b"data:") :])
        if isinstance(event, dict):
            return event
    return None


def _refuse(response: HTTPResponse) -> None:
    """Raise what the answer means, if it is not a yes."""
    # 599 is Tornado's own: the connection failed, or the time limit passed.
    if response.code >= 502:
        raise _unavailable()
    if response.code in (401, 403):
        raise SignedOut(later("Your sign-in has ended."), hint=later("Sign in again."))
    if response.code >= 400:
        raise HubRefused(_message(response), status=response.code)


def _message(response: HTTPResponse) -> str:
    with suppress(ValueError, AttributeError):
        message = json.loads(response.body or b"null").get("message")
        if message:
            return str(message)
    return f"The hub answered {response.code}."


def _unavailable() -> HubUnavailable:
    return HubUnavailable(
        later("The hub does not answer just now."),
        hint=later("Sessions that run go on running. Try again in a minute."),
    )
