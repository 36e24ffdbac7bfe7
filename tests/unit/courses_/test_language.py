"""A course in several languages: the command, the files, and what trainees get."""

import ast
import re
from pathlib import Path

import nbformat
import polib
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from courses.authoring import manifest
from courses.authoring.language import State, notebook_in
from courses.authoring.release import build
from courses.authoring.translation import po
from courses.authoring.translation.merge import Known, merge
from courses.authoring.translation.report import problems
from courses.cli import course as commands
from spawners.errors import InvalidInput

WELCOME = Path(__file__).parents[3] / "notebooks" / "welcome"
GREETING = 'print("Good morning")  # translate'


def translate(folder, *words):
    return CliRunner().invoke(commands, ["translate", str(folder), *words])


def fill(folder, translations, language="fr"):
    path = po.path_of(folder, language)
    file = polib.pofile(str(path))
    for entry in file:
        if entry.msgid in translations:
            entry.msgstr = translations[entry.msgid]
            entry.flags, entry.previous_msgid = [], None
    file.save()


def change(folder, before, after):
    path = folder / "one.ipynb"
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))


def entries(folder, language="fr"):
    return {one.msgid: one for one in polib.pofile(str(po.path_of(folder, language)))}


def built(folder, tmp_path, name="one.fr.ipynb"):
    target = tmp_path / f"built-{len(list(tmp_path.iterdir()))}"
    build(folder, target)
    notebook = nbformat.read(target / name, as_version=4)
    return {cell.id: cell for cell in notebook.cells}


QUIZ = {
    "kind": "single",
    "choices": [
        {"id": "red", "text": "Red", "feedback": "Yes."},
        {"id": "blue", "text": "Blue", "feedback": "No."},
    ],
    "answer": "red",
}

EXERCISE = 'from courses.learn import exercise\nexercise("red", lambda: x)'


@pytest.fixture
def lesson(maker):
    """A course in English and French, nothing of it translated yet."""
    picture = maker.code("draw()", id="picture")
    picture.metadata["alt"] = "A red square."
    picture.metadata["onboard"] = {"hints": ["Look twice."]}
    outro = maker.text("Some words.\n\nThe end.", id="outro")
    outro.metadata["onboard"] = {"quiz": QUIZ}
    folder = maker.lesson(
        [
            maker.text("# Title\n\nSome words.\n\n```\ncode\n```\n\nMore words.", id="intro"),
            maker.code(GREETING, id="greeting"),
            outro,
            picture,
            maker.code("### BEGIN SOLUTION\nx = 'secret'  # translate\n### END SOLUTION", id="do"),
            maker.code(EXERCISE, id="exercise"),
        ]
    )
    text = (folder / "course.toml").read_text()
    text = re.sub(
        r'^(title|summary) = "(.*)"$', r'\1 = { en = "\2", fr = "fr: \2" }', text, flags=re.M
    )
    (folder / "course.toml").write_text(text.replace("licence", 'languages = ["fr"]\nlicence', 1))
    return folder


ALL = {
    "# Title": "# Titre",
    "Some words.": "Des mots.",
    "More words.": "Encore.",
    "Good morning": "Bonjour",
    "The end.": "Fin.",
    "A red square.": "Un carré rouge.",
    "Look twice.": "Regardez bien.",
    "Red": "Rouge",
    "Yes.": "Oui.",
    "Blue": "Bleu",
    "No.": "Non.",
}


@pytest.fixture
def translated(lesson):
    translate(lesson)
    fill(lesson, ALL)
    translate(lesson)
    return lesson


def test_a_first_run_writes_a_file_with_every_text_and_its_place(lesson):
    # when
    result = translate(lesson)
    # then
    assert result.exit_code == 0, result.output
    assert set(entries(lesson)) == set(ALL)
    entry = entries(lesson)["The end."]
    lines = (lesson / "one.ipynb").read_text().splitlines()
    notebook, line = entry.occurrences[0]
    assert (entry.msgctxt, notebook) == ("one/outro", "one.ipynb")
    assert '"id": "outro"' in "".join(lines[int(line) - 1 : int(line) + 3])
    assert "one.ipynb:3: cell intro: “# Title” is not in fr" in result.output


def test_a_second_run_changes_no_byte(translated):
    before = po.path_of(translated, "fr").read_bytes()
    assert translate(translated, "--check").exit_code == 0
    translate(translated)
    assert po.path_of(translated, "fr").read_bytes() == before


def test_check_says_what_a_run_would_do_and_does_nothing(lesson):
    result = translate(lesson, "--check")
    assert result.exit_code == 1
    assert "would: 12 new" in " ".join(result.output.split())
    assert not (lesson / "locale").exists()


def test_a_changed_text_is_marked_and_its_comment_is_kept(translated):
    # given
    path = po.path_of(translated, "fr")
    path.write_text(
        path.read_text().replace(
            '#: one.ipynb:3\nmsgctxt "one/intro"',
            '# du titre\n#: one.ipynb:3\nmsgctxt "one/intro"',
            1,
        )
    )
    change(translated, "# Title", "# New title")
    # when
    result = translate(translated)
    # then
    entry = entries(translated)["# New title"]
    assert (entry.flags, entry.previous_msgid, entry.msgstr) == (["fuzzy"], "# Title", "# Titre")
    assert entry.tcomment == "du titre"
    assert "1 changed" in result.output
    assert "has changed since it was translated into fr" in result.output


def test_what_vanishes_stays_in_the_file_as_obsolete(translated):
    change(translated, "The end.", "")
    translate(translated)
    obsolete = polib.pofile(str(po.path_of(translated, "fr"))).obsolete_entries()
    assert [(one.msgid, one.msgstr) for one in obsolete] == [("The end.", "Fin.")]


def test_a_trainee_gets_the_same_cells_and_code_in_another_language(translated, tmp_path):
    # when
    cells = built(translated, tmp_path)
    # then
    in_order = ["intro", "greeting", "outro", "outro-quiz", "picture", "do", "exercise"]
    assert list(cells) == in_order
    assert cells["intro"].source == "# Titre\n\nDes mots.\n\n```\ncode\n```\n\nEncore."
    assert cells["greeting"].source == 'print("Bonjour")'
    assert cells["picture"].metadata == {"alt": "Un carré rouge."}
    assert 'exercise("red", lambda: x, hints=["Regardez bien."])' in cells["exercise"].source
    assert cells["outro"].metadata == {}
    quiz = cells["outro-quiz"].source
    assert all(f'"{one}"' in quiz for one in ("Fin.", "Rouge", "Bleu", "Oui.", "Non."))
    assert "answer=" not in quiz
    assert "secret" not in str(cells)
    assert built(translated, tmp_path, "one.ipynb")["greeting"].source == 'print("Good morning")'


def test_a_build_names_the_language_and_leaves_the_catalogues_out(translated, tmp_path):
    build(translated, tmp_path / "built")
    files = sorted(path.name for path in (tmp_path / "built").rglob("*"))
    assert files == ["course.toml", "one.fr.ipynb", "one.ipynb"]
    notebook = nbformat.read(tmp_path / "built" / "one.fr.ipynb", as_version=4)
    assert notebook.metadata["onboard"] == {"language": "fr"}


def test_neighbouring_texts_that_are_not_translated_have_one_note(lesson, tmp_path):
    # given: the first three are not translated, then there is one that is, then one that is not
    translate(lesson)
    entry = {"Some words.": "Des mots."}
    fill(lesson, entry)
    file = polib.pofile(str(po.path_of(lesson, "fr")))
    next(one for one in file if one.msgctxt == "one/intro" and one.msgid in entry).msgstr = ""
    file.save()
    # when
    cells = built(lesson, tmp_path)
    # then
    note = "> *Ce passage n’est pas encore traduit.*\n\n"
    assert cells["intro"].source.startswith(f"{note}# Title\n\nSome words.\n\n")
    assert note not in cells["intro"].source[len(note) :]
    assert cells["outro"].source == f"Des mots.\n\n{note}The end."


def test_a_stale_text_is_shown_as_it_is_now_before_anybody_runs_the_command(translated, tmp_path):
    change(translated, "# Title", "# New title")
    source = built(translated, tmp_path)["intro"].source
    assert source.startswith("> *Ce passage n’est pas encore traduit.*\n\n# New title\n\nDes mots.")


def test_problems_name_lesson_cell_and_line(translated):
    # given
    assert problems(translated, manifest.load(translated)) == ()
    change(translated, "# Title", "# New title")
    # when
    (problem,) = problems(translated, manifest.load(translated))
    # then
    assert (problem.kind, problem.language, problem.lesson) == (State.STALE, "fr", "one")
    assert (problem.notebook, problem.cell, problem.line) == ("one.ipynb", "intro", 3)
    assert problem.text == "# New title"


def test_a_title_that_the_manifest_has_in_one_language_is_a_problem(translated):
    path = translated / "course.toml"
    path.write_text(path.read_text().replace('{ en = "Tiny", fr = "fr: Tiny" }', '"Tiny"'))
    (problem,) = problems(translated, manifest.load(translated))
    assert str(problem) == "course.toml: title: “Tiny” is not in fr"


def test_a_source_file_with_a_translations_name_is_refused(translated, tmp_path):
    (translated / "one.fr.ipynb").write_text((translated / "one.ipynb").read_text())
    with pytest.raises(InvalidInput, match=r"one\.fr\.ipynb: this is to be the fr notebook of one"):
        build(translated, tmp_path / "built")


@pytest.mark.parametrize(
    ("damage", "line"),
    [
        (b'msgid "x"\nmsgstr "y', 2),
        (b'msgid "x"\nmsgid "y"\n', 2),
        (b'<<<<<<< HEAD\nmsgid "x"', 1),
        (b'msgid "x"\nmsgstr "\xff"', 2),
        (b'msgid "x"\nmsgstr "a"\n\nmsgid "x"\nmsgstr "b"\n', 4),
        (b'"lost"\n', 1),
    ],
)
def test_a_damaged_file_is_named_with_its_line_and_left_alone(lesson, damage, line):
    path = po.path_of(lesson, "fr")
    path.parent.mkdir()
    path.write_bytes(damage)
    result = translate(lesson)
    assert isinstance(result.exception, InvalidInput)
    assert f"{path}:{line}: " in result.exception.message
    assert path.read_bytes() == damage


@pytest.mark.parametrize("language", ["../x", "fr/..", "french", "en"])
def test_what_is_no_language_to_translate_into_is_refused(lesson, language):
    assert isinstance(translate(lesson, "--language", language).exception, InvalidInput)
    assert not (lesson / "locale").exists()


def test_a_language_can_be_begun_before_the_manifest_names_it(lesson):
    result = translate(lesson, "--language", "lb")
    assert po.path_of(lesson, "lb").is_file()
    assert "Add 'lb' to languages in course.toml" in result.output


PLAIN = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=200)


@given(st.lists(st.tuples(PLAIN.filter(bool), PLAIN), max_size=3, unique_by=lambda one: one[0]))
def test_a_file_gives_back_what_was_written(tmp_path_factory, texts):
    # given
    known = [Known("one/a", text, said, text) for text, said in texts]
    gone = merge([], known)
    path = tmp_path_factory.mktemp("po") / "fr.po"
    # when
    po.write(path, po.written(po.File(), gone, "tiny", "fr"))
    # then
    read = po.read(path).obsolete
    assert sorted((one.text, one.translation) for one in read) == sorted(
        (text, said) for text, said in texts if said.strip()
    )


@pytest.mark.parametrize(
    ("language", "expected"), [("fr", "part 1/a.b.fr.ipynb"), ("en", "part 1/a.b.ipynb")]
)
def test_a_translation_lies_beside_its_source(language, expected):
    assert notebook_in("part 1/a.b.ipynb", language, "en") == expected


def test_the_welcome_course_is_complete_in_its_languages():
    course = manifest.load(WELCOME)
    assert course.languages == ("fr", "de")
    assert [str(problem) for problem in problems(WELCOME, course)] == []
    assert translate(WELCOME, "--check").exit_code == 0


def test_the_welcome_course_has_the_same_code_in_every_language(tmp_path):
    # given
    build(WELCOME, tmp_path / "built")
    for lesson in manifest.load(WELCOME).lessons:
        names = [notebook_in(lesson.notebook, one, "en") for one in ("en", "fr", "de")]
        books = [nbformat.read(tmp_path / "built" / name, as_version=4) for name in names]
        # then
        for cells in zip(*(book.cells for book in books), strict=True):
            assert len({cell.id for cell in cells}) == 1
            if cells[0].cell_type == "code":
                assert len({without_texts(cell.source) for cell in cells}) == 1
            else:
                assert len({cell.source for cell in cells}) == 3


def without_texts(code):
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(tree)


def test_a_file_that_cannot_be_written_is_named_with_the_reason(tmp_path):
    (tmp_path / "locale").touch()
    with pytest.raises(InvalidInput, match=r"fr\.po: cannot be written: (Not a dir|File exists)"):
        po.write(tmp_path / "locale" / "fr.po", "")
