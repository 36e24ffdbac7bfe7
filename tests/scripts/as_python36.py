"""Run a script in a Python that says it is 3.6: `as_python36.py SCRIPT [ARGUMENTS]`."""

# Loaded by its true version, so that only the script is deceived.
import importlib  # noqa: F401
import runpy
import shutil  # noqa: F401
import subprocess  # noqa: F401
import sys
from pathlib import Path

sys.argv = sys.argv[1:]
sys.path[0] = str(Path(sys.argv[0]).parent)
sys.version_info = (3, 6, 15, "final", 0)  # type: ignore[assignment]
runpy.run_path(sys.argv[0], run_name="__main__")
