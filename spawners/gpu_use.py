"""How busy a session's GPUs are, as NVIDIA's driver says (NVML). What is not known is said so.

Other makers' GPUs are not asked: a GPU of which nothing is known is never called idle.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, Protocol

from spawners.machine import Model

_MIB = 1024**2


class GpuUse(Model):
    """One GPU. Memory in MiB."""

    index: str
    name: str
    busy_percent: int | None
    """Of the last second or less; None where the driver does not say (a part of a GPU, MIG)."""
    memory_used_mib: int
    memory_mib: int


class Driver(Protocol):
    """Whoever can be asked about GPUs."""

    def read(self, granted: tuple[str, ...]) -> tuple[GpuUse, ...]:
        """Return the use of the GPUs with these ids, of all where there are none; may block."""
        ...


class Nvml:
    """The driver of NVIDIA's GPUs, through nvidia-ml-py."""

    def __init__(self) -> None:
        self._started = False

    def read(self, granted: tuple[str, ...]) -> tuple[GpuUse, ...]:
        """See `Driver.read`. Nothing where the library or the driver is missing, or fails."""
        try:
            # Not at the top: a session without GPUs need not load it.
            import pynvml as nvml
        except ImportError:
            return ()
        try:
            if not self._started:
                nvml.nvmlInit()
                self._started = True
            return tuple(self._uses(nvml, granted))
        except nvml.NVMLError:
            return ()

    def _uses(self, nvml: Any, granted: tuple[str, ...]) -> Iterator[GpuUse]:  # noqa: ANN401
        for number in range(nvml.nvmlDeviceGetCount()):
            handle = nvml.nvmlDeviceGetHandleByIndex(number)
            if not granted or is_granted(str(number), nvml.nvmlDeviceGetUUID(handle), granted):
                yield self._use(nvml, str(number), handle)

    def _use(self, nvml: Any, index: str, handle: Any) -> GpuUse:  # noqa: ANN401
        busy = None
        with contextlib.suppress(nvml.NVMLError):
            busy = int(nvml.nvmlDeviceGetUtilizationRates(handle).gpu)
        memory = nvml.nvmlDeviceGetMemoryInfo(handle)
        return GpuUse(
            index=index,
            name=nvml.nvmlDeviceGetName(handle),
            busy_percent=busy,
            memory_used_mib=memory.used // _MIB,
            memory_mib=memory.total // _MIB,
        )


def is_granted(index: str, uuid: str, granted: tuple[str, ...]) -> bool:
    """Whether a GPU is among the ids; CUDA accepts the beginning of a uuid."""
    return index in granted or any(uuid.startswith(one) for one in granted if "-" in one)
