"""What a session is told of its class: asked of the course pages, with the session's own token.

The notes of its instructor, and when the class ends. Whoever answers is not trusted to say it well:
what is no note is left out, and a silent address is asked again later.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import ConfigDict, Field, StringConstraints, ValidationError

from spawners.machine import Model

VARIABLE = "ONBOARD_NOTES_URL"
_LIMIT_S = 5.0
_SOONEST_S, _LATEST_S = 2.0, 300.0
_LONGEST = 64 * 1024

Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class ClassNote(Model):
    """A note to all of a class."""

    # Course pages that were brought up to date may say more than this session knows of.
    model_config = ConfigDict(frozen=True, extra="ignore")

    number: int
    at: float
    text: Text
    group: Text


class ClassNews(Model):
    """What there is to know. Times are Unix seconds."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    notes: Annotated[tuple[ClassNote, ...], Field(max_length=20)] = ()
    ends_at: float | None = None
    """When the class ends, if this session is one of the class's."""
    again_s: float = 30.0


class NewsDesk:
    """Asks for as long as the session lives; `news` is what was said last."""

    def __init__(self, url: str, token: str) -> None:
        self._url, self._token = url, token
        self.news = ClassNews()
        self._failures = 0

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> NewsDesk | None:
        """Return the desk of this session, or None where there are no classes."""
        url, token = environ.get(VARIABLE, ""), environ.get("JUPYTERHUB_API_TOKEN", "")
        return cls(url, token) if url and token else None

    async def run(self) -> None:
        """Ask, and again."""
        while True:
            await self.ask()
            await asyncio.sleep(self.pause_s)

    @property
    def pause_s(self) -> float:
        """How long until the next question: longer after each that had no answer."""
        return min(max(self.news.again_s, _SOONEST_S) * 2.0**self._failures, _LATEST_S)

    async def ask(self) -> None:
        """Ask once."""
        from tornado.httpclient import AsyncHTTPClient, HTTPClientError

        from spawners import hub_tls

        client = AsyncHTTPClient(force_instance=True, defaults=None, max_body_size=_LONGEST)
        try:
            answer = await client.fetch(
                self._url,
                headers={"Authorization": f"token {self._token}"},
                connect_timeout=_LIMIT_S,
                request_timeout=_LIMIT_S,
                follow_redirects=False,
                ssl_options=hub_tls.hub_context(os.environ),
            )
            self.news = read(json.loads(answer.body))
            self._failures = 0
        except (OSError, ValueError, HTTPClientError):
            # A class whose pages are away goes on; what was said last counts.
            self._failures = min(self._failures + 1, 6)
        finally:
            client.close()


def read(said: Any) -> ClassNews:  # noqa: ANN401  anybody's JSON
    """Return what was said. Raises ValueError for what cannot be."""
    try:
        return ClassNews.model_validate(said)
    except ValidationError as error:
        raise ValueError(str(error)) from None
