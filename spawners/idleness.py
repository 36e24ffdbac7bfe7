"""When a session is warned, and when it is ended. Pure: facts and a time in, a judgement out.

Nobody is surprised: a session is ended only after a warning that was there for two minutes (half
the limit, where that is less), also where this process was asleep when it was due.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

NOTICE_SHARE = 0.2
LEAST_NOTICE_S = 120.0
TIME_NOTICE_S = 600.0


class Reason(StrEnum):
    """Why a session is about to end."""

    TIME = "time"
    IDLE = "idle"
    GPU_IDLE = "gpu idle"


class Action(StrEnum):
    """What is to be done about it."""

    NOTHING = "nothing"
    WARN = "warn"
    END = "end"


@dataclass(frozen=True)
class Rule:
    """One limit, and since when it counts. Times are Unix seconds."""

    reason: Reason
    since: float
    """When something was last done; for the time limit, when the session began."""
    limit_s: float

    @property
    def ends(self) -> bool:
        """Whether we end the session; at its time limit the scheduler does."""
        return self.reason is not Reason.TIME

    @property
    def least_notice_s(self) -> float:
        """How long a warning is there before the end, whatever happens."""
        return min(LEAST_NOTICE_S, self.limit_s / 2) if self.ends else 0.0

    @property
    def notice_s(self) -> float:
        """How long before the end the warning begins."""
        if not self.ends:
            return TIME_NOTICE_S
        return max(NOTICE_SHARE * self.limit_s, self.least_notice_s)


@dataclass(frozen=True)
class Verdict:
    """What one limit asks for, and in how many seconds the session ends by it."""

    action: Action = Action.NOTHING
    reason: Reason | None = None
    left_s: float = 0.0


@dataclass(frozen=True)
class Judgement:
    """The verdict that presses most, and since when each warning is there."""

    verdict: Verdict = Verdict()
    warned: Mapping[Reason, float] = field(default_factory=dict)


def judge(rules: Sequence[Rule], now: float, before: Judgement) -> Judgement:
    """Hold every rule against the time; `before` is the judgement of the last look."""
    verdicts = [_hold(rule, now, before.warned.get(rule.reason)) for rule in rules]
    pressing = [one for one in verdicts if one.action is not Action.NOTHING]
    return Judgement(
        min(pressing, key=lambda one: (one.action is Action.WARN, one.left_s), default=Verdict()),
        {one.reason: before.warned.get(one.reason, now) for one in pressing if one.reason},
    )


def _hold(rule: Rule, now: float, warned_at: float | None) -> Verdict:
    ends_at = rule.since + rule.limit_s
    if ends_at - now > rule.notice_s:
        return Verdict()
    warned_at = now if warned_at is None else warned_at
    left_s = max(0.0, max(ends_at, warned_at + rule.least_notice_s) - now)
    over = rule.ends and left_s == 0.0
    return Verdict(Action.END if over else Action.WARN, rule.reason, left_s)
