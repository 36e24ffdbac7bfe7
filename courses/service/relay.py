"""Where a trainee's session stands, from the hub: once, or as it happens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress

from courses.service import session as sessions
from courses.service.hub import HubClient, HubRefused, HubUnavailable
from courses.service.session import Session, State, Step
from spawners.machine import Machine
from spawners.words import Words


async def session(hub: HubClient, machine: Machine, name: str, token: str) -> Session:
    """Return where the session stands. Raises HubError."""
    user, standing = await asyncio.gather(hub.user(name, token), hub.standing(token))
    found = sessions.session(user, standing, machine)
    return sessions.ending(found) if hub.is_ending(name) else found


async def follow(
    hub: HubClient, machine: Machine, name: str, token: str, words: Words
) -> AsyncGenerator[Step, None]:
    """Yield how the start of a session goes, at each change and every few seconds.

    Ends when there is no more to say for now; a page that wants to know more asks again. Raises
    SignedOut.
    """
    last = sessions.plain(State.WAITING, words)
    try:
        async with aclosing(hub.progress(name, token)) as events:
            async for event in events:
                if hub.is_ending(name):
                    break
                if event is not None:
                    last = sessions.progress(event, words, time.time())
                yield last
            else:
                return
    except HubUnavailable:
        yield sessions.plain(State.AWAY, words)
        return
    except HubRefused:
        pass  # Nothing is starting. It may be ending, or a restarted hub is still looking for it.
    yield await _standing(hub, machine, name, token, words)


async def now(hub: HubClient, machine: Machine, name: str, token: str, words: Words) -> Step:
    """Return how the start of a session goes, for a page that cannot listen. Raises SignedOut."""
    try:
        found = await session(hub, machine, name, token)
    except HubUnavailable:
        return sessions.plain(State.AWAY, words)
    return await step(hub, found, name, token, words)


async def step(hub: HubClient, found: Session, name: str, token: str, words: Words) -> Step:
    """Say where a session stands. Raises SignedOut."""
    if found.state is State.NONE:
        # Of an older hub only the progress events remember why a start failed.
        events = hub.progress(name, token)
        with suppress(HubUnavailable, HubRefused):
            async with aclosing(events):
                async for event in events:
                    if event is not None:
                        return sessions.progress(event, words, time.time())
    return sessions.step(found, words, time.time())


async def _standing(hub: HubClient, machine: Machine, name: str, token: str, words: Words) -> Step:
    try:
        return sessions.step(await session(hub, machine, name, token), words, time.time())
    except HubUnavailable:
        return sessions.plain(State.AWAY, words)
