"""Languages, times and numbers as a trainee reads them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from spawners import language, words
from spawners.words import Words, words_for

LUXEMBOURG = ZoneInfo("Europe/Luxembourg")
NOW = datetime(2026, 11, 23, 13, 2, tzinfo=UTC).timestamp()
OFFERED = ("fr", "de", "en")


@pytest.mark.parametrize(
    ("chosen", "accept", "found"),
    [
        ("", "", "fr"),
        ("de", "en", "de"),
        ("xx", "en", "en"),
        ("../../etc/passwd", "de-LU,de;q=0.9,en;q=0.8", "de"),
        ("", "lb, de;q=0.2, en;q=0.7", "en"),
        ("", "en;q=0, de;q=0.1", "de"),
        ("", "de;q=lots, *;q=0.5", "fr"),
        ("", "ja" * 100_000 + ",de", "fr"),
    ],
)
def test_the_trainees_choice_then_the_browsers_then_the_sites(chosen, accept, found):
    assert language.choose(OFFERED, chosen=chosen, accept=accept) == found


def test_a_site_speaks_what_there_are_words_in():
    assert language.spoken_here(("lb", "de", "en")) == ("de", "en")
    assert language.spoken_here(("lb",)) == ("en",)


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../../../etc/passwd", "/etc/localtime", "Z"])
def test_a_time_zone_that_is_none_is_the_sites(name):
    assert words_for(("en",), zone=name).zone == language.site_zone()


def test_a_browsers_own_time_zone_counts():
    assert words_for(("en",), zone="Europe/Luxembourg").zone == LUXEMBOURG


@pytest.mark.parametrize(
    ("after_s", "english", "french", "german"),
    [
        (-600, "any moment", "d’un instant à l’autre", "jeden Moment"),
        (59, "any moment", "d’un instant à l’autre", "jeden Moment"),
        (27 * 60, "about 14:30", "vers 14:30", "gegen 14:30"),
        # Midnight is the trainee's own, an hour before that of the machine's clock.
        (9 * 3600, "about 23:05", "vers 23:05", "gegen 23:05"),
        (10 * 3600, "tomorrow about 00:05", "demain vers 00:05", "morgen gegen 00:05"),
        (
            3 * 86400,
            "Thursday 26 November, about 14:05",
            "jeudi 26 novembre, vers 14:05",
            "Donnerstag 26. November, gegen 14:05",
        ),
    ],
)
def test_when_something_is_expected(after_s, english, french, german):
    # when
    said = [Words(one, LUXEMBOURG).about(NOW + after_s, NOW) for one in ("en", "fr", "de")]
    # then
    assert said == [english, french, german]


def test_when_something_was():
    # given
    words = Words("fr", LUXEMBOURG)
    # then
    assert words.at(NOW - 60, NOW) == "14:01"
    assert words.at(NOW - 86400, NOW) == "22 novembre 2026, 14:02"


@pytest.mark.parametrize(
    ("moment", "said"), [("2026-11-03T10:00:00+00:00", "3 November 2026"), ("soon", "soon")]
)
def test_days(moment, said):
    assert Words("en").day(moment) == said


@pytest.mark.parametrize(
    ("minutes", "said"), [(0, "0 min"), (15, "15 min"), (60, "1 h"), (65, "1 h 5 min")]
)
def test_durations(minutes, said):
    assert words.duration(minutes) == said


@pytest.mark.parametrize(
    ("seconds", "said"), [(-20, "0 s"), (10.9, "10 s"), (60, "1 min"), (3700, "1 h 1 min")]
)
def test_how_long(seconds, said):
    assert words.lasted(seconds) == said


def test_memory():
    # given
    words = Words("en")
    # then
    assert [words.memory(one) for one in (512, 1024, 1536)] == ["512 MiB", "1 GiB", "1.5 GiB"]


def test_no_text_is_no_text():
    assert Words("fr").gettext("") == ""


@pytest.mark.parametrize(("code", "name"), [("fr", "Français"), ("de", "Deutsch"), ("zz", "zz")])
def test_a_language_is_named_in_itself(code, name):
    assert words.own_name(code).casefold() == name.casefold()
