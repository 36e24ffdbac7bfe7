"""A hub that says what the test tells it, as far as the course pages ask one."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from tornado.web import RequestHandler

from spawners.offers import Offers

TOKEN = "annas-own-token"
SESSION_TOKEN = "the-token-of-annas-session"
SERVICE_TOKEN = "the-services-own-token"
PAGES = "access:services!service=courses"
EVENTS = "custom:onboard:events"


def person(name: str, *scopes: str, kind: str = "user") -> dict:
    """Return what the hub says of whoever holds a token."""
    return {"name": name, "kind": kind, "admin": False, "scopes": list(scopes)}


@dataclass
class FakeHub:
    """What the hub knows, and what it was asked to do."""

    server: dict | None = None
    standing: dict | None = None
    events: list[dict] = field(default_factory=list)
    refuses: tuple[int, str] | None = None
    knows: set[str] = field(default_factory=lambda: {TOKEN, SESSION_TOKEN, SERVICE_TOKEN})
    people: dict[str, dict] = field(
        default_factory=lambda: {
            TOKEN: person("anna", PAGES),
            SESSION_TOKEN: person("anna", EVENTS),
            SERVICE_TOKEN: person("courses", "list:users", "read:servers", kind="service"),
        }
    )
    """Of each token: whose it is, and what it may do."""
    asked: list[tuple[str, dict]] = field(default_factory=list)
    offers: Offers | asyncio.Event | str | None = None
    """What may start when; an event is a hub that does not say before it is set."""
    others: dict[str, dict | None] = field(default_factory=dict)
    """The sessions of others than Anna, by their names; None is a user without one."""
    page: int = 200
    """How many users the hub lists at once."""
    away: bool = False
    """Whether it lists nobody just now."""
    lists: int = 0
    """How often it was asked to."""
    strangers: set[str] = field(default_factory=set)
    """Whom the site lets in under no circumstances."""

    def lets_in(self, token: str, name: str, *scopes: str, kind: str = "user") -> None:
        """Know another token from now on."""
        self.knows.add(token)
        self.people[token] = person(name, *scopes, kind=kind)

    def runs_for(self, name: str, **changed: Any) -> None:
        """Have somebody else's server run, for the course and lesson in its options."""
        options = {"course": "welcome", "lesson": "first"}
        plain = {"ready": True, "pending": None, "stopped": False, "user_options": options}
        self.others[name] = {**plain, "started": "2026-11-23T11:00:00.000000Z", **changed}

    def runs(self, size: str, *, ready: bool = True, pending: str | None = None) -> None:
        self.server = {
            "ready": ready,
            "pending": pending,
            "stopped": False,
            "url": "/user/anna/",
            "started": "2026-11-23T11:00:00.000000Z",
            "user_options": {"size": size, "course": "welcome", "lesson": "first"},
        }

    def sessions(self) -> dict[str, dict]:
        """Return everybody's session."""
        own = {"anna": self.server} if self.server else {}
        return own | self.others

    def all_are_ready(self) -> None:
        """Have every session ready that is on its way."""
        for one in self.sessions().values():
            one.update(ready=True, pending=None)


class _Api(RequestHandler):
    def initialize(self, hub: FakeHub) -> None:
        self.hub = hub

    def prepare(self) -> None:
        self.token = token = self.request.headers.get("Authorization", "").removeprefix("token ")
        if token not in self.hub.knows:
            self.set_status(403)
            self.finish({"message": "no such token"})


class _Whoami(_Api):
    def get(self) -> None:
        self.finish(self.hub.people[self.token])


class _User(_Api):
    def get(self, name: str) -> None:
        servers = {"": self.hub.server} if self.hub.server and name == "anna" else {}
        self.finish({"name": name, "servers": servers})


class _Users(_Api):
    def get(self) -> None:
        self.hub.lists += 1
        if self.hub.away or self.token != SERVICE_TOKEN:
            self.set_status(503 if self.hub.away else 403)
            self.finish({"message": "no"})
            return
        sessions = self.hub.sessions().items()
        users = [{"name": name, "servers": one and {"": one}} for name, one in sessions]
        offset = int(self.get_argument("offset"))
        after = offset + min(self.hub.page, int(self.get_argument("limit")))
        following = {"offset": after} if after < len(users) else None
        self.finish({"items": users[offset:after], "_pagination": {"next": following}})


class _Standing(_Api):
    def get(self) -> None:
        if self.hub.standing is None:
            self.set_status(404)  # as an older hub, which has no such address
            self.finish({"message": "Not Found"})
            return
        self.finish(self.hub.standing)


class _People(_Api):
    def put(self, name: str) -> None:
        if name in self.hub.strangers:
            self.set_status(404)
            self.finish({"message": f"This site lets nobody in who is called {name!a}."})
            return
        self.hub.asked.append(("admit", {"name": name}))
        self.set_status(204)


class _Server(_Api):
    def post(self, name: str) -> None:
        options = json.loads(self.request.body)["user_options"]
        self.hub.asked.append(("start", options))
        if self.hub.refuses:
            status, message = self.hub.refuses
            self.set_status(status)
            self.finish({"message": message})
            return
        self.set_status(202)
        if name != "anna":
            started = {"ready": False, "pending": "spawn", "user_options": options}
            self.hub.others[name] = started
            return
        self.hub.runs("cpu", ready=False, pending="spawn")
        if self.hub.server is not None and "seat" in options:
            self.hub.server["user_options"] = options

    def delete(self, name: str) -> None:
        self.hub.asked.append(("stop", {}))
        if name == "anna":
            self.hub.server = None
        self.hub.others.pop(name, None)
        self.set_status(204)


class _Offers(_Api):
    async def get(self) -> None:
        told = self.hub.offers
        if isinstance(told, asyncio.Event):
            await told.wait()
        elif told is None:
            self.set_status(404)
        else:
            self.finish(told if isinstance(told, str) else told.model_dump_json())


class _Progress(_Api):
    async def get(self, _name: str) -> None:
        if not self.hub.events:
            self.set_status(400)
            self.finish({"message": "anna is not starting..."})
            return
        for event in self.hub.events:
            self.write(f"\n\ndata: {json.dumps(event)}\n\n")
            await self.flush()


def routes(hub: FakeHub) -> list[tuple[str, type[RequestHandler], dict[str, Any]]]:
    """Return the addresses of the hub's REST API that the course pages use."""
    shared = {"hub": hub}
    return [
        ("/hub/api/user", _Whoami, shared),
        ("/hub/api/users", _Users, shared),
        ("/hub/api/users/([^/]+)", _User, shared),
        ("/hub/api/onboard/people/([^/]+)", _People, shared),
        ("/hub/api/onboard/session", _Standing, shared),
        ("/hub/api/onboard/offers", _Offers, shared),
        ("/hub/api/users/([^/]+)/server", _Server, shared),
        ("/hub/api/users/([^/]+)/server/progress", _Progress, shared),
    ]
