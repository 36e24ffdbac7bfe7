"""`onboard course` new, build, preview, schema, list and status, as an author uses them."""

import json
import re
import stat
from pathlib import Path

import nbformat
import published
import pytest
from click.testing import CliRunner
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from passing import passing_record

from courses.authoring import manifest
from courses.authoring.content import content_hash
from courses.authoring.preview import as_html
from courses.authoring.release import build
from courses.catalogue import Catalogue
from courses.cli import course
from spawners.errors import InvalidInput


class Site:
    """What a site lends: one machine, and a folder for each catalogue."""

    def __init__(self, folder, machine):
        self.folder = folder
        self._machine = machine

    def machine(self, name):
        return self._machine

    def catalogue(self, site):
        return self.folder / site


@pytest.fixture
def onboard(tmp_path, machine, monkeypatch):
    # Wide enough for a table's row to be one line.
    monkeypatch.setenv("COLUMNS", "200")

    def onboard(*words):
        return CliRunner().invoke(
            course, [str(word) for word in words], obj=Site(tmp_path, machine)
        )

    return onboard


@pytest.fixture
def made(onboard, tmp_path):
    """A new course."""
    folder = tmp_path / "my-course"
    assert onboard("new", folder).exit_code == 0
    return folder


def publish(folder, tmp_path):
    built = tmp_path / f"built-{content_hash(folder)[:8]}"
    build(folder, built)
    record = passing_record(manifest.load(folder))
    record = record.model_copy(update={"content_hash": content_hash(folder)})
    published.publish(Catalogue(tmp_path / "local"), built, record)


def test_a_new_course_passes_its_check_at_once(onboard, made):
    result = onboard("check", made)
    assert result.exit_code == 0, result.output
    assert "my-course 0.1.0 on here: passed" in result.output


def test_a_new_course_has_the_title_that_it_was_given(onboard, tmp_path):
    title = 'A "quoted" \\ $title, <b>ü</b>'
    onboard("new", tmp_path / "Ein Kurs", "--title", title)
    loaded = manifest.load(tmp_path / "Ein Kurs")
    assert str(loaded.title) == title
    assert loaded.id == "ein-kurs"


@pytest.mark.parametrize("title", ["", "two\nlines", "x" * 201])
def test_what_cannot_be_a_title_makes_nothing(onboard, tmp_path, title):
    result = onboard("new", tmp_path / "course", "--title", title)
    assert isinstance(result.exception, InvalidInput)
    assert "cannot be a title" in result.exception.message
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_files_is_left_alone(onboard, tmp_path):
    (tmp_path / "course").mkdir()
    (tmp_path / "course" / "mine").touch()
    result = onboard("new", tmp_path / "course")
    assert isinstance(result.exception, InvalidInput)
    assert [one.name for one in (tmp_path / "course").iterdir()] == ["mine"]


def test_an_empty_folder_becomes_the_course(onboard, tmp_path):
    (tmp_path / "course").mkdir()
    assert onboard("new", tmp_path / "course").exit_code == 0
    assert manifest.load(tmp_path / "course").id == "course"
    assert [one.name for one in tmp_path.iterdir()] == ["course"]


def test_the_folder_that_one_is_in_is_not_replaced(onboard, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "you are in this folder" in onboard("new", ".").exception.message


def test_a_new_course_that_is_interrupted_is_not_there(onboard, tmp_path, monkeypatch):
    def interrupted(folder):
        raise KeyboardInterrupt

    monkeypatch.setattr(manifest, "load", interrupted)
    onboard("new", tmp_path / "course")
    assert list(tmp_path.iterdir()) == []


def test_a_new_course_names_a_schema_that_is_beside_it(made):
    first_line = (made / "course.toml").read_text().splitlines()[0]
    schema = made / first_line.removeprefix("#:schema ")
    assert json.loads(schema.read_text())["properties"]["title"]["description"]


def test_build_writes_the_trainees_version(onboard, made, tmp_path):
    result = onboard("build", made, tmp_path / "built")
    assert result.exit_code == 0, result.output
    text = (tmp_path / "built" / "first-lesson.ipynb").read_text()
    assert "YOUR CODE HERE" in text
    assert "sum(numbers) / len" not in text


@pytest.mark.parametrize("was_there", [False, True])
@pytest.mark.parametrize("end", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_build_that_ends_in_the_middle_leaves_nothing(
    onboard, made, tmp_path, monkeypatch, was_there, end
):
    # given a disk that is full, or an author with no patience, once a file is there
    def built(source, target):
        target.mkdir()
        (target / "half").touch()
        raise end

    monkeypatch.setattr("courses.authoring.release.build", built)
    target = tmp_path / "out" / "built"
    if was_there:
        target.mkdir(parents=True)
    # when they build
    assert onboard("build", made, target).exit_code != 0
    # then the same command can be given again
    assert target.is_dir() is was_there
    assert not was_there or not list(target.iterdir())


def test_a_build_into_a_folder_with_files_leaves_them_alone(onboard, made, tmp_path):
    (tmp_path / "built").mkdir()
    (tmp_path / "built" / "mine").touch()
    assert "not empty" in onboard("build", made, tmp_path / "built").exception.message
    assert [one.name for one in (tmp_path / "built").iterdir()] == ["mine"]


@pytest.mark.parametrize("kind", ["mount point", "link", "empty folder"])
def test_a_build_into_a_folder_that_is_there_keeps_it(onboard, made, tmp_path, monkeypatch, kind):
    # given a place that cannot be replaced, or one that can, with a mode of its own
    target, place = tmp_path / "built", tmp_path / "place"
    place.mkdir()
    place.chmod(0o750)
    target.symlink_to(place) if kind == "link" else place.rename(target)
    if kind == "mount point":
        monkeypatch.setattr(Path, "is_mount", lambda path: path == target)
    # when
    result = onboard("build", made, target)
    # then
    assert result.exit_code == 0, result.output
    assert target.is_symlink() is (kind == "link")
    assert stat.S_IMODE(target.stat().st_mode) == 0o750
    names = {path.name for path in target.iterdir()}
    assert names >= {"course.toml", "first-lesson.ipynb"}
    assert not [one for one in tmp_path.rglob("*") if ".building" in one.name]


def test_the_schema_is_printed_or_written(onboard, tmp_path):
    printed = onboard("schema").output
    assert json.loads(printed)["required"]
    onboard("schema", "--output", tmp_path / "schema.json")
    assert (tmp_path / "schema.json").read_text() == printed


@pytest.mark.parametrize("words", [("schema", "--output"), ("preview", "{made}", "--output")])
def test_a_place_that_is_not_there_is_named(onboard, made, tmp_path, words):
    place = tmp_path / "nowhere" / "file"
    error = onboard(*(word.format(made=made) for word in words), place).exception
    assert isinstance(error, InvalidInput)
    assert f"{place}: cannot be written" in error.message


def test_a_target_below_a_file_is_named(onboard, made):
    error = onboard("build", made, made / "course.toml" / "built").exception
    assert isinstance(error, InvalidInput)
    assert "cannot be written" in error.message


def test_a_preview_is_one_page_that_fetches_and_runs_nothing(onboard, made, tmp_path):
    result = onboard("preview", made, "--output", tmp_path / "page.html")
    assert result.exit_code == 0, result.output
    page = (tmp_path / "page.html").read_text()
    assert "<h1>A first lesson</h1>" in page
    assert "sum(numbers) / len" not in page
    assert "<summary>2/2 💡</summary><p>len(numbers) says how many there are" in page
    assert "<legend>What does // do that / does not?</legend>" in page
    assert re.search(r'<label><input [^>]*type="radio"[^>]*> It divides twice.</label>', page)
    assert "<summary>•••</summary>" in page.split('id="cell-division-quiz"')[1]  # its code
    assert not [one for one in ("<script", "<link", "http://", "https://") if one in page]
    assert "default-src 'none'" in page


def test_a_preview_without_a_file_is_opened(onboard, made, monkeypatch):
    opened = []
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr("click.launch", opened.append)
    result = onboard("preview", made, "--lesson", "first-lesson")
    assert opened == result.output.split()
    assert "A first lesson" in Path(opened[0]).read_text(encoding="utf-8")


def test_a_preview_where_no_window_can_open_says_where_it_is(onboard, made, monkeypatch):
    opened = []
    monkeypatch.setattr("click.launch", opened.append)
    monkeypatch.setattr("sys.platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    path, told = onboard("preview", made).output.splitlines()
    assert "A first lesson" in Path(path).read_text(encoding="utf-8")
    assert "no browser" in told
    assert opened == []


@pytest.mark.parametrize(
    ("words", "said", "hint"),
    [
        (("--lesson", "second"), "there is no lesson 'second'", "first-lesson"),
        (("--language", "fr"), "the course is not in 'fr'", "en"),
    ],
)
def test_a_preview_of_what_is_not_there_says_what_there_is(onboard, made, words, said, hint):
    error = onboard("preview", made, *words).exception
    assert said in error.message
    assert hint in error.hint


def test_a_preview_of_several_lessons_does_not_fit_into_a_file(onboard, maker, tmp_path):
    maker.lesson([maker.code("1")])
    folder = maker.lesson([maker.code("1")], id="two")
    error = onboard("preview", folder, "--output", tmp_path / "page.html").exception
    assert "the course has 2 lessons" in error.message


def test_a_preview_of_a_wrong_quiz_names_the_cell(onboard, maker, tmp_path):
    cell = maker.text("Which?", id="asks")
    cell.metadata["onboard"] = {"hints": 3}
    error = onboard("preview", maker.lesson([cell]), "--output", tmp_path / "page.html").exception
    assert "cell asks: onboard.hints: 3: it must be a list" in error.message


EVIL = (
    "<script>alert(1)</script><img src=x onerror=alert(1)><a href='javascript:alert(1)'>x</a>"
    "<iframe src='https://example.org'></iframe><style>body{display:none}</style>"
    "\n\n# <svg onload=alert(1)> title\n\n**bold**"
)


def test_scripts_in_a_notebook_are_inert_in_its_preview(tmp_path):
    hidden = {"jupyter": {"source_hidden": True}}
    asks = "from courses.learn import exercise, quiz"
    asks += f"\nexercise('a', f, hints=[{EVIL!r}], title={EVIL!r})"
    asks += f"\nquiz('b', question={EVIL!r}, choices={{'a': {EVIL!r}}}, unit={EVIL!r})"
    cells = [
        new_markdown_cell(EVIL, id="text"),
        new_code_cell(asks, id="asks"),
        new_code_cell(EVIL, id="code"),
        new_code_cell(EVIL, id="folded", metadata=hidden),
    ]

    page = as_html(
        new_notebook(cells=cells),
        folder=tmp_path,
        language="en",
        title=EVIL,
        course=EVIL,
        minutes=1,
    )

    for tag in ("<script", "<iframe", "<svg", "onerror=alert(1)>", 'href="javascript'):
        assert tag not in page
    assert page.count("<style") == 1
    assert "<strong>bold</strong>" in page


@pytest.mark.parametrize(
    ("call", "shown"),
    [
        ("kind='multiple', choices={'a': 'Both'}", 'type="checkbox"'),
        ("kind='ordering', choices={'a': 'First'}", "<p>↕ First</p>"),
        ("kind='numeric', answer=3, unit='GiB'", 'inputmode="decimal"'),
    ],
)
def test_each_kind_of_quiz_is_shown_as_what_answers_it(tmp_path, call, shown):
    cell = new_code_cell(
        f"from courses import learn\nlearn.quiz('q', question='Q', {call})", id="q"
    )
    page = as_html(
        new_notebook(cells=[cell]),
        folder=tmp_path, language="en", title="T", course="C", minutes=1,
    )  # fmt: skip
    assert shown in page


def test_a_quiz_that_only_a_run_would_know_is_shown_as_its_code(tmp_path):
    cell = new_code_cell("from courses.learn import quiz\nquiz('q', question=made())", id="q")
    page = as_html(
        new_notebook(cells=[cell]),
        folder=tmp_path, language="en", title="T", course="C", minutes=1,
    )  # fmt: skip
    assert "<fieldset" not in page
    assert "made" in page


def test_a_picture_beside_the_notebook_is_in_its_preview(tmp_path):
    (tmp_path / "dot.png").write_bytes(b"\x89PNG")
    notebook = new_notebook(cells=[new_markdown_cell("![A dot](dot.png)", id="dot")])
    page = as_html(notebook, folder=tmp_path, language="en", title="T", course="C", minutes=1)
    assert 'alt="A dot"' in page
    assert "data:image/png;base64," in page


def test_list_shows_what_is_published_where_it_was_validated(onboard, made, tmp_path):
    assert "No course has been published" in onboard("list").output
    publish(made, tmp_path)

    rows = onboard("list").output.splitlines()

    row = next(one for one in rows if "my-course" in one)
    for cell in ("0.1.0", "A new course", "en", "2026-11-23T10:01:00", "local"):
        assert cell in row


def status(onboard, folder):
    result = onboard("status", folder)
    assert result.exit_code == 0, result.output
    return result.output


def test_the_status_of_a_course_that_was_never_published(onboard, made):
    said = status(onboard, made)
    assert "new" in said
    assert "a new validation record is needed" in said


def test_the_status_of_a_course_that_is_published_as_it_is(onboard, made, tmp_path):
    publish(made, tmp_path)
    said = status(onboard, made)
    assert "same" in said
    assert "no new validation record is needed" in said


def test_a_changed_solution_needs_a_record_though_trainees_see_no_change(onboard, made, tmp_path):
    publish(made, tmp_path)
    edit(made, "sum(numbers) / len(numbers)", "sum(numbers) / max(1, len(numbers))")
    said = status(onboard, made)
    assert "same" in said
    assert "a new validation record is needed" in said
    assert "still 0.1.0" in said


def test_changed_new_and_gone_lessons_are_told_apart(onboard, maker, tmp_path):
    maker.lesson([maker.code("1")])
    maker.lesson([maker.code("1")], id="two")
    folder = maker.lesson([maker.code("1")], id="three")
    publish(folder, tmp_path)
    text = (folder / "course.toml").read_text()
    (folder / "course.toml").write_text(text.replace('"three"', '"four"').replace("1.2.3", "1.3.0"))
    nbformat.write(new_notebook(cells=[maker.code("2")]), folder / "two.ipynb")

    rows = rows_of(status(onboard, folder))

    assert "1.3.0" in rows["version"]
    assert "1.2.3" in rows["version"]
    assert "same" in rows["lesson one"]
    assert "changed" in rows["lesson two"]
    assert "new" in rows["lesson four"]
    assert "yes" in rows["lesson three"]


def test_changed_data_changes_the_lessons_that_use_it(onboard, maker, tmp_path):
    maker.lesson([maker.code("1")])
    folder = maker.lesson([maker.code("1")], id="two")
    (folder / "points.csv").write_text("1")
    with (folder / "course.toml").open("a") as file:
        file.write('[[data]]\npath = "points.csv"\nlessons = ["two"]\n')
    publish(folder, tmp_path)
    (folder / "points.csv").write_text("2")

    rows = rows_of(status(onboard, folder))

    assert "same" in rows["lesson one"]
    assert "changed" in rows["lesson two"]


def rows_of(table):
    """The rows of a table, by their first cell."""
    return {row.split("│")[1].strip(): row for row in table.splitlines() if "│" in row}


def edit(folder, old, new):
    path = folder / "first-lesson.ipynb"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
