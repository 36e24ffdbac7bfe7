"""Kernels that end, in every way that one can, and cells that raise."""

from __future__ import annotations

from zoo.kind import PASSED, Kind, code

_DIED = "The kernel died while this cell ran: "

KINDS = (
    Kind(
        "raises",
        (code("fine", "x = 1"), code("raises", "raise ValueError(f'x is {x}')"), code("on", "1")),
        at="raises",
        says="ValueError: x is 1",
        details="Traceback",
    ),
    Kind(
        "syntax-error",
        (code("broken", "print('no end"),),
        at="broken",
        says="SyntaxError: unterminated string literal…",
    ),
    Kind(
        "raises-without-words",
        (code("silent", "raise ValueError"),),
        at="silent",
        says="ValueError",
    ),
    Kind(
        "raises-what-cannot-be-shown",
        (
            code(
                "odd",
                """
class Odd(Exception):
    def __str__(self):
        raise RuntimeError("no words")
raise Odd
""",
            ),
        ),
        at="odd",
        says="RuntimeError: no words",
    ),
    Kind(
        "endless-recursion",
        (code("deep", "def f(n):\n    return f(n + 1)\nf(0)"),),
        at="deep",
        says="RecursionError: maximum recursion depth exceeded…",
    ),
    Kind(
        "recursion-in-c",
        (code("deep", "import sys\nsys.setrecursionlimit(10**9)\ndef f(): f()\nf()"),),
        at="deep",
        says="…",
        memory_mib=4096,
    ),
    Kind(
        "keyboard-interrupt",
        (code("interrupts", "raise KeyboardInterrupt"), code("on", "1")),
        at="interrupts",
        says="KeyboardInterrupt",
    ),
    Kind(
        "system-exit",
        (code("leaves", "import sys\nsys.exit(0)"), code("on", "1")),
        at="leaves",
        says="SystemExit: 0",
    ),
    Kind(
        "os-exit",
        (code("exits", "import os\nos._exit(0)"),),
        at="exits",
        says=f"{_DIED}it left with exit code 0…",
    ),
    Kind(
        "exits-by-quit", (code("quits", "quit()"),), at="quits", says="The cell ended the kernel…"
    ),
    Kind(
        "kernel-killed",
        (code("kills", "import os\nos.kill(os.getpid(), 9)"),),
        at="kills",
        says=f"{_DIED}it was ended by SIGKILL…",
    ),
    Kind(
        "kernel-terminated",
        (code("kills", "import os, time\nos.kill(os.getpid(), 15)\ntime.sleep(20)"),),
        at="kills",
        says=f"{_DIED}it was ended by SIGTERM…",
    ),
    Kind(
        "segfault",
        (code("reads", "import ctypes\nctypes.string_at(0)"),),
        at="reads",
        says=f"{_DIED}it was ended by SIGSEGV…",
    ),
    Kind(
        "abort",
        (code("aborts", "import os\nos.abort()"),),
        at="aborts",
        says=f"{_DIED}it was ended by SIGABRT…",
    ),
    Kind(
        "abort-in-a-thread",
        (
            code("starts", "import os, threading\nthreading.Thread(target=os.abort).start()"),
            code("waits", "import time\ntime.sleep(20)"),
        ),
        at="starts",
        says=f"{_DIED}it was ended by SIGABRT…",
    ),
    Kind(
        "dies-between-cells",
        (
            code("arms", "import os, threading\nthreading.Timer(0.7, os._exit, (7,)).start()"),
            code("fine", "print('here')", "here\n"),
            code("waits", "import time\ntime.sleep(20)"),
        ),
        at="waits",
        says=f"{_DIED}it left with exit code 7…",
    ),
    Kind(
        "dies-after-the-last-cell",
        (code("arms", "import atexit, os\natexit.register(os._exit, 9);", ""),),
        outcome=PASSED,
    ),
    Kind(
        "closes-its-sockets",
        (code("closes", "import os\nos.closerange(3, 1000)"), code("on", "1")),
        at="closes",
        says="…",
        cell_s=3,
    ),
    Kind(
        "kills-its-keeper",
        (code("kills", "import os, time\nos.kill(os.getppid(), 9)\ntime.sleep(20)"),),
        at="kills",
        says="The kernel died while this cell ran…",
    ),
    Kind(
        "kills-its-group",
        (code("kills", "import os, time\nos.killpg(0, 9)\ntime.sleep(20)"),),
        at="kills",
        says=f"{_DIED}it was ended by SIGKILL…",
    ),
    Kind(
        "replaces-itself",
        (code("execs", "import os\nos.execvp('sleep', ['sleep', '300'])"),),
        at="execs",
        says="…",
        cell_s=3,
    ),
)
