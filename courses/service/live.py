"""Where a start stands, for the waiting page's script: once, or as it happens."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress

from tornado.iostream import StreamClosedError
from tornado.web import Finish, authenticated

from courses.service import relay
from courses.service.look import ForScripts, Page


class StateNow(ForScripts, Page):
    """Where the start stands, for a page that cannot listen."""

    @authenticated
    async def get(self) -> None:
        """Answer with one step, as JSON."""
        hub, machine = self.pages.hub, self.pages.machine
        step = await relay.now(hub, machine, self.trainee, self.token, self.words)
        self.finish(step.as_json())


class ProgressNow(StateNow):
    """Where the start stands, as it happens: server-sent events."""

    _listening: asyncio.Task[None] | None = None

    @authenticated
    async def get(self) -> None:
        """Send a step at each change, until there is nothing more to say for now."""
        self.set_header("Content-Type", "text/event-stream")
        self.set_header("X-Accel-Buffering", "no")  # nginx would keep the events to itself
        self._listening = asyncio.ensure_future(self._tell())
        with suppress(asyncio.CancelledError, StreamClosedError):
            await self._listening
        raise Finish

    async def _tell(self) -> None:
        hub, machine = self.pages.hub, self.pages.machine
        steps = relay.follow(hub, machine, self.trainee, self.token, self.words)
        async with aclosing(steps):
            async for step in steps:
                self.write(self.pages.event(step))
                await self.flush()

    def on_connection_close(self) -> None:
        """Stop asking the hub for a page that is closed."""
        if self._listening is not None:
            self._listening.cancel()
