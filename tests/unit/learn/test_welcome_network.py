"""The lesson on a first neural network, as trainees go through it, with PyTorch and without."""

import pytest
from lesson_runs import COURSE, Lesson

from courses.authoring.manifest import load

pytestmark = pytest.mark.slow

NUMPY = ("forward-check", "slope-check")
QUESTIONS = ("too-large-a-step", "which-number-counts")
NAME = "first-neural-network"
RIGHT = {
    "forward-pass": (
        'hidden = np.tanh(readings @ network["w1"] + network["b1"])\n'
        'return sigmoid(hidden @ network["w2"] + network["b2"])'
    ),
    "output-slopes": ("return np.mean((probability - failed)[:, np.newaxis] * hidden, axis=0)"),
    "torch-network": (
        "nn = torch.nn\n"
        "return nn.Sequential(nn.Linear(2, hidden), nn.Tanh(), nn.Linear(hidden, 1)).to(device)"
    ),
}


@pytest.fixture
def lesson(built):
    return Lesson(built, NAME)


def test_it_says_that_it_needs_pytorch_so_that_without_it_nobody_calls_it_validated():
    assert load(COURSE).lesson(NAME).needs.packages == ("torch",)


@pytest.mark.parametrize(
    ("language", "suffix", "words"),
    [("fr", ".fr", "Pas encore essayé."), ("de", ".de", "Noch nicht versucht.")],
)
def test_untouched_it_runs_to_its_end_and_nothing_is_attempted(built, language, suffix, words):
    shown = Lesson(built, f"{NAME}{suffix}").run(language)

    assert all(words in shown[cell] for cell in (*NUMPY, *QUESTIONS, "torch-check"))
    assert "forward-pass" not in shown["lesson-head"]  # a title, and no id


def test_answers_of_a_trainees_own_are_right(lesson):
    lesson.fill(RIGHT)
    lesson.add('from courses.learn import answer\nanswer("too-large-a-step", "far")')
    lesson.add('answer("which-number-counts", "new")')

    shown = lesson.run()

    assert all("\nRight." in shown[cell] for cell in (*NUMPY, "torch-check"))
    assert [text.count("\nRight.") for text in list(shown.values())[-2:]] == [1, 1]


def test_without_pytorch_the_second_half_says_so_and_stops_nowhere(lesson):
    lesson.add("import sys\nsys.modules['torch'] = None", first=True)

    shown = lesson.run()

    assert all("\nNot attempted yet." in shown[cell] for cell in NUMPY)
    assert shown["torch-there"].strip() == "PyTorch is not installed in this environment."
    assert "This exercise needs PyTorch" in shown["torch-check"]
    assert "Left out" in shown["torch-run"]
    assert "NumPy" in shown["torch-times"]
    assert "PyTorch" not in shown["torch-times"]


MISTAKES = {
    "forward-pass": [
        (
            'return np.tanh(readings @ network["w1"]) @ network["w2"] + network["b2"]',
            "[Wrong] The numbers are from 0 to 1: The last step is sigmoid",
        ),
        (
            'return sigmoid(readings @ network["w1"] + network["b1"])',
            "[Wrong] It gives one number for each pump: Use @ between readings",
        ),
        (
            'return sigmoid((readings @ network["w1"]) @ network["w2"] + network["b2"])',
            "[Wrong] They are the right probabilities: Look again at what is squeezed",
        ),
        (
            'return sigmoid(readings @ network["w2"])',
            "Your code stopped with ValueError",
        ),
        (
            "likely = sigmoid(readings)",
            "Your answer is of type NoneType: it should be an array.",
        ),
    ],
    "output-slopes": [
        (
            "return hidden.T @ (failed - probability) / len(failed)",
            "[Wrong] They do not point downhill: The error is the probability minus what happened",
        ),
        (
            "return hidden.T @ (probability - failed)",
            "[Wrong] They are the slopes found by trying: Take the mean",
        ),
        (
            "return (hidden.T * (probability - failed)).mean(axis=0)",
            "[Wrong] There is one slope for each of the 16 neurons",
        ),
    ],
}
LAYERS = [
    ("nn.Linear(2, hidden), nn.Linear(hidden, 1)", "Put Tanh() between the two layers"),
    (
        "nn.Linear(2, hidden), nn.Tanh(), nn.Linear(hidden, 1), nn.Sigmoid()",
        "and nothing after the second",
    ),
    ("nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1)", "[Wrong] It has 65 numbers to learn"),
    ("nn.Linear(2, hidden), nn.Tanh()", "[Wrong] It gives one number for each pump"),
    ("nn.Linear(2, hidden), nn.Tanh(), nn.Linear(2, 1)", "mat1 and mat2 shapes cannot be multi"),
]


@pytest.mark.parametrize("exercise", list(MISTAKES))
def test_a_typical_mistake_in_numpy_gets_the_words_that_help(lesson, exercise):
    attempts, words = zip(*MISTAKES[exercise], strict=True)

    panels = lesson.try_all(exercise, attempts)

    for panel, said in zip(panels, words, strict=True):
        assert "\nWrong." in panel
        assert said in panel
        assert "[Not checked]" not in panel


def test_a_typical_mistake_in_pytorch_gets_the_words_that_help(lesson):
    attempts = [f"nn = torch.nn\nreturn nn.Sequential({layers}).to(device)" for layers, _ in LAYERS]
    words = [said for _, said in LAYERS]

    panels = lesson.try_all("torch-network", [*attempts, "model = torch.nn.Tanh()"])

    for panel, said in zip(panels, [*words, "Return the model."], strict=True):
        assert "\nWrong." in panel
        assert said in panel
        assert "[Not checked]" not in panel
