"""What instructors write: rosters as spreadsheets save them, times, sizes; and what is wrong."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from courses.service.classes.form import Wanted, read, read_note
from courses.service.classes.model import LONGEST_NOTE, MOST_PEOPLE
from courses.service.classes.roster import MOST_BYTES
from courses.service.classes.roster import read as roster
from spawners.errors import InvalidInput

NOW = 1_795_000_000.0  # 18 November 2026, 10:06 UTC
HERE = ZoneInfo("Europe/Luxembourg")
RIGHT = {
    "group": "Tuesday",
    "starts": "2026-11-24T09:00",
    "ends": "2026-11-24T09:50",
    "size": "cpu",
}


@pytest.fixture
def course(catalogue):
    return catalogue.course("welcome").manifest


def planned(course, machine, **changes):
    return read(Wanted(**{**RIGHT, **changes}), course, machine, 3, HERE, NOW)


@pytest.mark.parametrize(
    "content",
    [
        b"anna\nbob\n",
        b"anna\r\nbob\r\n\r\n",
        b"\xef\xbb\xbfuser\nanna\nbob",
        b"Name;User name;Mail\nAnna;anna;a@x.org\nB\xf6b;bob;b@x.org\n",
        "Prénom,Utilisateur\nÉva,anna\nBob,bob\n".encode(),
        "username\tgroup\nanna\t1\nbob\t2\n".encode("utf-16"),
        b'user,room\n"anna","1, left"\n"bob","2"\n',
        b" anna \n\n,\nbob\n",
    ],
)
def test_a_roster_is_read_as_spreadsheets_write_it(content):
    assert roster(content) == ("anna", "bob")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"user\n", "nobody below"),
        (b"anna\nBob\n", "Line 2: 'Bob' has capitals; write bob."),
        (b"user\nanna\n\nb@x.org\n", "Line 4: 'b@x.org' is an address;"),
        (b"anna\nbob\nanna\n", "Line 3: 'anna' is on line 1 already;"),
        (b"anna\n../../etc\n", "Line 2: '../../etc' is no user name"),
        (b"name;user\nAnna;anna\nBob;\n", "Line 3: there is no user name;"),
        (b"<script>\n", "Line 1: '<script>' is no user name"),
        (b"anna\nroot\x00\n", r"Line 2: 'root\\x00' is no user name"),
        (b'anna\n"open\n', "Line"),
        (b"x" * (MOST_BYTES + 1), "more than 256 KiB"),
        ("\n".join(f"u{n}" for n in range(MOST_PEOPLE + 1)).encode(), "501 people"),
    ],
)
def test_a_roster_that_cannot_be_says_which_line_and_how_to_mend_it(content, said):
    with pytest.raises(InvalidInput, match=said) as refused:
        roster(content)
    assert refused.value.message.isprintable()


def test_of_many_bad_lines_the_first_are_named():
    with pytest.raises(InvalidInput, match=r"Line 10: .* And 90 more lines"):
        roster("\n".join(f"N{n} x" for n in range(100)).encode())


def test_a_class_is_as_it_was_written(course, machine):
    # when
    one = planned(course, machine, reservation=" class-a ", empty_minutes="20")
    # then in the site's own zone
    assert (one.course, one.group, one.size) == ("welcome", "Tuesday", "cpu")
    assert (one.reservation, one.empty_s) == ("class-a", 1200)
    assert one.ends_at - one.starts_at == 50 * 60
    assert one.starts_at == 1_795_507_200.0


@pytest.mark.parametrize(
    ("changes", "hours"),
    [
        ({"zone": "UTC"}, 1),
        ({"starts": "2026-11-24T09:00+00:00", "ends": "2026-11-24T09:50Z"}, 1),
        ({"zone": "America/New_York"}, 6),
        ({}, 0),
    ],
)
def test_a_time_has_its_zone(course, machine, changes, hours):
    one = planned(course, machine, **changes)
    assert one.starts_at - 1_795_507_200.0 == hours * 3600


def test_without_a_size_it_is_that_of_the_first_lesson(course, machine):
    assert planned(course, machine, size="").size == "cpu"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ends": "2026-11-24T08:00"}, "ends before it begins"),
        ({"starts": "2025-11-24T09:00", "ends": "2025-11-24T09:30"}, "over already"),
        ({"starts": "2028-11-24T09:00", "ends": "2028-11-24T09:30"}, "a year ahead"),
        ({"ends": "2026-11-26T09:00"}, "at most 24 hours"),
        ({"ends": "2026-11-24T12:00"}, "last 1 h, and this class needs 3 h 4 min"),
        ({"starts": "tomorrow"}, "cannot begin at 'tomorrow'"),
        ({"ends": "\u202e9 o'clock"}, "cannot end at"),
        ({"zone": "Mars/Olympus"}, "no time zone 'Mars/Olympus'"),
        ({"group": " "}, "The group needs a name"),
        ({"group": "x" * 81}, "The group needs a name"),
        ({"size": "huge"}, "no session size 'huge'"),
        ({"reservation": "a b"}, "cannot be called 'a b'"),
        ({"reservation": "--uid=0"}, "cannot be called"),
        ({"reservation": "a\n#SBATCH"}, "cannot be called"),
        ({"empty_minutes": "0"}, "cannot be '0'"),
        ({"empty_minutes": "soon"}, "cannot be 'soon'"),
        ({"empty_minutes": "²"}, "cannot be"),
    ],
)
def test_a_class_that_cannot_be_is_refused_in_a_sentence(course, machine, changes, said):
    with pytest.raises(InvalidInput, match=said) as refused:
        planned(course, machine, **changes)
    assert refused.value.hint


def test_a_note_is_one_line_of_words():
    assert read_note("  Now\nlesson\t2.\x07 ") == "Now lesson 2."
    for text, said in (("", "empty"), ("\n \x00", "empty"), ("x" * (LONGEST_NOTE + 1), "121")):
        with pytest.raises(InvalidInput, match=said):
            read_note(text)
