"""What an exercise offers beside its checks: hints one by one, and a solution in its time. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from courses.learn.checks.base import State
from courses.learn.clock import for_people
from courses.learn.memory import Standing

SolutionAfter = int | Literal["right", "never"]
"""When the solution may be seen: once the answer is right, after so many attempts, or never."""


@dataclass(frozen=True)
class Help:
    """What of an exercise's help a trainee has now."""

    hints: tuple[str, ...] = ()
    """Those that were asked for."""
    hints_left: int = 0
    solution: str = ""
    """Once it was asked for."""
    offers_solution: bool = False
    solved_on: str = ""
    """When it was right, if it is not now."""

    def __bool__(self) -> bool:
        return self != Help()


@dataclass(frozen=True)
class Offer:
    """What an instructor gives to an exercise beside its checks."""

    hints: Sequence[str] = ()
    solution: str = ""
    solution_after: SolutionAfter = "right"

    def __post_init__(self) -> None:
        rule = self.solution_after
        if isinstance(rule, bool) or not (
            rule in ("right", "never") or (isinstance(rule, int) and rule > 0)
        ):
            raise ValueError(
                f'solution_after={rule!r}: use "right", "never", or a number of attempts from 1'
            )
        if isinstance(self.hints, str):
            raise ValueError(f"hints={self.hints!r}: use a list of texts")  # noqa: TRY004  as above

    def opens_solution(self, standing: Standing) -> bool:
        """Whether the solution may be seen."""
        if not self.solution or self.solution_after == "never":
            return False
        if standing.solved_at:
            return True
        return self.solution_after != "right" and standing.attempts >= self.solution_after

    def help(self, standing: Standing, now: State, *, remembers: bool, asked: bool) -> Help:
        """Return the help there is. `remembers`: what was solved before is worth a word."""
        opens = self.opens_solution(standing)
        solved_on = for_people(standing.solved_at) if remembers and now != State.RIGHT else ""
        return Help(
            hints=tuple(self.hints[: standing.hints]),
            hints_left=max(0, len(self.hints) - standing.hints),
            solution=self.solution if opens and asked else "",
            offers_solution=opens and not asked,
            solved_on=solved_on,
        )
