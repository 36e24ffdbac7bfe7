"""How much one person may send: enough for a term's events after a week away, not a flood. Pure."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

BURST = 20_000
EVERY_S = 0.1
"""After a burst, one event in this many seconds."""
_PEOPLE = 10_000


@dataclass
class Allowance:
    """Counts what each person has left. Times in seconds, of any clock that never goes back."""

    burst: int = BURST
    every_s: float = EVERY_S
    people: int = _PEOPLE
    _left: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def take(self, name: str, events: int, now_s: float) -> float:
        """Take so many events off what somebody has left.

        Returns 0, or the seconds after which there is enough of it again: then nothing was taken.
        """
        left, since_s = self._left.pop(name, (float(self.burst), now_s))
        left = min(self.burst, left + (now_s - since_s) / self.every_s)
        lacking = events - left
        self._left[name] = (left if lacking > 0 else left - events, now_s)
        if len(self._left) > self.people:
            self._left.popitem(last=False)  # who was away the longest has the most left
        return max(0.0, lacking * self.every_s)
