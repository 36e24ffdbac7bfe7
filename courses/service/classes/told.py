"""GET api/notes: what a session has to know of its class; with the session's own token."""

from __future__ import annotations

import time

from courses.service.events.from_session import FromASession


class Told(FromASession):
    """Answers from what the keeper saw last: nobody waits for the store."""

    async def get(self) -> None:
        """Send the notes of the classes that its user is in, and when their session ends."""
        user = await self.sender()
        self.finish(self.pages.classes.board.told(user, time.time()))
