"""What a lesson finds around it, and what it does not: modules, files, secrets, kernels."""

from __future__ import annotations

from nbformat.v4 import new_output

from zoo.kind import ERRORED, PASSED, Kind, code

_NO_MODULE = "ModuleNotFoundError: No module named 'no_such_module'"
_FAILED_TO_READ = "FileNotFoundError: [Errno 2] No such file or directory: {!r}"

KINDS = (
    Kind("missing-module", (code("loads", "import no_such_module"),), at="loads", says=_NO_MODULE),
    Kind(
        "module-missing-a-module",
        (code("loads", "import helper"),),
        at="loads",
        says=_NO_MODULE,
        files={"helper.py": "import no_such_module\n"},
    ),
    Kind(
        "module-that-prints",
        (code("loads", "import talker", "hello\n"),),
        outcome=PASSED,
        files={"talker.py": "print('hello')\n"},
    ),
    Kind(
        "package-that-prints",
        (code("loads", "import this", ""),),
        at="loads",
        says="Its output is not the one stored in the notebook.",
    ),
    Kind(
        "module-that-exits",
        (code("loads", "import leaver"),),
        at="loads",
        says="SystemExit: 3",
        files={"leaver.py": "import sys\nsys.exit(3)\n"},
    ),
    Kind(
        "module-that-kills",
        (code("loads", "import killer"),),
        at="loads",
        says="The kernel died while this cell ran: it left with exit code 4…",
        files={"killer.py": "import os\nos._exit(4)\n"},
    ),
    Kind(
        "module-of-a-name-of-the-library",
        (code("loads", "import wave\nprint(wave.own)", "yes\n"),),
        outcome=PASSED,
        files={"wave.py": "own = 'yes'\n"},
    ),
    Kind(
        "module-loaded-by-the-engine-alone",
        (code("loads", "import sys\nprint('papermill' in sys.modules)", "False\n"),),
        outcome=PASSED,
    ),
    Kind(
        "file-outside-of-the-course",
        (code("reads", "open('../secret.txt')"),),
        at="reads",
        says=_FAILED_TO_READ.format("../secret.txt"),
    ),
    Kind(
        "notebook-of-another-lesson",
        (code("reads", "open('../healthy/lesson.ipynb')"),),
        at="reads",
        says=_FAILED_TO_READ.format("../healthy/lesson.ipynb"),
    ),
    Kind(
        "its-own-manifest",
        (code("reads", "open('../course.toml')"),),
        at="reads",
        says=_FAILED_TO_READ.format("../course.toml"),
    ),
    Kind(
        "writes-into-the-course",
        (code("writes", "open('made.txt', 'w').write('x')\nopen('data.txt', 'w').write('x');"),),
        outcome=PASSED,
        files={"data.txt": "the author's\n"},
    ),
    Kind(
        "reads-what-a-neighbour-wrote",
        (code("reads", "open('../writes-into-the-course/made.txt')"),),
        at="reads",
        says=_FAILED_TO_READ.format("../writes-into-the-course/made.txt"),
    ),
    Kind(
        "secret-in-the-environment",
        (code("looks", "import os\nos.environ['ZOO_SECRET']"),),
        at="looks",
        says="KeyError: 'ZOO_SECRET'",
    ),
    Kind(
        "unknown-kernel",
        (code("any", "1"),),
        outcome=ERRORED,
        says="…no-such…",
        kernel={"name": "no-such", "language": "x", "display_name": "X"},
    ),
    Kind(
        "another-name-for-this-python",
        (
            code(
                "any",
                "1",
                [new_output("execute_result", data={"text/plain": "1"}, execution_count=1)],
            ),
        ),
        outcome=PASSED,
        kernel={"name": "conda-env-author", "language": "python", "display_name": "Python"},
    ),
)
