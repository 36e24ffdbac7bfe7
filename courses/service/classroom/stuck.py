"""When somebody is stuck. Pure; one rule for all pages. Times in Unix milliseconds."""

from __future__ import annotations

from courses.service.store.latest import Latest

TRIES = 3
"""So many wrong tries, and none that is right."""
AFTER_MS = 10 * 60 * 1000
"""Or so long since the first wrong one."""
ACTIVE_MS = 15 * 60 * 1000
"""Who did nothing for longer is not stuck: they are away."""


def since_ms(at: Latest, *, active_ms: int, began_ms: int, now_ms: int) -> int | None:
    """Return since when somebody is stuck at the exercise that they worked at last, or None.

    `active_ms` is when they did anything in the course last. `began_ms` is when their session
    began, or 0: the days between two sessions are not counted.
    """
    if at.first_try_ms is None or at.first_right_ms is not None:
        return None
    if active_ms < now_ms - ACTIVE_MS or at.last_ms < began_ms:
        return None
    since = max(at.first_try_ms, began_ms)
    return since if at.attempts >= TRIES or now_ms - since >= AFTER_MS else None
