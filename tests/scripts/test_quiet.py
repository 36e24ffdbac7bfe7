"""What a person reads when an installation step fails."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture
def quiet(monkeypatch):
    monkeypatch.syspath_prepend(CHECKOUT / "scripts")
    from tools import quiet

    yield quiet
    for name in [name for name in sys.modules if name.split(".")[0] == "tools"]:
        monkeypatch.delitem(sys.modules, name)


@pytest.mark.parametrize(
    ("log", "cause"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
         "no space is left"),
        ("npm error code ENOSPC", "no space is left"),
        ("WARNING: Retrying (Retry(total=1)) after connection broken by 'NewConnectionError'",
         "the network does not reach the index"),
        ("npm error request to https://index.example failed, reason: getaddrinfo EAI_AGAIN",
         "the network does not reach the index"),
        ("Err:1 http://deb.example bookworm\n  Temporary failure resolving 'deb.example'",
         "the network does not reach the index"),
        ("created successfully because ensurepip is not\navailable.  On Debian", "python3-venv"),
    ],
)  # fmt: skip
def test_a_known_cause_becomes_one_sentence(quiet, tmp_path, log, cause):
    # when a step fails with this log
    said = quiet.explain("Installing", log, "the index", tmp_path / "install.log")

    # then its cause and the way out are in one line
    assert said.startswith("Installing failed: ")
    assert cause in said
    assert "\n" not in said


def test_an_unknown_cause_shows_the_end_of_the_log(quiet, tmp_path):
    # given a long log
    log = "\n".join(f"line {number}" for number in range(100))

    # when the step fails
    said = quiet.explain("Installing", log, "the index", tmp_path / "install.log")

    # then its name and its end are shown
    assert str(tmp_path / "install.log") in said
    assert said.endswith("line 99")
    assert "line 50" not in said


def test_a_step_that_takes_too_long_is_ended(quiet, tmp_path):
    # given a step that would take minutes
    # when it may take no time at all
    with pytest.raises(Exception, match="not done after 0 seconds") as failure:
        quiet.quietly("Waiting", ["sleep", "300"], log=tmp_path / "log", timeout_s=0.2)

    # then it is a problem told in a sentence
    assert type(failure.value).__name__ == "Problem"
