"""Where a trainee's session stands, from the hub: once, or as it happens."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from courses.service import views
from courses.service.hub import HubClient, HubRefused, HubUnavailable
from courses.service.views import Progress, Session, State
from spawners.machine import Machine


async def session(hub: HubClient, machine: Machine, name: str, token: str) -> Session:
    """Return where the session stands. Raises HubError."""
    found = views.session(await hub.user(name, token), machine)
    return replace(found, state=State.STOPPING) if hub.is_ending(name) else found


async def follow(
    hub: HubClient, machine: Machine, name: str, token: str
) -> AsyncGenerator[Progress, None]:
    """Yield how the start of a session goes, at each change and every few seconds.

    Ends when there is no more to say for now; a page that wants to know more asks again. Raises
    SignedOut.
    """
    last = Progress(State.WAITING, "Your session is on its way.")
    try:
        async with aclosing(hub.progress(name, token)) as events:
            async for event in events:
                if hub.is_ending(name):
                    break
                last = views.progress(event) if event is not None else last
                yield last
            else:
                return
    except HubUnavailable:
        yield views.away()
        return
    except HubRefused:
        pass  # Nothing is starting. It may be ending, or a restarted hub is still looking for it.
    yield await _standing(hub, machine, name, token)


async def now(hub: HubClient, machine: Machine, name: str, token: str) -> Progress:
    """Return how the start of a session goes, for a page that cannot listen. Raises SignedOut."""
    standing = await _standing(hub, machine, name, token)
    if standing.state is not State.NONE:
        return standing
    # Only the progress events remember why a start failed, and then answer at once.
    async with aclosing(follow(hub, machine, name, token)) as steps:
        return await anext(steps, standing)


async def _standing(hub: HubClient, machine: Machine, name: str, token: str) -> Progress:
    try:
        return views.standing(await session(hub, machine, name, token))
    except HubUnavailable:
        return views.away()
