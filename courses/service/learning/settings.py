"""What a site says of learning: where events are kept, for how long, and who sees a class."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, field_validator

from spawners.jobs import UserName
from spawners.machine import Model, Slug

EVENTS_SCOPE = "custom:onboard:events"
"""What a token must have that brings events. Sessions' tokens do, the course pages' do not."""
# A folder may have a space in its name.
_URL = re.compile(r"sqlite:///[^\x00-\x1f]*|postgresql://[^\s\x00-\x1f]*")
_PASSWORD = re.compile(r"//[^/@]*:[^/@]*@|[?&]password=")


class LearningSettings(Model):
    """The table `learning` of a site's TOML."""

    database: str | None = None
    """`postgresql://...` or `sqlite:////PATH`; None is an SQLite file beside the hub's own."""
    keep_days: Annotated[int, Field(ge=1, le=3660)] = 730
    """How long an event is kept. What the summaries say of it goes when nothing new comes."""
    instructors: Mapping[Slug, tuple[UserName, ...]] = Field(default_factory=dict)
    """Of a course's id: who sees the results of everyone in it, by name."""

    @field_validator("database")
    @classmethod
    def _is_an_address_without_a_password(cls, url: str | None) -> str | None:
        if url is not None and not _URL.fullmatch(url):
            raise ValueError("the address begins with postgresql:// or sqlite:///")
        if url is not None and _PASSWORD.search(url):
            raise ValueError("a password is a secret: put it in the hub user's ~/.pgpass")
        return url
