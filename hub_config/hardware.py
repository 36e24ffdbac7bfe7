"""What this machine has: its GPUs, as the driver's own tool lists them."""

from __future__ import annotations

import re
import subprocess

from spawners.machine import Machine, SessionSize

_GPU_LINE = re.compile(r"^GPU \d+: ", re.MULTILINE)
_LIMIT_S = 10.0


def count_gpus() -> int:
    """Return how many GPUs `nvidia-smi -L` lists; 0 where there is no driver or no answer."""
    try:
        answer = subprocess.run(
            ["nvidia-smi", "-L"],  # noqa: S607  wherever the driver put it
            capture_output=True,
            text=True,
            timeout=_LIMIT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return 0
    return len(_GPU_LINE.findall(answer.stdout)) if answer.returncode == 0 else 0


def with_local_gpus(machine: Machine) -> Machine:
    """Return `machine` with a session size for its GPUs, where it has any and names none."""
    gpus = count_gpus()
    if gpus == 0 or any(size.gpus for size in machine.sizes):
        return machine
    largest = max(machine.sizes, key=lambda size: size.memory_mib)
    size = SessionSize(
        name="gpu",
        title="GPU" if gpus == 1 else f"{gpus} GPUs",
        cpus=largest.cpus,
        memory_mib=largest.memory_mib,
        time_limit_s=largest.time_limit_s,
        gpus=gpus,
    )
    return machine.model_copy(update={"sizes": (*machine.sizes, size)})
