"""Cells whose outputs are not those stored, and outputs that are hard to keep."""

from __future__ import annotations

from nbformat.v4 import new_output

from zoo.kind import NOT_VALIDATED, PASSED, Kind, code, text

_WRONG = "Its output is not the one stored in the notebook."


def _differs(name: str, source: str, stored: object, details: str = "") -> Kind:
    return Kind(name, (code("says", source, stored),), at="says", says=_WRONG, details=details)


def _stream(name: str, said: str) -> object:
    return new_output("stream", name=name, text=said)


def _passes(name: str, source: str, stored: object = None, **metadata: object) -> Kind:
    return Kind(name, (code("says", source, stored, **metadata),), outcome=PASSED)


KINDS = (
    _differs("wrong-stored-output", "print(6 * 7)", "41\n", "-41\n+42"),
    _differs("stored-output-missing", "print(6 * 7)", ""),
    _differs("stored-output-too-much", "x = 42", "42\n"),
    _differs("random", "import random\nprint(random.random())", "0.123456789\n"),
    _differs("numpy-random", "import numpy\nprint(numpy.random.rand())", "0.123456789\n"),
    _passes("addresses", "print(object())", "<object object at 0x7f0000000000>\n"),
    _passes("set-order", "print({'b', 'a'} == {'a', 'b'})", "True\n"),
    Kind(
        "hidden-state",
        (
            code("uses", "print(answer)", "42\n"),
            code("sets", "answer = 42", ""),
        ),
        at="uses",
        says="NameError: name 'answer' is not defined",
    ),
    Kind(
        "run-out-of-order",
        tuple(
            (lambda cell: (setattr(cell, "execution_count", count), cell)[1])(cell)
            for count, cell in (
                (3, code("first", "x = 1\nprint(x)", "3\n")),
                (2, code("second", "x += 1", "")),
            )
        ),
        at="first",
        says=_WRONG,
        details="run in the order [3, 2]",
    ),
    _passes(
        "ansi-and-control-characters",
        r"print('\x1b[31mred\x1b[0m \x07 \x00 \x85')",
        "\x1b[31mred\x1b[0m \x07 \x00 \x85\n",
    ),
    _differs(
        "wrong-control-characters", r"print('\x1b[31m\x00red\x1b[0m')", "green\n", "-green\n+red"
    ),
    Kind(
        "lone-surrogates",
        (code("says", r"print('\udcff')"),),
        outcome=PASSED,
    ),
    Kind(
        "bytes-that-are-no-text",
        (code("says", r"import os; os.write(1, b'\xff\xfe\n')"),),
        outcome=PASSED,
    ),
    _passes(
        "html-with-a-script",
        "from IPython.display import HTML\nHTML('<script>alert(1)</script>')",
    ),
    _differs(
        "wrong-html-with-a-script",
        "from IPython.display import HTML\nHTML('<script>alert(1)</script>')",
        "hello\n",
    ),
    _passes("output-ignored", "# NBVAL_IGNORE_OUTPUT\nimport time\nprint(time.time())", "1\n"),
    Kind(
        "input-asked",
        (code("asks", "input('Your name? ')"),),
        at="asks",
        says="StdinNotImplementedError: …",
    ),
    Kind(
        "bash-exit-1",
        (code("shell", "%%bash\nexit 1"),),
        at="shell",
        says="CalledProcessError: …exit status 1…",
    ),
    Kind(
        "shell-false",
        (code("shell", "!false"),),
        outcome=PASSED,
    ),
    Kind(
        "unknown-magic",
        (code("magic", "%no_such_magic"),),
        at="magic",
        says="UsageError: …",
    ),
    Kind(
        "unknown-cell-magic",
        (code("magic", "%%no_such_magic\nx"),),
        at="magic",
        says="UsageError: …",
    ),
    Kind(
        "exception-that-does-not-come",
        (code("calm", "x = 1", None, tags=["raises-exception"]),),
        at="calm",
        says="It is tagged raises-exception, and raised nothing…",
    ),
    Kind(
        "expected-exception-of-another-kind",
        (
            code(
                "odd",
                "int('x')",
                [
                    new_output(
                        "error", ename="ZeroDivisionError", evalue="division by zero", traceback=[]
                    )
                ],
                tags=["raises-exception"],
            ),
        ),
        at="odd",
        says=_WRONG,
    ),
    Kind(
        "skipped",
        (code("fine", "1"), code("skipped", "raise SystemError", None, tags=["skip-execution"])),
        outcome=NOT_VALIDATED,
        at="skipped",
        says="It is marked to be skipped.",
    ),
    Kind("empty-notebook", (), outcome=PASSED),
    Kind("only-text", (text("title", "# Title"),), outcome=PASSED),
    Kind("empty-cells", (code("empty", ""), code("blank", "  \n")), outcome=PASSED),
    Kind(
        "2000-cells",
        tuple(code(f"cell-{n}", f"x = {n}") for n in range(2000)),
        outcome=PASSED,
    ),
    Kind(
        "gpu-required",
        (code("fine", "1"),),
        outcome=NOT_VALIDATED,
        gpu="required",
        says="It needs a GPU, …and here has no session size with that.",
    ),
)
