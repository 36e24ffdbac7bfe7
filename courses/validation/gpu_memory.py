"""How much memory of NVIDIA GPUs some processes hold, where there is such a GPU."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

_DRIVER = Path("/proc/driver/nvidia/version")


class GpuMemory:
    """Remembers the most that was held at once; without a driver it asks nobody."""

    def __init__(self) -> None:
        self.peak_mib: int | None = None
        self._nvml = _nvml() if _DRIVER.exists() else None

    def look(self, pids: AbstractSet[int]) -> None:
        """Take note of what these processes hold now, on all GPUs together."""
        if self._nvml is not None:
            self.peak_mib = max(self.peak_mib or 0, held_mib(self._nvml, pids))


def held_mib(nvml: Any, pids: AbstractSet[int]) -> int:  # noqa: ANN401  the module pynvml
    """Return what they hold, in MiB; 0 where the driver does not say."""
    total = 0
    try:
        for index in range(nvml.nvmlDeviceGetCount()):
            device = nvml.nvmlDeviceGetHandleByIndex(index)
            running = nvml.nvmlDeviceGetComputeRunningProcesses(device)
            total += sum(one.usedGpuMemory or 0 for one in running if one.pid in pids)
    except nvml.NVMLError:
        return total // 1024**2
    return total // 1024**2


def _nvml() -> Any:  # noqa: ANN401
    try:
        import pynvml

        pynvml.nvmlInit()
    except Exception:  # noqa: BLE001  no package or no driver: nothing is measured
        return None
    return pynvml
