"""When a session is warned and ended: nobody is surprised, and nobody who works is thrown out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spawners.idleness import Action, Judgement, Reason, Rule, Verdict, judge

HOUR = 3600.0
LIMITS = st.integers(60, 48 * 3600)
ENDING = st.sampled_from([Reason.IDLE, Reason.GPU_IDLE])


def look(rule: Rule, now: float, before: Judgement | None = None) -> Judgement:
    return judge([rule], now, before or Judgement())


@pytest.mark.parametrize(
    ("limit_s", "idle_s", "action"),
    [
        (HOUR, 0, Action.NOTHING),
        (HOUR, 0.79 * HOUR, Action.NOTHING),
        (HOUR, 0.80 * HOUR, Action.WARN),  # a fifth of the limit before its end
        (300, 179, Action.NOTHING),
        (300, 180, Action.WARN),  # and two minutes at the least
        (60, 29, Action.NOTHING),
        (60, 30, Action.WARN),  # but never more than half of it
    ],
)
def test_the_warning_comes_in_time(limit_s: float, idle_s: float, action: Action) -> None:
    assert look(Rule(Reason.IDLE, 0, limit_s), idle_s).verdict.action is action


def test_an_idle_session_is_warned_and_then_ended() -> None:
    # given a session that is warned
    rule = Rule(Reason.GPU_IDLE, 0, HOUR)
    warned = look(rule, 0.9 * HOUR)
    assert warned.verdict == Verdict(Action.WARN, Reason.GPU_IDLE, pytest.approx(360))

    # when its limit has passed
    ended = look(rule, HOUR, warned)

    # then it ends, and one that does something in between goes on
    assert ended.verdict.action is Action.END
    assert look(Rule(Reason.GPU_IDLE, HOUR - 1, HOUR), HOUR, warned) == Judgement()


def test_a_limit_that_passed_unseen_is_warned_of_first() -> None:
    # given a watch that slept through the warning and the end
    rule = Rule(Reason.IDLE, 0, HOUR)

    # when it looks again, then and later
    first = look(rule, 3 * HOUR)
    second = look(rule, 3 * HOUR + 119, first)
    third = look(rule, 3 * HOUR + 120, second)

    # then two minutes lie between the warning and the end
    assert first.verdict == Verdict(Action.WARN, Reason.IDLE, 120)
    assert second.verdict == Verdict(Action.WARN, Reason.IDLE, 1)
    assert third.verdict.action is Action.END


def test_at_its_time_limit_a_session_is_warned_and_left_to_the_scheduler() -> None:
    rule = Rule(Reason.TIME, 0, HOUR)

    assert look(rule, HOUR - 601).verdict.action is Action.NOTHING
    assert look(rule, HOUR - 600).verdict == Verdict(Action.WARN, Reason.TIME, 600)
    assert look(rule, 2 * HOUR, look(rule, HOUR)).verdict == Verdict(Action.WARN, Reason.TIME, 0)


def test_of_two_warnings_the_nearer_end_is_told() -> None:
    rules = [Rule(Reason.TIME, 0, HOUR), Rule(Reason.IDLE, 3000, 900)]

    assert judge(rules, HOUR - 60, Judgement()).verdict.reason is Reason.TIME
    assert judge(rules, HOUR - 60, Judgement()).verdict.left_s == 60
    assert judge(list(reversed(rules)), 3890, Judgement()).verdict.reason is Reason.TIME


def test_an_end_comes_before_any_warning() -> None:
    rules = [Rule(Reason.TIME, 0, HOUR), Rule(Reason.IDLE, 0, HOUR)]
    warned = judge(rules, HOUR - 300, Judgement())

    ended = judge(rules, HOUR, warned).verdict

    assert (ended.action, ended.reason) == (Action.END, Reason.IDLE)


@given(
    reason=ENDING,
    limit_s=LIMITS,
    looks=st.lists(st.floats(0.1, 7200), min_size=1, max_size=60),
    deeds=st.sets(st.integers(0, 59)),
)
def test_no_session_ends_early_or_without_notice(
    reason: Reason, limit_s: int, looks: list[float], deeds: set[int]
) -> None:
    # given a watch that looks at any times, and a trainee who does something at any of them
    now = done_at = 0.0
    judgement, warned_at = Judgement(), None

    # when the session is watched
    for number, pause in enumerate(looks):
        now += pause
        done_at = now if number in deeds else done_at
        judgement = judge([Rule(reason, done_at, limit_s)], now, judgement)
        verdict = judgement.verdict
        if verdict.action is Action.NOTHING:
            warned_at = None
        elif verdict.action is Action.WARN:
            warned_at = now if warned_at is None else warned_at
        else:
            # then it ends only after its limit, and after a warning that was there to be read
            assert now - done_at >= limit_s - 1e-6
            assert warned_at is not None
            assert now - warned_at >= min(120, limit_s / 2) - 1e-6
            return


@given(reason=ENDING, limit_s=LIMITS, every_s=st.floats(1, 30))
def test_every_idle_session_ends_soon_after_its_limit(
    reason: Reason, limit_s: int, every_s: float
) -> None:
    # given a session that nothing happens in from its first second
    rule, now, judgement = Rule(reason, 0, limit_s), limit_s - 2 * every_s - 130.0, Judgement()

    # when it is looked at in steps around its limit
    while judgement.verdict.action is not Action.END and now < limit_s * 3 + 300:
        now += every_s
        judgement = judge([rule], now, judgement)

    # then it has ended within a step of it
    assert judgement.verdict.action is Action.END
    assert now <= limit_s + every_s + 130
