"""A quiz's answer that can be recognised and not be read: what a trainee's notebook holds. Pure.

It keeps the answer from the eye of somebody who opens the file, and no more: with four choices
anybody can try all four. A numeric answer with a tolerance is known by the interval that it is in:
intervals of twice the tolerance side by side, of which one is exactly what counts as right.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fractions import Fraction

ANSWER = "answer"
HIDDEN = "answer_hash"
_SALT_DIGITS = 16
_HEX = re.compile(r"[0-9a-f]+")


def hidden(quiz: Mapping[str, Any]) -> dict[str, Any]:
    """Return a valid quiz without its answer, and with what recognises it.

    The same quiz is hidden the same way each time: a release can be built again, byte for byte.
    """
    rest = {key: value for key, value in quiz.items() if key != ANSWER}
    salt = _digest("", json.dumps(rest, sort_keys=True))[:_SALT_DIGITS]
    secret: dict[str, Any] = {"salt": salt}
    if quiz["kind"] == "numeric" and quiz.get("tolerance"):
        width = 2 * _exact(quiz["tolerance"])
        start = (_exact(quiz[ANSWER]) - width / 2) % width
        secret |= {"start": str(start), "width": str(width)}
    secret["sha256"] = _digest(salt, _spelt(quiz["kind"], quiz[ANSWER], secret))
    return {**rest, HIDDEN: secret}


def is_right(quiz: Mapping[str, Any], given: object) -> bool:
    """Return whether an answer is the hidden one.

    `given` is the id of a choice, a list of ids (in any order for `multiple`), or a number.
    """
    secret = quiz[HIDDEN]
    kind = quiz["kind"]
    try:
        # The upper end of an interval counts too, and is the next one's lower end.
        spelt = {_spelt(kind, given, secret, below=below) for below in (False, True)}
    except (TypeError, ValueError, OverflowError):
        return False
    return secret["sha256"] in {_digest(secret["salt"], one) for one in spelt}


def fault(kind: str, secret: Mapping[str, Any]) -> str:
    """Return why nothing can be recognised by `secret`, or nothing."""
    spelt = [secret.get(key) for key in ("salt", "sha256")]
    if not all(isinstance(one, str) and _HEX.fullmatch(one) for one in spelt):
        return "it has a salt and a sha256"
    if kind != "numeric" or "width" not in secret:
        return ""
    try:
        fits = 0 <= _fraction(secret["start"]) < _fraction(secret["width"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        fits = False
    return "" if fits else "its start is a number below its width"


def _spelt(
    kind: str,
    answer: object,
    secret: Mapping[str, Any],
    *,
    below: bool = False,
) -> str:
    """Write an answer the one way that is hashed."""
    if kind == "numeric":
        return _spelt_number(_exact(answer), secret, below=below)
    if kind == "single":
        return json.dumps(_text(answer))
    ids = [_text(one) for one in answer] if isinstance(answer, Sequence) else [_text(answer)]
    return json.dumps(sorted(ids) if kind == "multiple" else ids)


def _spelt_number(number: Fraction, secret: Mapping[str, Any], *, below: bool) -> str:
    if "width" not in secret:
        return str(number)
    place = (number - _fraction(secret["start"])) / _fraction(secret["width"])
    return str(math.ceil(place) - 1 if below else math.floor(place))


def _exact(number: object) -> Fraction:
    # As it is written, 0.1 is a tenth: what a person types is compared with what another typed.
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise TypeError("a number was expected")
    return _fraction(repr(number) if isinstance(number, float) else number)


def _fraction(number: str | int) -> Fraction:
    # Not at the top: it takes as long to import as all other code here, and few quizzes need it.
    from fractions import Fraction

    return Fraction(number)


def _text(one: object) -> str:
    if not isinstance(one, str):
        raise TypeError("the id of a choice was expected")
    return one


def _digest(salt: str, text: str) -> str:
    return hashlib.sha256(f"{salt}\0{text}".encode(errors="surrogatepass")).hexdigest()
