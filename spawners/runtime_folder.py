"""Where Jupyter and IPython keep what they need while they run: at home, or on the node.

Without room at home no kernel starts, and on some file systems not even the server: then its user
could not get in to make room. What only matters while the session runs then goes to a folder of the
node, which is removed when the session ends.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import MutableMapping
from pathlib import Path

from jupyter_core.paths import jupyter_data_dir, jupyter_runtime_dir

ENOUGH_BYTES = 64 * 1024
"""For the files of some kernels."""


def choose(env: MutableMapping[str, str]) -> None:
    """Name folders of the node in `env` if those at home cannot be written.

    Raises OSError if those of the node cannot be written either.
    """
    try:
        _try_to_write(Path(jupyter_runtime_dir()))
    except OSError as error:
        _say(f"{error}: what runs here is kept on this node instead.")
        folder = Path(tempfile.mkdtemp(prefix="onboard-runtime-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        # Who has a folder of data has kernels and signatures in it, which can be read.
        data = () if Path(jupyter_data_dir()).is_dir() else ("JUPYTER_DATA_DIR",)
        for name in ("JUPYTER_RUNTIME_DIR", "IPYTHONDIR", *data):
            env[name] = str(folder / name.lower())
        _try_to_write(Path(env["JUPYTER_RUNTIME_DIR"]))


def _try_to_write(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as probe:
        probe.write(bytes(ENOUGH_BYTES))
        probe.flush()
        os.fsync(probe.fileno())  # a file system of the network may say it only now


def _say(sentence: str) -> None:
    # Into the session's log, if there is room for one.
    try:
        sys.stderr.write(f"{sentence}\n")
        sys.stderr.flush()
    except OSError:
        pass
