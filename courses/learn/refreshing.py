"""Something shown again every half minute, by the kernel's own loop, between cells."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

EVERY_S = 30.0

_pending: dict[str, asyncio.TimerHandle] = {}


def refresh(show: Callable[[], None], every_s: float = EVERY_S) -> None:
    """Call `show` now, and again as long as the kernel lives; once where there is no loop.

    Another call from the same function takes the place of the first: a cell that runs again does
    not leave its old clock behind.
    """
    name = f"{show.__module__}.{show.__qualname__}"
    show()
    if old := _pending.pop(name, None):
        old.cancel()
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return
    _pending[name] = loop.call_later(every_s, refresh, show, every_s)
