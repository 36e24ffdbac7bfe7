"""Each rule of course.toml: what breaks it is named by line and key, with the fix."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from courses.authoring import manifest
from spawners.errors import InvalidInput

AFTER = 'languages = ["fr"]'


def test_a_sound_manifest_is_a_course(load):
    course = load()

    assert [lesson.id for lesson in course.lessons] == ["one", "two"]
    assert course.lessons[1].parameters["epochs"].ci == 2
    assert course.duration_minutes == 10


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('id = "tiny"', 'id = "Tiny"', ":2: id: 'Tiny' is not allowed. Use lowercase letters"),
        ('id = "tiny"', "", ":1: id: the key is missing. Add it: Its name in addresses"),
        ('"1.2.3"', '"1.2"', ":3: version: '1.2' is not allowed. Write three numbers"),
        ('"1.2.3"', "1.2", ":3: version: 1.2: it must be a text. Put it in quotes."),
        ('"Tiny"', "3", ":4: title: 3 is no text. Write"),
        ('"Tiny"', '""', ":4: title: '' is empty. Write something."),
        ('"A course for tests."', "{}", ":5: summary: a table is too short."),
        ('["A. Author"]', '"A. Author"', ":6: authors: 'A. Author': it must be a list. Put it in"),
        ('["A. Author"]', "[]", ":6: authors: a list is too short. Give at least 1."),
        ('["A. Author"]', '["A", 3]', ":6: authors[2]: 3: it must be a text."),
        ('["A. Author"]', '["A", "A"]', ":6: authors[2]: 'A' is there twice. Take one"),
        ('"CC-BY-4.0"', r'"a\u001b[31m"', r":7: licence: 'a\x1b[31m' is not allowed."),
        ("licence =", "license =", ":7: license: there is no such key. Did you mean licence?"),
        (AFTER, 'languages = ["english"]', ":8: languages[1]: 'english' is not allowed."),
        (AFTER, 'languages = ["fr", "en"]', ":8: languages[2]: en is the language that"),
        (AFTER, 'languages = ["fr", "fr"]', ":8: languages[2]: 'fr' is there twice"),
        (AFTER, 'languages = ["de"]', ":16: lessons[one].title.fr: the course is not in 'fr'. Add"),
        (AFTER, f'{AFTER}\nlanguage = "de"', ":17: lessons[one].title.en: the course is not in"),
        ('{ fr = "Un", en = "One" }', '{ fr = "Un" }', ":16: lessons[one].title: it says nothing"),
        (AFTER, f'{AFTER}\nprerequisites = ["a", "tiny"]', ":9: prerequisites[2]: a course cannot"),
        (
            AFTER,
            f"{AFTER}\nslurm = true",
            ":9: slurm: there is no such key. There is lessons.needs",
        ),
        (AFTER, f'{AFTER}\nweather = "fine"', ":9: weather: there is no such key. Take it out;"),
        ('lessons = ["one"]', 'lessons = ["three"]', ":12: data[data/points.csv]"),
        (
            '"data/points.csv"',
            '"../points.csv"',
            ":11: data[../points.csv].path: '../points.csv' is not",
        ),
        ('"data/points.csv"', '"/points.csv"', ":11: data"),
        ('"data/points.csv"', r'"a\u0000b"', ":11: data"),
        ('lessons = ["one"]', 'sha256 = "ab"', ":12: data"),
        ('lessons = ["one"]', '[[data]]\npath = "data//points.csv"', ":13: data"),
        ('id = "two"', 'id = "one"', ":23: lessons[one].id: two lessons have the id one."),
        ('"two.ipynb"', '"one.ipynb"', ":26: lessons[two].notebook: two lessons have the notebook"),
        ('"two.ipynb"', '"two.py"', ":26: lessons[two].notebook: 'two.py' is no notebook. Name an"),
        ("cpus = 1", "cpus = 0", ":20: lessons[one].needs.cpus: 0 is too small. Use at least 1."),
        ("cpus = 1", "cpus = 5000", "needs.cpus: 5000 is too large. Use at most 4096."),
        ("cpus = 1", 'cpus = "1"', "needs.cpus: '1': it must be a whole number. Write digits"),
        ("cpus = 1", "cpus = true", "needs.cpus: true: it must be a whole number."),
        ("cpus = 1", "slurm = 1", "needs.slurm: 1: it must be true or false."),
        ("cpus = 1", "gpus = 2", "needs.gpus: it asks for GPUs, and `gpu` says that it needs none"),
        ("cpus = 1", "internet = true", "needs.internet: true is none of the values"),
        ('gpu = "none"', 'gpu = "two"', "needs.gpu: 'two' is none of the values that it may have."),
        ('{ cpus = 1, gpu = "none" }', "3", ":20: lessons[one].needs: 3: it must be a table."),
        ("parameters.epochs", "parameters.class", ":29: lessons[two].parameters.class: class is a"),
        ("parameters.epochs", "parameters.Epochs", ":29: lessons[two].parameters.Epochs: 'Epochs'"),
        ('type = "int"', 'type = "integer"', ":30: lessons[two].parameters.epochs.type: 'integer'"),
        ("trainee = 20", "trainee = true", ":31: lessons[two].parameters.epochs.trainee: true is"),
        ("ci = 2", "ci = 2.5", ":32: lessons[two].parameters.epochs.ci: 2.5 is not of type int"),
        ("ci = 2", "ci = [2]", ":32: lessons[two].parameters.epochs.ci: a list cannot be a param"),
        ("ci = 2", f"ci = 0x{'f' * 5000}", "epochs.ci: a number of more than 64 bits cannot be"),
        ("ci = 2", f"ci = {'9' * 5000}", "course.toml: not TOML"),
        ("ci = 2", "ci = ", "course.toml: not TOML: Invalid value (at line 32"),
        ("ci = 2", f"ci = {'[' * 5000}", "course.toml: not TOML"),
    ],
)
def test_a_mistake_is_named_by_file_line_and_key_with_its_fix(load, changed, old, new, said):
    with pytest.raises(InvalidInput) as found:
        load(changed(old, new))

    assert said in found.value.message
    assert "course.toml" in found.value.message
    assert found.value.hint


def test_all_mistakes_are_told_at_once_and_a_flood_is_cut(load, changed):
    odd = "\n".join(f"odd{number} = 1" for number in range(30))
    with pytest.raises(InvalidInput) as found:
        load(changed(AFTER, odd))

    lines = found.value.message.splitlines()
    assert len(lines) == manifest.MOST + 1
    assert lines[-1] == "… and 10 more."


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir()])
def test_a_manifest_that_cannot_be_read_is_named(tmp_path, make):
    make(tmp_path / "course.toml")
    with pytest.raises(InvalidInput, match=r"course\.toml"):
        manifest.load(tmp_path)


def test_a_manifest_that_is_no_text_is_named(tmp_path):
    (tmp_path / "course.toml").write_bytes(b"\xff")
    with pytest.raises(InvalidInput, match="not UTF-8"):
        manifest.load(tmp_path)


def test_a_course_in_a_language_has_plain_titles_and_keeps_all_else(load):
    course = load()

    french = course.in_language("fr")

    assert str(french.lessons[0].title) == "Un"
    assert french.lessons[0].title.languages == frozenset()
    assert str(french.lessons[1].title) == "Two"
    assert french.model_copy(update={"lessons": ()}) == course.model_copy(update={"lessons": ()})
    assert french.lessons[1] == course.lessons[1]


def test_a_language_that_the_course_is_not_in_gets_its_own_whatever_the_order_in_the_file(load):
    assert str(load().lessons[0].title) == "One"
    assert str(load().in_language("de").lessons[0].title) == "One"


# What a hand may have written: the right keys with anything in them, and anything at all.
KEYS = st.sampled_from(
    [
        *manifest.Course.model_fields,
        *manifest.Lesson.model_fields,
        *manifest.Needs.model_fields,
        *("trainee", "ci", "type", "en", "fr", "sha256", "path", "a b", "", "ü\n"),
    ]
)
SCALARS = st.one_of(
    st.booleans(),
    st.integers(),
    st.floats(),
    st.sampled_from(["one", "one.ipynb", "en", "1.2.3", "required", "int"]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)
TABLES = st.recursive(
    st.dictionaries(KEYS, SCALARS, max_size=4),
    lambda inner: st.dictionaries(
        KEYS,
        st.one_of(SCALARS, inner, st.lists(st.one_of(SCALARS, inner), max_size=3)),
        max_size=12,
    ),
    max_leaves=12,
)


def quoted(text: str) -> str:
    return '"' + "".join(f"\\U{ord(one):08X}" for one in text) + '"'


def toml(value: object) -> str:
    """Write a value as inline TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, dict):
        inner = ", ".join(f"{quoted(key)} = {toml(one)}" for key, one in value.items())
        return f"{{ {inner} }}"
    if isinstance(value, list):
        return f"[{', '.join(toml(one) for one in value)}]"
    return str(value)


def is_a_course_or_refused(text: str, folder) -> None:
    (folder / "course.toml").write_text(text, encoding="utf-8")
    try:
        outcome = manifest.load(folder)
    except InvalidInput as error:
        outcome = error
    is_refused = isinstance(outcome, InvalidInput)
    assert is_refused or isinstance(outcome, manifest.Course)
    assert not is_refused or str(folder / "course.toml") in outcome.message


@settings(deadline=None, max_examples=150)
@given(table=TABLES)
def test_any_table_is_a_course_or_refused(tmp_path_factory, table):
    lines = "\n".join(f"{quoted(key)} = {toml(value)}" for key, value in table.items())
    is_a_course_or_refused(lines, tmp_path_factory.getbasetemp())


@settings(deadline=None, max_examples=150)
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=80))
def test_any_text_is_a_course_or_refused(tmp_path_factory, text):
    is_a_course_or_refused(text, tmp_path_factory.getbasetemp())


@settings(deadline=None, max_examples=150)
@given(place=st.integers(min_value=0), value=st.one_of(SCALARS, TABLES))
def test_a_sound_manifest_with_one_value_changed_is_a_course_or_refused(
    sound, tmp_path_factory, place, value
):
    lines = sound.splitlines()
    places = [at for at, line in enumerate(lines) if " = " in line]
    at = places[place % len(places)]
    lines[at] = f"{lines[at].partition(' = ')[0]} = {toml(value)}"
    is_a_course_or_refused("\n".join(lines), tmp_path_factory.getbasetemp())
