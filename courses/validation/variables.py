"""What a lesson may know of its caller's environment. Pure."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from pathlib import Path

KEPT = (
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "LC_*",
    "TZ",
    "VIRTUAL_ENV",
    "CONDA_PREFIX",
    "LD_LIBRARY_PATH",
    "CUDA_*",
    "NVIDIA_*",
    "ROCR_VISIBLE_DEVICES",
    "SLURM_*",
    "OPENBLAS_CORETYPE",
)
"""A token or a password is not among it."""

_PRIVATE = {
    "JUPYTER_RUNTIME_DIR": "r",
    "JUPYTER_DATA_DIR": "d",
    "JUPYTER_CONFIG_DIR": "c",
    "IPYTHONDIR": "i",
}
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def kept(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of `environ` that a lesson may know."""
    return {
        name: value
        for name, value in environ.items()
        if any(fnmatch.fnmatchcase(name, pattern) for pattern in KEPT)
    }


def private(folder: Path) -> dict[str, str]:
    """Return the variables by which Jupyter keeps to `folder`, whose subfolders they name.

    What an author keeps at home (kernels, start-up files, settings) no trainee has.
    """
    return {name: str(folder / part) for name, part in _PRIVATE.items()}


def threads(count: int) -> dict[str, str]:
    """Return the variables that tell numerical libraries how many threads to start.

    As many as the session has processors: else lessons that run at once fight for them.
    """
    return dict.fromkeys(_THREADS, str(count))
