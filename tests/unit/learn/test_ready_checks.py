"""The ready-made checks: what is right, what is wrong, and what is said of it."""

import sys
from types import ModuleType, SimpleNamespace

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from courses.learn import (
    ArrayCheck,
    FrameCheck,
    FunctionCheck,
    GpuCheck,
    JobCheck,
    NumberCheck,
    PlotCheck,
    State,
    TextCheck,
)
from courses.learn.checks import judge

mpl.use("agg")


def found(check, answer):
    (verdict,) = judge(lambda: answer, [check])
    return verdict


def says_wrong(check, answer, *words):
    verdict = found(check, answer)
    assert verdict.state is State.WRONG, verdict
    for word in words:
        assert word in verdict.text


def is_right(check, answer):
    assert found(check, answer).state is State.RIGHT, found(check, answer)


FRAME = pd.DataFrame({"city": ["Esch", "Wiltz"], "people": [36_000, 7_500]})


def plot(title="Speed", xlabel="time in s", ylabel="speed in m/s", lines=1):
    axes = Figure().subplots()
    for number in range(lines):
        axes.plot([0, 1, 2], [0, number + 1, 2 * number + 2])
    axes.set(title=title, xlabel=xlabel, ylabel=ylabel)
    return axes


def cell(source):
    names = {"__name__": "__main__"}
    exec(compile(source, "<cell>", "exec"), names)
    return names["f"]


# -- numbers


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (2.0, "It is too small. Yours is 2.0."),
        (9, "It is too large. Yours is 9."),
        (-3.5, "The sign is wrong."),
        ("3.5", "Your answer is '3.5': not a number."),
        (True, "Your answer is True: not a number."),
        (np.True_, "Your answer is True: not a number."),
        (float("nan"), "It is nan"),
        ([3.5], "Your answer is of type list: it should be one number."),
        (np.array([1.0, 2.0]), "Your answer is of type ndarray"),
        (3.5 + 1j, "Your answer is of type complex"),
    ],
)
def test_a_wrong_number_is_told_which_way_and_not_what_is_right(answer, words):
    says_wrong(NumberCheck("n", 3.5), answer, words)


def test_a_number_may_be_off_by_its_tolerance():
    is_right(NumberCheck("n", 3.5, tolerance=0.1), 3.59)
    is_right(NumberCheck("n", 1000, relative=0.01), np.float32(1009))
    says_wrong(NumberCheck("n", 3.5, tolerance=0.1), 3.61)
    is_right(NumberCheck("n", float("inf")), float("inf"))


def test_the_authors_message_stands_before_the_detail():
    assert (
        found(NumberCheck("n", 2, "Halve it."), 4).text == "Halve it. It is too large. Yours is 4."
    )


# -- arrays


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (np.zeros((3, 2)), "Its shape is (3, 2); it should be (2, 3)."),
        (
            np.array([[1, 2, 3], [4, 0, 7]]),
            "2 of 6 values differ, the first at [1, 1]: yours is 0, it should be 5.",
        ),
        ([[1, 2, 3], [4, 5, 6]], "Your answer is of type list: it should be an array."),
        (np.array([["a"] * 3] * 2), "6 of 6 values differ"),
        (np.array(5), "Its shape is ()"),
    ],
)
def test_a_wrong_array_is_told_where_it_differs_first(answer, words):
    says_wrong(ArrayCheck("a", [[1, 2, 3], [4, 5, 6]]), answer, words)


def test_an_array_s_type_counts_only_if_asked_for():
    is_right(ArrayCheck("a", [1, 2]), np.array([1.0, 2.0]))
    says_wrong(
        ArrayCheck("a", [1, 2], dtype="float32"),
        np.array([1, 2]),
        "Its elements are int64; they should be float32.",
    )


def test_missing_numbers_are_equal_and_tolerances_hold():
    is_right(ArrayCheck("a", [np.nan, 1.0], tolerance=0.1), np.array([np.nan, 1.05]))
    is_right(ArrayCheck("a", ["x", "y"]), np.array(["x", "y"]))
    is_right(ArrayCheck("a", []), np.array([]))


def test_a_tensor_on_a_gpu_is_compared_as_an_array():
    class Tensor:
        def detach(self):
            return self

        def cpu(self):
            return SimpleNamespace(numpy=lambda: np.array([1.0, 2.0]))

    is_right(ArrayCheck("a", [1, 2]), Tensor())


# -- data frames


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (FRAME[["city"]], "There is no column 'people'."),
        (FRAME.assign(more=1), "There should be no column 'more'."),
        (FRAME.head(1), "It has 1 rows; it should have 2."),
        (
            FRAME.replace("Wiltz", "Diekirch"),
            "differs first in row 1 (the first is 0): yours is 'Diekirch', it should be 'Wiltz'.",
        ),
        (FRAME["city"], "Your answer is of type Series: it should be a data frame."),
        (FRAME.set_axis(["city", "city"], axis=1), "The column 'city' is there more than once."),
    ],
)
def test_a_wrong_frame_is_told_what_differs_first(frame, words):
    check = FrameCheck("f", FRAME)

    if "more than once" in words:
        check = FrameCheck("f", columns=["city"])
    says_wrong(check, frame, words)


def test_a_frame_s_order_of_columns_and_index_do_not_matter():
    is_right(FrameCheck("f", FRAME), FRAME[["people", "city"]].set_index(np.array([7, 8])))


def test_a_frame_is_compared_only_in_what_is_given():
    check = FrameCheck("f", columns=["city", "people"], dtypes={"people": "int64"}, rows=2)

    is_right(check, FRAME)
    says_wrong(
        check,
        FRAME.astype({"people": "float64"}),
        "Column 'people' is of type float64; it should be int64.",
    )
    says_wrong(FrameCheck("f", dtypes={"area": "int64"}), FRAME, "There is no column 'area'.")


def test_missing_values_of_a_frame_are_equal():
    gaps = pd.DataFrame({"a": [1.0, np.nan], "b": [pd.NaT, pd.Timestamp("2030-01-01")]})

    is_right(FrameCheck("f", gaps), gaps.copy())
    says_wrong(FrameCheck("f", gaps), gaps.assign(a=0.0), "Column 'a' differs first in row 0")


# -- plots


@pytest.mark.parametrize(
    ("axes", "words"),
    [
        (plot(title=""), "It lacks a title."),
        (plot(ylabel=" "), "It lacks a label on the y axis."),
        (plot(title="Time"), "It should have a title: “Speed”. Yours is “Time”."),
        (plot(lines=2), "Lines in the plot: 2; there should be 1."),
        (Figure(), "Plots in the figure: 0; there should be 1."),
        ([1], "Your answer is of type list: it should be a plot."),
    ],
)
def test_a_plot_is_told_what_it_lacks(axes, words):
    says_wrong(
        PlotCheck("p", title="speed", ylabel=True, lines=1),
        axes,
        words.replace("“Speed”", "“speed”"),
    )


def test_a_plot_is_right_as_axes_or_as_its_figure():
    check = PlotCheck("p", title="speed", lines=1, data=[([0, 1, 2], [0, 1, 2])])

    is_right(check, plot())
    is_right(check, plot().figure)


def test_a_plot_of_other_data_or_without_a_legend_is_wrong():
    says_wrong(PlotCheck("p", data=[([0, 1], [0, 1])]), plot(), "No line shows the data number 1.")
    says_wrong(PlotCheck("p", legend=True), plot(), "It lacks a legend.")


# -- functions


def test_a_function_s_message_names_the_input_that_fails():
    check = FunctionCheck("f", lambda x: x * 2, inputs=[(0,), (3,)])

    f = cell("def f(x):\n    return x * x\n")

    says_wrong(check, f, "With f(3): the result is 9; it should be 6.")


def test_a_function_that_stops_is_the_trainees_with_line_and_input():
    check = FunctionCheck("f", lambda x: 1 / (x + 1), inputs=[(0,)])

    says_wrong(
        check,
        cell("def f(x):\n    y = 1 / x\n    return y\n"),
        "With f(0): Your code stopped with ZeroDivisionError: division by zero, in line 2",
    )
    says_wrong(
        check, cell("def f():\n    return 1\n"), "With f(0): Your code stopped with TypeError"
    )


def test_a_function_that_returns_nothing_is_asked_for_its_return():
    says_wrong(FunctionCheck("f", abs, inputs=[(1,)]), cell("def f(x): x"), "is there a return?")


def test_a_function_left_unsolved_is_not_attempted():
    f = cell("def f(x):\n    raise NotImplementedError()\nanswer = lambda: f\n")
    answer = f.__globals__["answer"]

    (verdict,) = judge(answer, [FunctionCheck("f", abs, inputs=[(1,)])])

    assert verdict.state is State.NOT_ATTEMPTED


def test_a_function_cannot_spoil_the_input_of_the_reference():
    def total(numbers):
        return sum(numbers)

    f = cell("def f(numbers):\n    numbers.append(1)\n    return sum(numbers) - 1\n")

    is_right(FunctionCheck("f", total, inputs=[([1, 2],), ([1, 2],)]), f)


@pytest.mark.parametrize(
    ("reference", "mine"),
    [
        (lambda x: [x, x / 3], lambda x: [x, 0.3333333333333]),
        (lambda x: np.full(2, x), lambda x: np.full(2, float(x))),
        (lambda x: {"a": x}, lambda x: {"a": x}),
        (lambda x: None, lambda x: None),
    ],
)
def test_results_of_many_kinds_are_compared(reference, mine):
    is_right(FunctionCheck("f", reference, inputs=[(1,)]), mine)


@pytest.mark.parametrize(
    "mine", [lambda x: (x,), lambda x: [x, x], lambda x: str(x), lambda x: [0]]
)
def test_another_kind_of_result_is_wrong(mine):
    says_wrong(FunctionCheck("f", lambda x: [x], inputs=[(1,)]), mine)


def test_a_reference_that_stops_blames_the_check():
    check = FunctionCheck("f", lambda x: 1 / x, inputs=[(0,)])

    verdict = found(check, lambda x: x)

    assert verdict.state is State.BROKEN
    assert "This check itself stopped" in verdict.text


@pytest.mark.parametrize("inputs", [[], [3]])
def test_inputs_that_are_no_tuples_are_the_authors_mistake(inputs):
    with pytest.raises(ValueError, match="give inputs"):
        FunctionCheck("f", abs, inputs=inputs)


# -- text


@pytest.mark.parametrize(
    ("check", "answer", "words"),
    [
        (TextCheck("t", "sbatch"), "srun", "It is another text. Yours is 'srun'."),
        (TextCheck("t", contains=["--gpus"]), "sbatch job.sh", "It lacks '--gpus'."),
        (TextCheck("t", matches=r"\d+ GiB"), "four GiB", "It does not have the form"),
        (TextCheck("t", "Yes", exact=True), "yes", "It is another text."),
        (TextCheck("t", "yes"), 3, "Your answer is of type int: it should be a text."),
    ],
)
def test_a_wrong_text_is_told_how(check, answer, words):
    says_wrong(check, answer, words)


def test_text_is_compared_as_people_read_it():
    is_right(TextCheck("t", "Straße der Ideen"), "  strasse  DER\u00a0Ideen\n")
    is_right(TextCheck("t", matches=r"\d+ GiB"), " 4 GiB\n")
    is_right(TextCheck("t", contains=["SBATCH", "gpu"]), "#sbatch --GPUs=1")


def test_a_text_check_without_a_text_is_the_authors_mistake():
    with pytest.raises(ValueError, match="give expected="):
        TextCheck("t")


# -- GPUs


def on(kind):
    return SimpleNamespace(device=SimpleNamespace(type=kind))


@pytest.fixture
def gpu(monkeypatch):
    monkeypatch.setattr(
        "courses.learn.checks.gpu.read_gpus", lambda env: SimpleNamespace(usable=True)
    )


def test_what_lies_on_the_cpu_is_told_so(gpu):
    says_wrong(GpuCheck("d"), on("cpu"), "in the memory of the CPU")
    says_wrong(GpuCheck("d"), [on("cuda"), on("cpu")], "in the memory of the CPU")
    says_wrong(GpuCheck("d"), np.zeros(2), "in the memory of the CPU")


def test_a_model_is_where_its_parameters_are(gpu):
    is_right(GpuCheck("d"), SimpleNamespace(parameters=lambda: [on("cuda")]))
    says_wrong(GpuCheck("d"), SimpleNamespace(parameters=lambda: [on("cpu")]))


def test_memory_that_is_held_is_what_the_loaded_library_says(monkeypatch):
    torch = ModuleType("torch")
    torch.cuda = SimpleNamespace(
        is_available=lambda: True, max_memory_allocated=lambda: 300 * 1024**2
    )
    monkeypatch.setitem(sys.modules, "torch", torch)

    is_right(GpuCheck("d", held_mib=200), on("cuda"))
    says_wrong(GpuCheck("d", held_mib=400), on("cuda"), "300 MiB", "at least 400")


def test_without_a_gpu_nothing_is_said_about_the_answer(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")

    verdict = found(GpuCheck("d"), on("cpu"))

    assert verdict.state is State.BROKEN
    assert verdict.text == "This session has no GPU that answers: start one that has."


def test_a_job_check_needs_a_job_number():
    says_wrong(JobCheck("j"), "hello", "the number that sbatch printed")
