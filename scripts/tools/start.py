"""How every script starts. Any python3 can read this file, down to 3.6: it finds a newer one."""

import importlib
import os
import shutil
import signal
import subprocess
import sys

OLDEST = (3, 11)
KNOWN = ("python3.14", "python3.13", "python3.12", "python3.11")


class Problem(Exception):
    """What went wrong and what to do, in a sentence for the person at the terminal."""


def run(name: str) -> None:
    """Run `main` of the module tools.`name`, and end with its exit code; never with a traceback."""
    # A script's background processes inherit an interrupt that is ignored: here it always counts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        _use_a_new_enough_python()
        code = importlib.import_module("tools." + name).main(sys.argv[1:])
    except KeyboardInterrupt:
        code = 130
        sys.stderr.write("\nStopped.\n")
    except Problem as problem:
        code = 2
        sys.stderr.write(f"{problem}\n")
    except OSError as error:
        code = 2
        where = f"{error.filename}: " if error.filename else ""
        sys.stderr.write(f"{where}{error.strerror or error}.\n")
    sys.stdout.flush()
    sys.exit(code)


def _use_a_new_enough_python() -> None:
    if sys.version_info[:2] >= OLDEST:
        return
    for path in filter(None, map(shutil.which, KNOWN)):
        if _works(path):
            os.execv(path, [path, *sys.argv])
    here = ".".join(map(str, sys.version_info[:2]))
    raise Problem(
        f"This needs Python 3.11 or newer, and python3 here is {here}: install a newer one "
        "(python.org, or your system's packages), then start this again."
    )


def _works(python: str) -> bool:
    # A version manager's shim stands on the PATH for versions that are not chosen.
    try:
        code = subprocess.call(
            [python, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=20,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return code == 0
