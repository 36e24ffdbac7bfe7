"""Lessons that take more than they may: memory, processes, output.

Every bomb ends by itself, should nobody stop it: this runs on somebody's computer.
"""

from __future__ import annotations

from zoo.kind import PASSED, Kind, code

_MEMORY = "The lesson used more than the 256 MiB of memory it asks for…"
_FLOOD = "The lesson printed more than 16 MiB; it was here…"
_PROCESSES = "The cell started more than 256 processes…"


def _hog(name: str, source: str) -> Kind:
    return Kind(name, (code("hog", source),), at="hog", says=_MEMORY, memory_mib=256)


def _flood(name: str, source: str) -> Kind:
    return Kind(name, (code("floods", source), code("never", "1")), at="floods", says=_FLOOD)


MEMORY = (
    _hog("memory-at-once", "import numpy\nnumpy.full(2**30 // 8, 1.0)"),
    _hog(
        "memory-slowly",
        "import time\nheld = []\nwhile True:\n    held.append(bytearray(2**22))\n    time.sleep(0.01)",
    ),
    _hog(
        "memory-in-a-child",
        """
import subprocess, sys
hog = "import time; held = [bytearray(2**23) for _ in range(60)]; time.sleep(60)"
subprocess.run([sys.executable, "-c", hog])
""",
    ),
    _hog(
        "memory-in-many-children",
        """
import subprocess, sys
hog = "import time; held = bytearray(2**26); time.sleep(60)"
children = [subprocess.Popen([sys.executable, "-c", hog]) for _ in range(6)]
[child.wait() for child in children]
""",
    ),
    Kind(
        "memory-error",
        (code("asks", "bytearray(2**60)"),),
        at="asks",
        says="MemoryError",
    ),
)

PROCESSES = (
    Kind(
        "fork-bomb",
        (code("bomb", "import os, time\nfor _ in range(11):\n    os.fork()\ntime.sleep(60)"),),
        at="bomb",
        says=_PROCESSES,
        memory_mib=4096,
    ),
    Kind(
        "fork-bomb-of-shells",
        (
            code(
                "bomb",
                "%%bash\n"
                "bomb() { if [ $1 -gt 0 ]; then bomb $(($1-1)) & bomb $(($1-1)) & fi; sleep 60; }\n"
                "bomb 10",
            ),
        ),
        at="bomb",
        says=_PROCESSES,
        memory_mib=4096,
    ),
    Kind(
        "bomb-of-programs",
        (
            code(
                "bomb",
                "import subprocess\nheld = []\n"
                "while len(held) < 2000:\n    held.append(subprocess.Popen(['sleep', '300']))",
            ),
        ),
        at="bomb",
        says=_PROCESSES,
        memory_mib=4096,
    ),
    Kind(
        "bomb-that-nobody-saw-in-time",
        (
            code(
                "bomb",
                """
import os, signal, subprocess
keeper = os.getppid()
os.kill(keeper, signal.SIGSTOP)
held = [subprocess.Popen(["sleep", "300"]) for _ in range(300)]
os.kill(keeper, signal.SIGCONT)
""",
            ),
        ),
        at="bomb",
        says=_PROCESSES,
        memory_mib=4096,
    ),
    Kind(
        "thread-bomb",
        (
            code(
                "bomb",
                "import threading, time\nfor _ in range(2300):\n"
                "    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
                "time.sleep(60)",
            ),
        ),
        at="bomb",
        says="The cell started more than 2048 threads…",
        memory_mib=4096,
    ),
    Kind(
        "leaves-a-daemon",
        (
            code(
                "leaves",
                """
import os
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execvp("sleep", ["sleep", "3000"])
    os._exit(0)
os.wait()[1]
""",
            ),
        ),
        outcome=PASSED,
    ),
)

OUTPUT = (
    _flood("prints-2-gb", "for _ in range(2**21):\n    print('x' * 1023)"),
    _flood("prints-50-mb-at-once", "print('x' * 50_000_000)"),
    _flood("stderr-for-ever", "import sys\nwhile True:\n    print('x' * 1000, file=sys.stderr)"),
    _flood(
        "writes-to-the-descriptor-for-ever",
        "import os\nwhile True:\n    os.write(1, b'x' * 1000)",
    ),
    _flood("shell-prints-for-ever", "!yes"),
    _flood(
        "updates-a-display-for-ever",
        """
from IPython.display import display
shown = display("", display_id=True)
while True:
    shown.update("x" * 1000)
""",
    ),
    _flood(
        "clears-its-output-for-ever",
        """
from IPython.display import clear_output
while True:
    print("x" * 1000)
    clear_output(wait=True)
""",
    ),
    _flood("gigantic-traceback", "raise ValueError('x' * 20_000_000)"),
    _flood(
        "gigantic-plot",
        """
import numpy
from IPython.display import Image, display
noise = numpy.random.bytes(40_000_000)
display(Image(b"\\x89PNG\\r\\n\\x1a\\n" + noise, format="png"))
""",
    ),
    Kind(
        "plot-of-60-megapixels",
        (
            code(
                "draws",
                """
import numpy
import matplotlib.pyplot as plt
plt.figure(figsize=(80, 75), dpi=100)
plt.imshow(numpy.random.rand(2400, 2600), interpolation="nearest");
""",
            ),
        ),
        at="draws",
        says=_FLOOD,
        memory_mib=4096,
    ),
    Kind(
        "more-than-10000-outputs",
        (
            code(
                "shows",
                "from IPython.display import display\nfor n in range(100_000):\n    display(n)",
            ),
        ),
        at="shows",
        says="The cell showed more than 10000 outputs…",
    ),
    Kind(
        "a-thread-goes-on-printing",
        (
            code(
                "starts",
                """
import threading, time
def talk():
    while True:
        print("x" * 1000)
threading.Thread(target=talk, daemon=True).start()
time.sleep(0.5)
""",
            ),
            code("on", "time.sleep(60)"),
        ),
        at="…",
        says=_FLOOD,
    ),
)
KINDS = (*MEMORY, *PROCESSES, *OUTPUT)
