"""Which GPUs this session was given, and which of them answer."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from courses.learn.words import say

_QUERY = (
    "--query-gpu=index,uuid,name,memory.total,memory.used,utilization.gpu",
    "--format=csv,noheader,nounits",
)
_TIME_LIMIT_S = 5.0
_NO_DEVICE = {"", "-1", "NoDevFiles", "void"}


@dataclass(frozen=True)
class Gpu:
    """One GPU whose driver answers. Memory in MiB."""

    index: str
    uuid: str
    name: str
    memory_mib: int
    memory_used_mib: int | None = None
    busy_percent: int | None = None
    """How much of the last second it computed; None where the driver does not say."""

    def __str__(self) -> str:
        memory = say("{gib} GiB of its own memory", gib=f"{self.memory_mib / 1024:.0f}")
        if self.memory_used_mib:
            memory += f" ({say('{gib} in use', gib=f'{self.memory_used_mib / 1024:.1f}')})"
        percent = self.busy_percent
        busy = "" if percent is None else f", {say('{percent} % busy', percent=percent)}"
        return f"GPU {self.index}: {self.name}, {memory}{busy}"


@dataclass(frozen=True)
class Gpus:
    """The GPUs of a session: what the scheduler named, and what really answers."""

    granted: tuple[str, ...]
    """The ids in CUDA_VISIBLE_DEVICES; empty where nobody set it."""
    devices: tuple[Gpu, ...]

    @property
    def usable(self) -> bool:
        """Whether at least one GPU answers."""
        return bool(self.devices)

    def __str__(self) -> str:
        if self.devices:
            return "\n".join(str(device) for device in self.devices)
        if self.granted:
            names = ", ".join(self.granted)
            if len(self.granted) == 1:
                return say("The scheduler gave you GPU {name}, but no driver answers.", name=names)
            return say("The scheduler gave you GPUs {names}, but no driver answers.", names=names)
        return say("No GPU in this session.")


def read_gpus(
    env: Mapping[str, str],
    ask_driver: Callable[[], str] | None = None,
    told: tuple[Gpu, ...] = (),
) -> Gpus:
    """Return the session's GPUs, from CUDA_VISIBLE_DEVICES and NVIDIA's driver.

    `told` is what the session's server last saw of them: where no driver answers here, that counts.
    """
    visible = env.get("CUDA_VISIBLE_DEVICES")
    granted = parse_visible(visible or "")
    if visible is not None and not granted:
        return Gpus((), ())
    devices = parse_devices((ask_driver or ask_nvidia_smi)())
    if granted:
        devices = tuple(one for one in devices if _is_granted(one, granted))
    return Gpus(granted, devices or told)


def parse_visible(text: str) -> tuple[str, ...]:
    """Return the ids in a value of CUDA_VISIBLE_DEVICES; what follows an invalid one is hidden."""
    ids: list[str] = []
    for word in (word.strip() for word in text.split(",")):
        if word in _NO_DEVICE:
            break
        ids.append(word)
    return tuple(ids)


def parse_devices(text: str) -> tuple[Gpu, ...]:
    """Read nvidia-smi's lines; others are passed over.

    A line is `index, uuid, name, memory, memory in use, percent busy`, memory in MiB. The last two
    may be `[N/A]`, or missing.
    """
    rows = ([word.strip() for word in line.split(",")] for line in text.splitlines())
    return tuple(
        Gpu(row[0], row[1], row[2], int(row[3]), *(_whole(word) for word in row[4:]))
        for row in rows
        if len(row) in (4, 6) and row[3].isdigit()
    )


def ask_nvidia_smi() -> str:
    """Return what nvidia-smi lists; nothing where it is missing, fails or does not answer."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return ""
    try:
        done = subprocess.run(
            [program, *_QUERY], capture_output=True, text=True, timeout=_TIME_LIMIT_S, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout


def _whole(text: str) -> int | None:
    return int(text) if text.isdigit() else None


def _is_granted(gpu: Gpu, granted: tuple[str, ...]) -> bool:
    # CUDA accepts the beginning of a uuid.
    return gpu.index in granted or any(gpu.uuid.startswith(one) for one in granted if "-" in one)
