"""Events on disk: one schema, one writer a file, and lines that are none are set aside."""

import contextlib
import errno
import json
import os
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.learn.desk import desk
from courses.learn.events import Event, Kind, parse
from courses.learn.outbox import Writer, mark_sent, read, read_from, sent, session_name


def event(seq=1, **more):
    return Event(seq=seq, kind="exercise-attempted", course="tiny", state="right", **more)


def changed(**more):
    return json.dumps({**json.loads(event().line()), **more})


def test_an_event_has_all_of_the_schema():
    raw = json.loads(event(detail={"attempts": 2}).line())

    assert set(raw) == set(
        "v id at seq course release lesson kind exercise state detail".split()  # noqa: SIM905
    )
    assert raw["v"] == 1
    assert re.fullmatch(r"[0-9a-f]{32}", raw["id"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", raw["at"])


def test_what_is_written_is_read_again(tmp_path):
    one = event(detail={"answer": "é\n\u2028 half a character: \ud800", "attempts": 1})
    Writer(tmp_path / "outbox", "s").add(one)

    assert read(tmp_path / "outbox") == ([one], [])


@pytest.mark.parametrize(
    "line",
    [
        "",
        "{",
        "[]",
        "3",
        "{}",
        changed(v=2),
        changed(id="x"),
        changed(seq=0),
        changed(seq="1"),
        changed(seq=True),
        changed(kind="coffee"),
        changed(kind=[]),
        changed(state="happy"),
        changed(state={}),
        changed(at="yesterday"),
        changed(at="2030-01-01T12:00:00"),
        changed(course=3),
        changed(course="x" * 300),
        changed(detail=[]),
        changed(detail={"a": []}),
        changed(more=1),
        "[" * 100_000,
    ],
)
def test_what_is_no_event_is_refused(line):
    with pytest.raises(ValueError):
        parse(line)


@given(st.binary(max_size=40))
def test_no_line_is_fatal(line):
    with contextlib.suppress(ValueError):
        parse(line)


def test_a_lone_broken_line_is_set_aside(tmp_path):
    writer = Writer(tmp_path, "s")
    first, second = event(1), event(2)
    writer.add(first)
    with writer.file.open("a") as file:
        file.write('{"v": 1, "id\n')
    writer.add(second)

    assert read(tmp_path) == ([first, second], ['{"v": 1, "id\n'])


def test_a_line_that_a_killed_kernel_left_half_is_not_read_yet(tmp_path):
    writer = Writer(tmp_path, "s")
    writer.add(event(1))
    whole = writer.file.stat().st_size
    with writer.file.open("a") as file:
        file.write('{"v": 1')

    batch = read_from(writer.file, 0, most=10)

    assert (len(batch.events), batch.broken, batch.end) == (1, (), whole)


def test_after_half_a_line_the_next_event_stands_alone(tmp_path):
    writer = Writer(tmp_path, "s")
    writer.add(event(1))
    with writer.file.open("a") as file:
        file.write('{"v": 1')
    writer.add(event(2))

    events, broken = read(tmp_path)

    assert [one.seq for one in events] == [1, 2]
    assert broken == ['{"v": 1\n']


def test_a_full_disk_breaks_nothing_and_loses_nothing(tmp_path, monkeypatch):
    # given a disk that takes half a line, then nothing, then all again
    writer = Writer(tmp_path, "s")
    write = os.write
    monkeypatch.setattr(os, "write", lambda handle, line: write(handle, line[:20]))
    assert not writer.add(event(1))

    def full(handle, line):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    assert not writer.add(event(2))
    monkeypatch.setattr(os, "write", write)

    # when there is room again
    assert writer.add(event(3))

    # then all are there, in order, and no half line is between them
    events, broken = read(tmp_path)
    assert [one.seq for one in events] == [1, 2, 3]
    assert broken == []


def test_a_folder_that_cannot_be_written_breaks_nothing(tmp_path):
    (tmp_path / "outbox").write_text("a file")

    assert not Writer(tmp_path / "outbox", "s").add(event())


def test_only_the_owner_reads_the_events(tmp_path):
    writer = Writer(tmp_path / "outbox", "s")
    writer.add(event())

    assert writer.file.stat().st_mode & 0o077 == 0
    assert writer.file.parent.stat().st_mode & 0o077 == 0


def test_names_of_sessions_are_unique_and_safe():
    names = {session_name("4711"), session_name("4711"), session_name("../x"), session_name()}

    assert len(names) == 4
    assert all(re.fullmatch(r"\d{8}T\d{6}-\w+-[0-9a-f]{12}", one) for one in names)


@pytest.mark.parametrize("text", ["", "x", "-1", "99999999", "1.5"])
def test_a_position_that_makes_no_sense_is_the_beginning(tmp_path, text):
    writer = Writer(tmp_path, "s")
    writer.add(event())
    writer.file.with_suffix(".sent").write_text(text)

    assert sent(writer.file) == 0


def test_a_position_is_remembered(tmp_path):
    writer = Writer(tmp_path, "s")
    writer.add(event())
    position = writer.file.stat().st_size
    writer.add(event())
    mark_sent(writer.file, position)

    assert sent(writer.file) == position


def test_a_position_in_a_file_that_another_took_the_place_of_is_the_beginning(tmp_path):
    # given a file that was sent, and removed while its kernel runs
    writer = Writer(tmp_path, "s")
    writer.add(event(1))
    mark_sent(writer.file, writer.file.stat().st_size)
    writer.file.unlink()
    # when the kernel goes on
    writer.add(event(2, detail={"message": "Longer than what was there."}))
    # then its event is sent
    assert sent(writer.file) == 0


def test_each_kernel_counts_its_own_events_in_a_file_of_its_own(course, outbox, kernel_restarts):
    for _ in range(2):
        desk().tell(Kind.LESSON_OPENED)
        desk().tell(Kind.HINT_SHOWN, "two", hint=1)
        kernel_restarts()

    assert len(list(outbox.glob("*.jsonl"))) == 2
    assert sorted(one.seq for one in read(outbox)[0]) == [1, 1, 2, 2]
