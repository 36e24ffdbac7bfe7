"""Cells that do not end, whatever they are asked."""

from __future__ import annotations

from zoo.kind import PASSED, Kind, code

_OVER = "The cell ran longer than its budget of 2 s…"


def _hangs(name: str, source: str, **more: object) -> Kind:
    cells = (code("hangs", source), code("never", "1"))
    return Kind(name, cells, at="hangs", says=_OVER, cell_s=2, **more)


KINDS = (
    _hangs("endless-loop", "while True: pass"),
    _hangs("sleeps", "import time\ntime.sleep(100)"),
    _hangs("hangs-in-c", "import re\nre.match(r'(a+)+$', 'a' * 60 + 'b')"),
    _hangs(
        "lock-held",
        "import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()",
    ),
    _hangs(
        "hangs-in-c-with-the-gil",
        "import ctypes\nctypes.PyDLL(None).pause()\nctypes.PyDLL(None).pause()",
    ),
    _hangs(
        "blocks-every-signal",
        """
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
while True: pass
""",
    ),
    _hangs(
        "ignores-signals",
        """
import signal
for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
    signal.signal(one, signal.SIG_IGN)
while True: pass
""",
    ),
    _hangs(
        "catches-its-interrupt",
        """
import time
while True:
    try:
        time.sleep(1)
    except BaseException:
        pass
""",
    ),
    _hangs("stops-itself", "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)"),
    _hangs("async-without-end", "import asyncio\nawait asyncio.sleep(100)"),
    _hangs("waits-for-a-child", "import subprocess\nsubprocess.run(['sleep', '300'])"),
    _hangs(
        "keeps-a-pipe-open",
        """
import subprocess
daemon = "import os\\nif os.fork() == 0:\\n    os.setsid()\\n    os.execvp('sleep', ['sleep', '300'])"
subprocess.run(["python3", "-c", daemon], capture_output=True)
""",
    ),
    _hangs("shell-hangs", "!sleep 300"),
    Kind(
        "many-cells-over-the-budget",
        tuple(code(f"nap-{n}", "import time\ntime.sleep(0.5)") for n in range(20)),
        at="nap-…",
        says="The lesson ran longer than its budget of 3 s; it was here.",
        lesson_s=3,
    ),
    Kind(
        "prints-for-ever",
        (code("prints", "import time\nwhile True:\n    print('.')\n    time.sleep(0.05)"),),
        at="prints",
        says="The cell ran longer than its budget of 2 s, and was still printing.",
        cell_s=2,
    ),
    Kind(
        "hangs-after-the-last-cell",
        (
            code(
                "arms",
                "import atexit, time\natexit.register(time.sleep, 300)\n"
                "import threading\nthreading.Thread(target=time.sleep, args=(300,)).start()",
                "",
            ),
        ),
        outcome=PASSED,
    ),
)
