"""Sentences about code that stopped: what it was, where, and whose it is. Pure."""

from __future__ import annotations

import re
import reprlib
import traceback
from collections.abc import Callable

from courses.learn.words import say

_LONGEST_TEXT = 200
# Not those that bind two words: French has one before a colon.
_SPACES = re.compile(r"[^\S\u00a0\u202f]+")
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


def yours_stopped(error: BaseException, code: object = None) -> str:
    """Say that the trainee's code stopped, and in which line of `code` if it is known."""
    line = line_in(code, error)
    if line:
        return say(
            "Your code stopped with {error}, in line {line} of its cell.",
            error=describe(error),
            line=line,
        )
    return say("Your code stopped with {error}.", error=describe(error))


def check_stopped(value: object, error: BaseException) -> str:
    """Say that the check itself is at fault, and what it was given."""
    return say(
        "This check itself stopped with {error}. It could not deal with your answer, {answer}. If "
        "that looks right to you, the mistake is in the check, not in your work: tell your "
        "instructor.",
        error=describe(error),
        answer=show(value),
    )


def is_placeholder(error: BaseException, *callers: Callable[..., object]) -> bool:
    """Whether the error marks a place that is still to be filled in.

    A library may raise NotImplementedError too; only one raised in a cell of the notebook, where
    the callers are from, counts.
    """
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    return isinstance(error, NotImplementedError) and any(
        frames[-1].f_globals is getattr(caller, "__globals__", None) for caller in callers
    )


def line_in(code: object, error: BaseException) -> int:
    """Return the line of `code` that was running when the error was raised, or 0."""
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code is code]
    return lines[-1] if lines else 0


def innermost_code(error: BaseException) -> object:
    """Return the code object that raised the error."""
    return [frame.f_code for frame, _ in traceback.walk_tb(error.__traceback__)][-1]


def code_of(value: object) -> object:
    """Return a function's code, or the value itself, which is no frame's."""
    try:
        return getattr(value, "__code__", value)
    except Exception:  # noqa: BLE001  a trainee's class may raise anything
        return value


def show(value: object) -> str:
    """Return a short text for a value; a function's own repr is an address in memory."""
    try:
        name = getattr(value, "__name__", None)
        if name and callable(value):
            return say("the function {name}", name=name)
        # An address helps nobody, and is another one at every run.
        return one_line(_ADDRESS.sub("", reprlib.repr(plain(value))))
    except Exception:  # noqa: BLE001  the repr of a trainee's class may raise anything
        return say("a value of type {type}", type=type(value).__name__)


def plain(value: object) -> object:
    """Return NumPy's scalars as Python's: trainees read 3.0, not np.float64(3.0)."""
    is_scalar = hasattr(value, "dtype") and getattr(value, "shape", None) == ()
    return value.item() if is_scalar and hasattr(value, "item") else value


def describe(error: BaseException) -> str:
    """Return an error's type and message in one line."""
    return f"{type(error).__name__}: {one_line(str(error))}".rstrip(": .")


def one_line(text: str) -> str:
    """Return the text in one line of bearable length."""
    line = _SPACES.sub(" ", text).strip()
    return line if len(line) <= _LONGEST_TEXT else line[: _LONGEST_TEXT - 1] + "…"
