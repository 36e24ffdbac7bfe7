"""The lesson on files, modules and environments, as trainees go through it."""

import pytest
from lesson_runs import Lesson

pytestmark = pytest.mark.slow

EXERCISES = ("folder-size-check", "package-version-check", "environment-lines-check")


@pytest.fixture
def lesson(built):
    return Lesson(built, "files-and-environments")


@pytest.mark.parametrize(
    ("language", "suffix", "words"),
    [
        ("en", "", "Not attempted yet."),
        ("fr", ".fr", "Pas encore essayé."),
        ("de", ".de", "Noch nicht versucht."),
    ],
)
def test_untouched_it_runs_to_its_end_and_nothing_is_attempted(built, language, suffix, words):
    shown = Lesson(built, f"files-and-environments{suffix}").run(language)

    assert all(words in shown[cell] for cell in (*EXERCISES, "many-pictures", "first-found"))
    assert "folder-size" not in shown["lesson-head"]  # a title, and no id


def test_answers_of_a_trainees_own_are_right(lesson):
    lesson.fill(
        {
            "folder-size": (
                "total = 0\n"
                "for path in folder.rglob('*'):\n"
                "    if path.is_file():\n"
                "        total += len(path.read_bytes())\n"
                "return total"
            ),
            "package-version": (
                "try:\n    return version(package)\n"
                "except PackageNotFoundError:\n    return 'missing'"
            ),
            "environment-lines": (
                "return 'module purge; module load  env/release/2025.1\\n. my-env/bin/activate'"
            ),
        }
    )
    lesson.add('from courses.learn import answer\nanswer("many-pictures", "pack")')
    lesson.add('answer("first-found", "own", "standard", "packages")')

    shown = lesson.run()

    assert all("\nRight." in shown[cell] for cell in EXERCISES)
    assert [text.count("\nRight.") for text in list(shown.values())[-2:]] == [1, 1]


MISTAKES = {
    "folder-size": [
        (
            "return sum(p.stat().st_size for p in folder.glob('*') if p.is_file())",
            "[Wrong] It looks into the folders inside, and counts only files: rglob goes into",
        ),
        (
            "return sum(p.stat().st_size for p in folder.rglob('*'))",
            "[Wrong] It looks into the folders inside, and counts only files: rglob goes into",
        ),
        (
            "total = 0\nfor p in folder.rglob('*'):\n    total += p.stat().st_size",
            "the result is None: is there a return?",
        ),
    ],
    "package-version": [
        (
            "return version(package)",
            "[Wrong] It says that a package is missing: Catch the error",
        ),
        (
            "return version('numpy')",
            "[Wrong] It knows the version of what is there: Return version(package)",
        ),
    ],
    "environment-lines": [
        (
            "return 'source my-env/bin/activate, module load env/release/2025.1, module purge'",
            "[Wrong] The three steps are in order: First module purge",
        ),
        (
            "return 'module purge, module load PyTorch, my-env/bin/activate, pip install numpy'",
            "[Wrong] It installs nothing: Install once, beforehand",
        ),
        (
            "return ['module purge']",
            "Your answer is of type list: it should be a text.",
        ),
    ],
}


@pytest.mark.parametrize("exercise", list(MISTAKES))
def test_a_typical_mistake_gets_the_words_that_help(lesson, exercise):
    attempts, words = zip(*MISTAKES[exercise], strict=True)

    panels = lesson.try_all(exercise, attempts)

    for panel, said in zip(panels, words, strict=True):
        assert "\nWrong." in panel
        assert said in panel


def test_a_wrong_answer_to_a_question_says_why(lesson):
    lesson.until("many-pictures")
    lesson.add('from courses.learn import answer\nanswer("many-pictures", "copy")')

    *_, last = lesson.run().values()

    assert "The bytes fit, the files do not" in last


def test_hints_come_one_after_another_and_the_solution_after_three_tries(lesson):
    lesson.fill({"folder-size": "return 0"})
    lesson.until("folder-size-check")
    check = lesson.cell("folder-size-check").source
    lesson.add("from courses.learn import show_hint, show_solution")
    lesson.add('show_hint("folder-size")')
    lesson.add('show_solution("folder-size")')
    lesson.add(f"{check}\n{check}")
    lesson.add('show_solution("folder-size")')

    *_, hint, too_early, _, solution = lesson.run().values()

    assert "Begin with total = 0" in hint
    assert "In the loop" not in hint
    assert "total = total + path.stat().st_size" not in too_early
    assert "total = total + path.stat().st_size" in solution
