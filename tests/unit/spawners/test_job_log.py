"""A job's log is read where anybody may write: nothing but the user's own plain file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from spawners.job_log import LINES, last_lines


def test_the_last_lines_without_colours_and_control_characters(tmp_path: Path) -> None:
    log = tmp_path / "job.log"
    log.write_bytes(
        b"".join(b"line %d\n" % n for n in range(99)) + b"\x1b[31mred\x1b[0m \x07end\n\n\xff\n"
    )

    lines = last_lines(log, None)

    assert len(lines) == LINES
    assert lines[-2:] == ("red end", "\N{REPLACEMENT CHARACTER}")
    assert "line 98" in lines


def test_a_long_line_and_a_long_file_are_cut(tmp_path: Path) -> None:
    log = tmp_path / "job.log"
    log.write_bytes(b"x" * 1_000_000)

    (line,) = last_lines(log, None)

    assert len(line) < 300


@pytest.mark.parametrize("kind", ["symlink", "fifo", "folder", "missing"])
def test_what_is_no_plain_file_is_not_read(tmp_path: Path, kind: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the hub's secret")
    log = tmp_path / "job.log"
    if kind == "symlink":
        log.symlink_to(secret)
    elif kind == "fifo":
        os.mkfifo(log)
    elif kind == "folder":
        log.mkdir()

    assert last_lines(log, None) == ()


def test_another_users_file_is_not_read(tmp_path: Path) -> None:
    log = tmp_path / "job.log"
    log.write_text("mine, not theirs")

    assert last_lines(log, "daemon") == ()
    assert last_lines(log, "no-such-user") == ()
