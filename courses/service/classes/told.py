"""GET api/notes: what a session has to know of its class; with the session's own token."""

from __future__ import annotations

import time

from courses.service.events.handlers import Events


class Told(Events):
    """Answers from what the keeper saw last: nobody waits for the store. Known as events are."""

    async def prepare(self) -> None:
        """Find out whose session asks."""
        self._body, self._length = bytearray(), 0
        if self.request.method == "GET":
            self.user = await self._user()

    async def get(self) -> None:
        """Send the notes of the classes that its user is in, and when their session ends."""
        self.finish(self.pages.classes.board.told(self.user, time.time()))

    async def post(self) -> None:
        """Take nothing here."""
        self.send_error(405)
