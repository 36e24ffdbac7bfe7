"""A trainee's notebook and the course's new version: nothing lost, nothing missed."""

from __future__ import annotations

import copy
import importlib.util
import json
from collections import Counter
from pathlib import Path

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, writes

from courses.upgrades.merging import Note
from courses.upgrades.trainee_notebook import LARGEST_BYTES, UnmergeableError, merged, read, written

# Test modules are imported by their path, each by itself.
_spec = importlib.util.spec_from_file_location("edited", Path(__file__).with_name("edited.py"))
edited = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(edited)

NOTE = Note("The course has changed.", frozenset({"The course has changed.", "Le cours a changé."}))


def notebook(*cells, **metadata):
    # A list of its own: `new_notebook` mends ids that are there twice.
    made = new_notebook(metadata=metadata)
    made.cells = [copy.deepcopy(cell) for cell in cells]
    return made


def code(source, id="a", ran="", **metadata):  # noqa: A002
    outputs = [new_output("stream", name="stdout", text=ran)] if ran else []
    count = 7 if ran else None
    return new_code_cell(source, id=id, outputs=outputs, execution_count=count, metadata=metadata)


def upgraded(base, local, remote):
    raw, conflicts = merged(*(writes(one).encode() for one in (base, local, remote)), NOTE)
    return read(raw), conflicts


def sources(notebook):
    return [(cell.id, cell.source) for cell in notebook.cells]


A, B, C = code("a", "a"), code("b", "b"), code("c", "c")
PAIR = [("a-note-1", NOTE.text), ("a-update-1", "a, new")]


@pytest.mark.parametrize(
    ("local", "remote", "wanted"),
    [
        pytest.param([A, B], [A, code("b, new", "b")], ["a", "b, new"], id="untouched, changed"),
        pytest.param([code("mine"), B], [A, B], ["mine", "b"], id="touched, unchanged"),
        pytest.param([A, B], [A, B, C], ["a", "b", "c"], id="new at the end"),
        pytest.param([A, B], [C, A, B], ["c", "a", "b"], id="new at the start"),
        pytest.param([A, B], [B], ["b"], id="untouched, removed"),
        pytest.param([code("mine"), B], [B], ["mine", "b"], id="touched, removed"),
        pytest.param([code("a", ran="x"), B], [B], ["a", "b"], id="run, removed"),
        pytest.param([code("a", tags=["x"]), B], [B], ["b"], id="only metadata, removed"),
        pytest.param([B], [A, B], ["b"], id="deleted, unchanged"),
        pytest.param([B], [code("a, new"), B], ["a, new", "b"], id="deleted, changed"),
        pytest.param([B], [code("a", tags=["x"]), B], ["b"], id="deleted, only metadata changed"),
        pytest.param([B], [B], ["b"], id="deleted, removed"),
        pytest.param([A, code("m", "m"), B], [A, C, B], ["a", "m", "c", "b"], id="added by both"),
        pytest.param([B, A], [A, B, C], ["b", "c", "a"], id="moved by the trainee"),
        pytest.param([A, code("m", "m"), B], [B, A], ["b", "a", "m"], id="moved by the course"),
        pytest.param([code("same"), B], [code("same"), B], ["same", "b"], id="the same change"),
        pytest.param([A, code("a2"), B], [A, B], ["a", "a2", "b"], id="copied with its id"),
    ],
)
def test_each_case_without_a_conflict(local, remote, wanted):
    # when
    result, conflicts = upgraded(notebook(A, B), notebook(*local), notebook(*remote))
    # then
    assert [cell.source for cell in result.cells] == wanted
    assert conflicts == 0


def test_a_cell_that_both_changed_is_there_twice_the_trainees_first():
    # given
    mine = code("mine", ran="my result", tags=["mine"])
    # when
    result, conflicts = upgraded(notebook(A, B), notebook(mine, B), notebook(code("a, new"), B))
    # then
    assert sources(result) == [("a", "mine"), *PAIR, ("b", "b")]
    assert result.cells[0] == mine
    assert conflicts == 1


def test_an_added_cell_of_the_same_id_is_a_conflict():
    # when
    result, conflicts = upgraded(
        notebook(B), notebook(code("mine"), B), notebook(code("a, new"), B)
    )
    # then
    assert sources(result) == [("a", "mine"), *PAIR, ("b", "b")]
    assert conflicts == 1


def test_what_was_run_stays_below_the_new_version():
    # given
    ran = code("a", ran="my result", mine=1)
    # when
    result, _ = upgraded(notebook(A), notebook(ran), notebook(code("a, new", theirs=2)))
    # then
    assert result.cells[0].source == "a, new"
    assert result.cells[0].outputs == ran.outputs
    assert result.cells[0].execution_count == 7
    assert result.cells[0].metadata == {"mine": 1, "theirs": 2}


def test_what_was_run_stays_also_where_the_new_version_is_no_code():
    # given
    ran = code("a", ran="my result")
    # when
    result, conflicts = upgraded(
        notebook(A), notebook(ran), notebook(new_markdown_cell("a, new", id="a"))
    )
    # then
    assert result.cells[0] == ran
    assert sources(result)[1:] == PAIR
    assert conflicts == 1


def conflicted():
    """A notebook after a conflict in `a`, and the release that brought it."""
    release = notebook(code("a, new"), B)
    return release, upgraded(notebook(A, B), notebook(code("mine"), B), release)[0]


def test_a_second_new_version_takes_the_place_of_the_first():
    # given
    release, local = conflicted()
    local.cells[2].update(code("a, new", "a-update-1", ran="tried"))
    # when
    result, conflicts = upgraded(release, local, notebook(code("a, newer"), B))
    # then
    assert sources(result) == [("a", "mine"), PAIR[0], ("a-update-1", "a, newer"), ("b", "b")]
    assert result.cells[2].outputs == local.cells[2].outputs
    assert conflicts == 0


def test_a_second_new_version_comes_beside_a_first_that_the_trainee_works_in():
    # given
    release, local = conflicted()
    local.cells[2].source = "mine too"
    # when
    result, conflicts = upgraded(release, local, notebook(code("a, newer"), B))
    # then
    assert sources(result) == [
        *[("a", "mine"), PAIR[0], ("a-update-1", "mine too")],
        *[("a-note-2", NOTE.text), ("a-update-2", "a, newer"), ("b", "b")],
    ]
    assert conflicts == 1


def test_a_new_version_that_the_course_takes_back_goes_with_its_note():
    # given
    release, local = conflicted()
    # when
    result, _ = upgraded(release, local, notebook(B))
    # then
    assert sources(result) == [("a", "mine"), ("b", "b")]


def test_a_note_in_another_language_is_known_and_an_edited_one_is_theirs():
    # given
    release, local = conflicted()
    french, theirs, attached = (copy.deepcopy(local) for _ in range(3))
    french.cells[1].source = "Le cours a changé."
    theirs.cells[1].source = "My own thoughts."
    attached.cells[1].attachments = {"mine.png": {"image/png": "aGVsbG8="}}
    # when
    known, _ = upgraded(release, french, notebook(B))
    kept, _ = upgraded(release, theirs, notebook(B))
    with_image, _ = upgraded(release, attached, notebook(B))
    # then
    assert [cell.id for cell in known.cells] == ["a", "b"]
    assert [cell.source for cell in kept.cells] == ["mine", "My own thoughts.", "b"]
    assert with_image.cells[1] == attached.cells[1]


def test_a_trainee_who_keeps_only_the_new_version_has_decided():
    # given
    release, local = conflicted()
    local.cells = [cell for cell in local.cells if cell.id == "a-update-1"]
    # when
    result, conflicts = upgraded(release, local, notebook(code("a, newer"), B))
    # then
    assert sources(result) == [("a-update-1", "a, newer")]
    assert conflicts == 0


def test_long_ids_have_room_for_ours():
    # given
    name = "x" * 64
    # when
    result, _ = upgraded(
        notebook(code("a", name)), notebook(code("mine", name)), notebook(code("new", name))
    )
    # then
    assert [cell.source for cell in result.cells] == ["mine", NOTE.text, "new"]
    assert max(len(cell.id) for cell in result.cells) == 64


def test_the_notebooks_own_metadata_is_the_trainees_where_they_changed_it():
    # given
    base = notebook(A, kernel="python3", title="Old")
    local = notebook(A, kernel="mine", title="Old", widgets={"state": {}})
    # when
    result, _ = upgraded(base, local, notebook(A, kernel="python4", title="New"))
    # then
    assert result.metadata == {"kernel": "mine", "title": "New", "widgets": {"state": {}}}


BROKEN = {
    "nothing": b"",
    "no JSON": b"<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> theirs\n",
    "no UTF-8": b"\xff",
    "no object": b"[1]",
    "no notebook": b"{}",
    "no numbers": b'{"nbformat": "4", "nbformat_minor": "5", "cells": [], "metadata": {}}',
    "before ids": writes(new_notebook(cells=[A])).replace('minor": 5', 'minor": 4').encode(),
    "another format": writes(new_notebook(cells=[A])).replace('format": 4', 'format": 3').encode(),
    "a cell without an id": writes(new_notebook(cells=[A])).replace('"id"', '"no"').encode(),
    "no cells": b'{"nbformat": 4, "nbformat_minor": 5, "cells": 3, "metadata": {}}',
    "nested": b"[" * 100_000,
    "half a character": writes(notebook(code("\ud800"))).encode("utf-8", "surrogatepass"),
    "text that no file holds": writes(notebook(code("?"))).replace("?", "\\ud800").encode(),
    "too large": b" " * (LARGEST_BYTES + 1),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_what_is_no_notebook_is_refused(broken):
    # given
    good = writes(notebook(A)).encode()
    # then
    with pytest.raises(UnmergeableError):
        merged(good, broken, good, NOTE)


@given(
    raw=st.one_of(st.binary(), st.recursive(st.none(), st.lists).map(lambda x: repr(x).encode()))
)
def test_whatever_the_bytes_they_are_read_or_refused(raw):
    try:
        nbformat.validate(read(raw))
    except UnmergeableError:
        return


@pytest.mark.parametrize("raw", [b"{}", BROKEN["too large"]])
def test_a_release_that_is_no_notebook_is_refused_too(raw):
    good = writes(notebook(A)).encode()
    for three in ((raw, good, good), (good, good, raw)):
        with pytest.raises(UnmergeableError):
            merged(*three, NOTE)


# -- whatever they do


def is_ours(cell):
    return "-note-" in cell.id or "-update-" in cell.id


def touched(base, local):
    """The cells that are the trainee's work, as what must still be there."""
    known, seen = {cell.id for cell in base.cells}, set()
    for cell in local.cells:
        own = cell.id in seen or (cell.id not in known and not is_ours(cell))
        if own or "t" in cell.source.replace(NOTE.text, "") or cell.get("attachments"):
            yield content(cell)
        seen.add(cell.id)


def content(cell):
    return json.dumps({**cell, "id": ""}, sort_keys=True)


def outputs(notebook):
    return {out.text for cell in notebook.cells for out in cell.get("outputs", ())}


def body(cell):
    return cell.cell_type, cell.source


def assert_nothing_lost(base, local, result):
    assert not Counter(touched(base, local)) - Counter(map(content, result.cells))
    assert outputs(local) <= outputs(result)


def assert_all_arrived(base, local, remote, result):
    # Backwards: of several with one id, the first is the one that has it.
    was, mine, now = ({cell.id: cell for cell in one.cells[::-1]} for one in (base, local, result))
    there = Counter(map(body, result.cells))
    untouched = {one for one in mine if one in was and content(mine[one]) == content(was[one])}
    for cell in remote.cells:
        if cell.id not in was or body(was[cell.id]) != body(cell):
            assert there[body(cell)]
            if cell.id in untouched:
                assert body(now[cell.id]) == body(cell)
        elif cell.id not in mine:
            assert cell.id not in now, "a deleted cell that nobody changed came back"


def assert_valid(result):
    nbformat.validate(result)
    assert len({cell.id for cell in result.cells}) == len(result.cells)
    assert read(written(result)) == result


def assert_in_the_trainees_order(base, local, remote, result):
    kept = [cell.id for cell in base.cells if cell.id in {one.id for one in remote.cells}]
    if kept == [cell.id for cell in remote.cells if cell.id in kept]:
        mended = read(writes(local).encode())
        both = {cell.id for cell in mended.cells} & {cell.id for cell in result.cells}
        assert [c.id for c in result.cells if c.id in both] == [
            c.id for c in mended.cells if c.id in both
        ]


def upgrade_again_and_again(rounds):
    instructor, trainee = edited.Hand("i"), edited.Hand("t")
    base = notebook(A, B, C, new_markdown_cell("d", id="d"), code("e", "e"))
    local = base
    for theirs, ours in rounds:
        # given
        local, remote = trainee.edited(local, theirs), instructor.edited(base, ours)
        # when
        result, _ = upgraded(base, local, remote)
        # then
        assert_nothing_lost(base, local, result)
        assert_all_arrived(base, local, remote, result)
        assert_valid(result)
        assert_in_the_trainees_order(base, local, remote, result)
        assert upgraded(remote, result, remote) == (result, 0)
        base, local = remote, result


@settings(max_examples=300)
@given(rounds=edited.ROUNDS)
def test_no_work_is_lost_and_no_news_is_missed(rounds):
    upgrade_again_and_again(rounds)


@pytest.mark.slow
@settings(max_examples=5000)
@given(rounds=edited.ROUNDS)
def test_no_work_is_lost_and_no_news_is_missed_many_times(rounds):
    upgrade_again_and_again(rounds)
