"""What a kernel finds out about its lesson, and how states are kept in a course's folder."""

import json
import threading
from dataclasses import replace

import pytest

from courses.learn.memory import Memory, Standing
from courses.learn.place import Place, find_place


def test_a_course_of_a_workspace_says_what_it_is(course):
    place = find_place(course, {"JPY_SESSION_NAME": "first.ipynb"})

    assert place == Place(course, "tiny", "1.2.0-abc", "one", "en")
    assert place.outbox == course.parent / ".onboard" / "outbox"
    assert place.states == course / ".onboard" / "state.json"


@pytest.mark.parametrize(
    ("name", "lesson"),
    [("first.fr.ipynb", "one"), ("other.ipynb", ""), ("", ""), ("/x/first.ipynb", "one")],
)
def test_a_lesson_is_known_by_its_notebook_and_its_translations(course, name, lesson):
    assert find_place(course, {"JPY_SESSION_NAME": name}).lesson == lesson


def test_a_notebook_in_a_folder_of_the_course_belongs_to_it(course):
    (course / "part" / "deep").mkdir(parents=True)

    assert find_place(course / "part" / "deep", {}).course == "tiny"


def test_outside_of_a_workspace_there_is_no_place(tmp_path):
    assert find_place(tmp_path, {}) == Place()
    assert (Place().outbox, Place().states) == (None, None)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"files": 3}', "\x00"])
def test_files_that_make_no_sense_leave_the_folder_s_name(course, text):
    (course / "course.toml").write_text(text)
    (course / ".onboard-release.json").write_text(text)

    place = find_place(course, {"JPY_SESSION_NAME": "first.ipynb"})

    assert (place.course, place.release, place.lesson) == ("tiny", "", "")


def attempt(one):
    return replace(one, attempts=one.attempts + 1)


def test_a_standing_lasts_beyond_its_kernel(tmp_path):
    file = tmp_path / ".onboard" / "state.json"
    standing = Standing("right", 2, 1, "2030-01-01T12:00:00.000Z", ("a", "b"), "Title")
    Memory(file).change("c/l/e", lambda _: standing)

    assert Memory(file).get("c/l/e") == standing
    assert Memory(file).get("c/l/other") == Standing()


def test_kernels_side_by_side_lose_nothing(tmp_path):
    file = tmp_path / ".onboard" / "state.json"
    start = threading.Barrier(4)

    def kernel(name):
        memory = Memory(file)
        start.wait(10)
        for _ in range(20):
            memory.change(name, attempt)

    threads = [threading.Thread(target=kernel, args=(f"c/l/{n}",)) for n in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)

    assert [Memory(file).get(f"c/l/{n}").attempts for n in range(4)] == [20] * 4
    assert {one.name for one in file.parent.iterdir()} == {"state.json", "state.lock"}


def test_of_two_kernels_of_one_lesson_neither_takes_back_what_the_other_wrote(tmp_path):
    file = tmp_path / ".onboard" / "state.json"
    first, second = Memory(file), Memory(file)
    first.change("c/l/e", attempt)
    second.change("c/l/e", attempt)

    first.change("c/l/other", attempt)
    first.change("c/l/e", attempt)

    assert second.get("c/l/e").attempts == Memory(file).get("c/l/e").attempts == 3


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"states": 3}',
        '{"states": {"a": {}}}',
        '{"states": {"a": {"state": "", "attempts": Infinity}}}',
        '{"v": 1}',
        "[" * 100_000,
    ],
)
def test_a_broken_file_of_states_is_begun_again(tmp_path, text):
    file = tmp_path / "state.json"
    file.write_text(text)

    Memory(file).change("c/l/e", attempt)

    assert json.loads(file.read_text())["states"]["c/l/e"]["attempts"] == 1


def test_a_file_that_cannot_be_written_leaves_the_kernel_s_own_memory(tmp_path):
    (tmp_path / "no-folder").write_text("")
    memory = Memory(tmp_path / "no-folder" / "state.json")

    assert memory.change("c/l/e", attempt).attempts == 1
    assert memory.change("c/l/e", attempt).attempts == 2
    assert memory.get("c/l/e").attempts == 2
