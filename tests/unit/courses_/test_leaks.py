import shutil

import nbformat
import polib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from courses.authoring.helpers import copy_cleared
from courses.authoring.leaks import leaks, require_no_leaks
from courses.authoring.release import build
from spawners.errors import InvalidInput

EXERCISE = """def double(x):
    # open to all
    ### BEGIN SOLUTION
    x = 2
    return sum([x, x])
    ### END SOLUTION
"""
HELPER = """import numpy

### BEGIN SOLUTION
answer_of_the_helper = 42
### END SOLUTION
"""


@pytest.fixture
def source(maker):
    return maker.lesson([maker.code(EXERCISE, "4\n", id="exercise"), maker.text("Read.")])


@pytest.fixture
def built(source, tmp_path):
    build(source, tmp_path / "built")
    return tmp_path / "built"


def change(folder, edit, name="one.ipynb"):
    """Change a notebook of the built course."""
    notebook = nbformat.read(folder / name, as_version=4)
    edit(notebook)
    nbformat.write(notebook, folder / name)


def found(source, built):
    return [str(leak) for leak in leaks(source, built)]


def test_a_build_of_a_sound_course_gives_nothing_away(source, built):
    assert leaks(source, built) == ()
    require_no_leaks(source, built)


def test_a_line_of_a_solution_is_found_with_notebook_cell_and_line(source, built):
    def leak(notebook):
        notebook.cells[1].source = "Read.\n\nreturn  sum([x, x])"

    change(built, leak)

    assert found(source, built) == [
        "one.ipynb, cell text, line 3: a line of the solution of one.ipynb, cell exercise"
    ]
    with pytest.raises(InvalidInput, match="cell text, line 3") as caught:
        require_no_leaks(source, built)
    assert caught.value.hint


def test_in_its_own_cell_even_a_short_line_is_found(source, built):
    def leak(notebook):
        notebook.cells[0].source += "\n    x = 2"

    change(built, leak)
    assert ["own solution" in one for one in found(source, built)] == [True]


@pytest.mark.parametrize(
    ("edit", "what"),
    [
        (lambda n: n.cells[0].outputs.append(new_output("stream", text="4")), "an output"),
        (lambda n: n.cells[0].update(execution_count=3), "an execution count"),
        (lambda n: n.metadata.update(widgets={"state": {}}), "widgets"),
        (lambda n: n.cells[1].update(attachments={"a.png": {"image/png": ""}}), "attachment a.png"),
        (lambda n: n.cells[0].metadata.update(old='"return sum([x, x])"'), "in its metadata"),
        (lambda n: n.cells[1].update(source="### BEGIN HIDDEN TESTS\n1"), "a marker"),
    ],
)
def test_what_is_left_of_the_instructors_version_is_found(source, built, edit, what):
    change(built, edit)
    assert what in "".join(found(source, built))


@pytest.mark.parametrize(
    "name",
    [
        ".ipynb_checkpoints/one-checkpoint.ipynb",
        ".env",
        "solutions/one.txt",
        "Solution.py",
        "gradebook.db",
        "__pycache__/helper.pyc",
    ],
)
def test_what_has_no_place_in_a_release_is_found(source, built, name):
    path = built / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("")
    assert any(one.startswith(name.split("/", maxsplit=1)[0]) for one in found(source, built))


def test_a_link_and_a_notebook_that_cannot_be_read_are_found(source, built):
    (built / "extra.ipynb").write_text("{")
    (built / "data").symlink_to("/etc")
    assert [one.partition(":")[0] for one in found(source, built)] == ["data", "extra.ipynb"]


def test_a_copy_of_a_solution_is_found_in_any_file(source, built):
    (built / "notes").mkdir()
    shutil.copyfile(source / "one.ipynb", built / "notes" / "old.ipynb.bak")
    (built / "notes" / "answers.py").write_text("def f(x):\n  return sum([x, x])\n")
    (built / "notes" / "data.bin").write_bytes(b"\0\xff\n    return sum([x, x])\n")
    names = {one.split(",")[0] for one in found(source, built)}
    assert names == {"notes/old.ipynb.bak", "notes/answers.py", "notes/data.bin"}


def test_a_helper_that_shares_a_line_with_a_solution_is_no_leak(maker, tmp_path):
    solved = "### BEGIN SOLUTION\nfigure.savefig('x.png')\nreturn figure\n### END SOLUTION"
    source = maker.lesson([maker.code(solved)])
    (source / "plots.py").write_text("def plot(figure):\n    return figure\n")
    build(source, tmp_path / "built")
    assert leaks(source, tmp_path / "built") == ()


def test_a_line_that_stands_openly_in_the_source_is_no_leak(maker, tmp_path):
    solved = "### BEGIN SOLUTION\nprint(total / count)\n### END SOLUTION"
    source = maker.lesson([maker.code("print(total / count)", id="a"), maker.code(solved, id="b")])
    build(source, tmp_path / "built")
    assert leaks(source, tmp_path / "built") == ()


def test_markers_in_a_helper_are_found_and_cleared_they_are_not(source, built, tmp_path):
    (source / "helper.py").write_text(HELPER)
    shutil.copyfile(source / "helper.py", built / "helper.py")
    assert {one.split(":")[0] for one in found(source, built)} == {
        "helper.py, line 3",
        "helper.py, line 4",
        "helper.py, line 5",
    }

    copy_cleared(source / "helper.py", built / "helper.py", source / "helper.py")

    assert leaks(source, built) == ()
    assert (built / "helper.py").read_text() == (
        "import numpy\n\n# YOUR CODE HERE\nraise NotImplementedError()\n"
    )


def test_a_helper_of_a_kind_that_is_not_cleared_is_refused(tmp_path):
    (tmp_path / "a.xyz").write_text(HELPER)
    with pytest.raises(InvalidInput, match=r"a.xyz, line 3"):
        copy_cleared(tmp_path / "a.xyz", tmp_path / "b.xyz", tmp_path / "a.xyz")


def test_a_solution_is_found_in_the_notebook_of_another_language(maker, tmp_path):
    # given a solution with a comment that the translation has too, by mistake
    solved = "### BEGIN SOLUTION\n# twice the number\n### END SOLUTION"
    source = maker.lesson([maker.code(solved, id="exercise")])
    catalogue = polib.POFile()
    catalogue.append(polib.POEntry(msgid="# twice the number", msgstr="# le double du nombre"))
    (source / "locale").mkdir()
    catalogue.save(str(source / "locale" / "fr.po"))
    build(source, tmp_path / "built")
    shutil.copyfile(tmp_path / "built" / "one.ipynb", tmp_path / "built" / "one.fr.ipynb")
    assert leaks(source, tmp_path / "built") == ()

    # when it is in the built notebook, or the catalogue is
    def leak(notebook):
        notebook.cells[0].source += "\n# le double du nombre"

    change(tmp_path / "built", leak, "one.fr.ipynb")
    shutil.copytree(source / "locale", tmp_path / "built" / "locale")

    # then both are found
    names = {one.split(",")[0] for one in found(source, tmp_path / "built")}
    assert names == {"one.fr.ipynb", "locale/fr.po"}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("-----BEGIN RSA " + "PRIVATE KEY-----", "a private key"),
        ("key = AKIA" + "ABCDEFGHIJKLMNOP", "an AWS key"),
        ("ghp_" + "a" * 36, "a GitHub token"),
        ("glpat-" + "a" * 20, "a GitLab token"),
        ("hf_" + "a" * 34, "a Hugging Face token"),
        ("sk-" + "aB3" * 12, "an OpenAI key"),
        ("eyJ" + "a" * 20 + ".eyJ" + "b" * 20 + "." + "c" * 20, "a JSON web token"),
        ("db_password = 'hunter22'", "a password"),
        ('{"api_key": "0123456789"}', "a password"),
    ],
)
def test_keys_and_passwords_are_found_wherever_they_are(maker, tmp_path, text, what):
    source = maker.lesson([maker.code(f"# {text}")])
    (source / "notes.txt").write_text(f"one\n{text}\n")
    build(source, tmp_path / "built")
    assert found(source, tmp_path / "built") == [
        f"notes.txt, line 2: {what}",
        f"one.ipynb, cell cell, line 1: {what}",
    ]


@pytest.mark.parametrize(
    "text",
    ['password = "your-password"', 'password = ""', "class='sk-toggleable-content-container'"],
)
def test_a_placeholder_is_no_password(maker, tmp_path, text):
    source = maker.lesson([maker.code(text)])
    build(source, tmp_path / "built")
    assert leaks(source, tmp_path / "built") == ()


WORDS = st.text("abcxyz ()=.'\"\\#é\t", max_size=12)
KINDS = st.sampled_from(["SOLUTION", "HIDDEN TESTS", "MARK SCHEME"])


@st.composite
def cells(draw, index):
    """A cell with regions, each of which holds a secret that stands nowhere else."""
    lines = draw(st.lists(WORDS, max_size=3))
    for number in range(draw(st.integers(0, 2))):
        secret = f"  {draw(WORDS)} secret_{index}_{number}_value{draw(WORDS)}"
        kind = draw(KINDS)
        lines += [f"### BEGIN {kind}", *draw(st.lists(WORDS, max_size=2)), secret, f"# END {kind}"]
        lines += draw(st.lists(WORDS, max_size=2))
    text = "\n".join(lines)
    if draw(st.booleans()):
        return new_markdown_cell(text, id=f"cell-{index}")
    cell = new_code_cell(text, id=f"cell-{index}", execution_count=1)
    cell.outputs = [new_output("stream", text=f"secret_{index}_printed_value")]
    if draw(st.booleans()):
        cell.metadata["nbgrader"] = {"solution": True, "grade": False, "grade_id": f"g{index}"}
        if "BEGIN SOLUTION" not in text:
            cell.source += f"\nsecret_{index}_throughout_value"
    return cell


NOTEBOOKS = st.integers(1, 4).flatmap(lambda count: st.tuples(*[cells(i) for i in range(count)]))


@settings(max_examples=60)
@given(cells=NOTEBOOKS)
def test_no_secret_of_any_notebook_is_in_any_file_of_its_build(tmp_path_factory, cells):
    # given a notebook full of secrets, as a lesson, and again where no lesson is
    folder = tmp_path_factory.mktemp("course")
    source, built = folder / "source", folder / "built"
    (source / "more").mkdir(parents=True)
    notebook = new_notebook(cells=list(cells))
    for name in ("one.ipynb", "more/extra.ipynb"):
        nbformat.write(notebook, source / name)
    (source / "course.toml").write_text(COURSE)

    # when it is built
    build(source, built)

    # then no file has a secret, and nothing was there to be found
    texts = [path.read_text() for path in built.rglob("*") if path.is_file()]
    assert not any("secret_" in text for text in texts)
    assert leaks(source, built) == ()

    # and when a secret does get out, it is found
    shutil.copyfile(source / "one.ipynb", built / "one.ipynb")
    if any("secret_" in cell.source for cell in cells):
        assert leaks(source, built)


COURSE = """
id = "tiny"
version = "1.2.3"
title = "Tiny"
summary = "A course for tests."
authors = ["A. Author"]
licence = "CC-BY-4.0"

[[lessons]]
id = "one"
title = "One"
summary = "One."
notebook = "one.ipynb"
duration_minutes = 5
"""
