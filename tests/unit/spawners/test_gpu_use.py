"""What NVIDIA's driver says of the granted GPUs, through a driver that stands in for it."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from spawners.gpu_use import Nvml

UUIDS = ("GPU-aaaa-1111", "GPU-bbbb-2222")


class NVMLError(Exception):
    pass


class FakeNvml(SimpleNamespace):
    """The few functions of pynvml that are used, for two GPUs."""

    NVMLError = NVMLError

    def __init__(self) -> None:
        super().__init__(started=0, broken="", busy=(35, 0))

    def _may_fail(self, name: str) -> None:
        if name == self.broken:
            raise NVMLError(name)

    def nvmlInit(self) -> None:  # noqa: N802
        self._may_fail("init")
        self.started += 1

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        return len(UUIDS)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:  # noqa: N802
        self._may_fail("handle")
        return index

    def nvmlDeviceGetUUID(self, handle: int) -> str:  # noqa: N802
        return UUIDS[handle]

    def nvmlDeviceGetName(self, handle: int) -> str:  # noqa: N802
        return "NVIDIA A100"

    def nvmlDeviceGetUtilizationRates(self, handle: int) -> Any:  # noqa: N802
        self._may_fail("utilisation")
        return SimpleNamespace(gpu=self.busy[handle])

    def nvmlDeviceGetMemoryInfo(self, handle: int) -> Any:  # noqa: N802
        return SimpleNamespace(used=2 * 1024**3, total=40 * 1024**3)


@pytest.fixture
def nvml(monkeypatch: pytest.MonkeyPatch) -> FakeNvml:
    fake = FakeNvml()
    monkeypatch.setitem(sys.modules, "pynvml", fake)
    return fake


@pytest.mark.parametrize(
    ("granted", "seen"),
    [((), "01"), (("1",), "1"), (("GPU-aaaa",), "0"), (("0", "1"), "01"), (("7",), "")],
)
def test_only_the_granted_gpus_are_read(
    nvml: FakeNvml, granted: tuple[str, ...], seen: str
) -> None:
    uses = Nvml().read(granted)

    assert "".join(one.index for one in uses) == seen
    assert all((one.memory_used_mib, one.memory_mib) == (2048, 40960) for one in uses)
    assert all(one.busy_percent == nvml.busy[int(one.index)] for one in uses)


def test_a_gpu_that_does_not_say_how_busy_it_is_is_not_called_idle(nvml: FakeNvml) -> None:
    nvml.broken = "utilisation"

    assert [one.busy_percent for one in Nvml().read(())] == [None, None]


@pytest.mark.parametrize("broken", ["init", "handle"])
def test_a_driver_that_fails_is_asked_again_the_next_time(nvml: FakeNvml, broken: str) -> None:
    # given a driver that does not work
    driver = Nvml()
    nvml.broken = broken
    assert driver.read(()) == ()

    # when it works again, then it answers, having been started once
    nvml.broken = ""
    assert len(driver.read(())) == 2
    assert nvml.started == 1


def test_without_the_library_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", None)

    assert Nvml().read(("0",)) == ()
