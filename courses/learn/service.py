"""One request to the service that keeps events: what it may answer, and what that means."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from email.message import Message
from functools import cached_property
from typing import Any

from courses.learn.events import Event
from courses.learn.identity import Identity, identity_of

TIME_LIMIT_S = 5.0
LONGEST_BODY = 1024 * 1024
"""In bytes, as the service has it: it hangs up on one that is far longer, and says nothing."""
_LONGEST_ANSWER = 4 * 1024**2
_TOO_LARGE, _TOO_MANY, _AWAY = 413, 429, 503


class NotNowError(Exception):
    """The service did not take the events: they are to be sent again, perhaps after a while."""

    def __init__(self, why: str, pause_s: float = 0.0) -> None:
        super().__init__(why)
        self.pause_s = pause_s
        """How long the service asked to be left alone, in seconds."""


class TooLargeError(Exception):
    """The service takes no request of this size."""


@dataclass(frozen=True)
class Refusal:
    """An event that the service will never take."""

    id: str
    why: str


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A token goes where it was sent, and nowhere else."""

    def redirect_request(self, *_: object, **__: object) -> None:
        return None


@dataclass(frozen=True)
class Service:
    """Where events go, and the token that says whose they are."""

    url: str
    token: str
    identity: Identity | None = None
    """What proves to each end who the other is; https asks for it."""
    time_limit_s: float = TIME_LIMIT_S

    def __post_init__(self) -> None:
        if not self.url.startswith(("http://", "https://")):
            raise ValueError(f"{self.url!r} is no address of a service")
        if self.url.startswith("https://") and self.identity is None:
            raise ValueError(f"{self.url!r} wants a certificate, and the session has none")

    def __repr__(self) -> str:
        return f"Service({self.url!r})"

    def post(self, events: Sequence[Event]) -> tuple[Refusal, ...]:
        """Send events; once this returns, the service has all but those that it refused.

        Raises NotNowError or TooLargeError.
        """
        body = json.dumps({"events": [asdict(one) for one in events]}).encode()
        if len(body) > LONGEST_BODY:
            raise TooLargeError
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        request = urllib.request.Request(self.url, body, headers, method="POST")  # noqa: S310  checked
        request.add_unredirected_header("Authorization", f"token {self.token}")
        return _refusals(self._answer(request), len(events))

    @cached_property
    def _opener(self) -> urllib.request.OpenerDirector:
        # Made once, by the thread that first sends: reading the certificate takes milliseconds.
        # The hub is no site of the internet: a proxy has no business with the token.
        handlers: list[Any] = [_NoRedirect, urllib.request.ProxyHandler({})]
        if self.identity is not None:
            handlers.append(urllib.request.HTTPSHandler(context=self.identity.context()))
        return urllib.request.build_opener(*handlers)

    def _answer(self, request: urllib.request.Request) -> bytes:
        try:
            with self._opener.open(request, timeout=self.time_limit_s) as response:
                if response.status != 200:
                    raise NotNowError(f"answered {response.status}")
                return _read(response, time.monotonic() + self.time_limit_s)
        except urllib.error.HTTPError as error:
            with error:
                raise _meaning(error) from None
        except (OSError, http.client.HTTPException) as error:
            raise NotNowError(type(error).__name__) from None


def service_of(env: Mapping[str, str]) -> Service | None:
    """Return where the session with this environment brings its events.

    None where the site has no service, as for an author, and where it has made a mistake: then
    events stay in the outbox.
    """
    url, token = env.get("ONBOARD_EVENTS_URL", ""), env.get("JUPYTERHUB_API_TOKEN", "")
    if not url or not token:
        return None
    try:
        return Service(url, token, identity_of(env))
    except ValueError:
        return None


def _read(response: http.client.HTTPResponse, deadline: float) -> bytes:
    """Read all of an answer; the socket's own limit is for each packet, not for the whole."""
    read = b""
    while chunk := response.read1(65536):
        read += chunk
        if time.monotonic() > deadline or len(read) > _LONGEST_ANSWER:
            raise NotNowError("the answer has no end")
    return read


def _meaning(error: urllib.error.HTTPError) -> Exception:
    if error.code == _TOO_LARGE:
        return TooLargeError()
    pause_s = _seconds(error.headers) if error.code in (_TOO_MANY, _AWAY) else 0.0
    return NotNowError(f"answered {error.code}", pause_s)


def _seconds(headers: Message) -> float:
    text = headers.get("Retry-After", "")
    return float(text) if text.isascii() and text.isdigit() else 0.0


def _refusals(answer: bytes, count: int) -> tuple[Refusal, ...]:
    """Read an answer. One that does not account for every event is none: it may be cut short."""
    try:
        raw: dict[str, Any] = json.loads(answer)
        refused = tuple(Refusal(str(one["id"]), str(one["why"])) for one in raw["refused"])
        told = int(raw["accepted"]) + int(raw["known"]) + len(refused)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise NotNowError("the answer is not whole") from None
    if told != count:
        raise NotNowError(f"the answer is about {told} events, not {count}")
    return refused
