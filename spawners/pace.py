"""How soon to ask the scheduler again: at once for somebody who waits, and rarely on the whole.

Pure: the caller tells the time. A bucket of questions fills slowly; while it is full a question
comes at once, and the emptier it is the longer the next one waits. So a class that starts together
is seen quickly, and an hour of waiting costs the scheduler no more than `per_minute`.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field


@dataclass
class Pace:
    """Times in seconds. `now` is any clock that only goes forward."""

    fast_s: float = 3.0
    """Between two questions while somebody waits."""
    slow_s: float = 20.0
    """Between two questions while nobody does."""
    longest_s: float = 60.0
    """The longest pause while the scheduler does not answer."""
    quick_s: float = 0.25
    """Before a question that somebody's news asks for, while the bucket is full."""
    per_minute: float = 20.0
    burst: int = 12
    failures: int = 0
    _left: float = field(init=False)
    _at: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self._left = float(self.burst)

    def asked(self, now: float, *, answered: bool) -> None:
        """Count a question."""
        self._refill(now)
        self._left = max(0.0, self._left - 1.0)
        self.failures = 0 if answered else min(self.failures + 1, 10)

    def pause_s(self, *, waiting: bool) -> float:
        """Return how long to wait for news before the next question."""
        pause = self.fast_s if waiting else self.slow_s
        return self._jittered(min(pause * 2.0**self.failures, self.longest_s))

    def gap_s(self, now: float) -> float:
        """Return how long news has to wait for its question."""
        self._refill(now)
        if self.failures:
            return self.pause_s(waiting=True)
        slowest = 60.0 / self.per_minute
        return self.quick_s + (slowest - self.quick_s) * (1.0 - self._left / self.burst) ** 2

    def _refill(self, now: float) -> None:
        gained = (now - self._at) * self.per_minute / 60.0 if self._at else 0.0
        self._left, self._at = min(float(self.burst), self._left + gained), now

    @staticmethod
    def _jittered(pause: float) -> float:
        return pause * random.uniform(0.8, 1.2)  # noqa: S311  jitter, not a secret
