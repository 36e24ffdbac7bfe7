"""Whether work is really on a GPU: where the answer lies, and how much memory is held there."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from courses.learn.checks.base import CannotTell, wrong
from courses.learn.gpus import read_gpus
from courses.learn.words import say

_MIB = 1024**2


@dataclass(frozen=True)
class GpuCheck:
    """The answer is on a GPU: a tensor or a model of PyTorch, an array of CuPy, or several.

    With `held_mib`, this notebook also holds at least so many MiB of GPU memory, or did at its
    peak.
    """

    name: str
    message: str = ""
    held_mib: float = 0.0

    def test(self, answer: Any) -> bool:  # noqa: ANN401
        """Look. Raises AssertionError with what is not on a GPU, CannotTell if there is none."""
        places = list(_devices(answer))
        if not places:
            kind = type(answer).__name__
            raise wrong("Your answer is of type {type}: it cannot lie on a GPU.", type=kind)
        if not all(place == "gpu" for place in places):
            _refuse_without_gpu()
            raise wrong("It is in the memory of the CPU, not on the GPU.")
        held = held_mib()
        if held < self.held_mib:
            raise wrong(
                "This notebook holds {mine} MiB of GPU memory; it should be at least {expected}.",
                mine=f"{held:.0f}",
                expected=f"{self.held_mib:.0f}",
            )
        return True


def held_mib() -> float:
    """Return how much GPU memory this process held at its peak, by the libraries it has loaded."""
    held = 0.0
    if (torch := sys.modules.get("torch")) and torch.cuda.is_available():
        held += torch.cuda.max_memory_allocated() / _MIB
    if cupy := sys.modules.get("cupy"):
        held += cupy.get_default_memory_pool().total_bytes() / _MIB
    return held


def _refuse_without_gpu() -> None:
    gpus = read_gpus(os.environ)
    if not gpus.usable:
        raise CannotTell(say("This session has no GPU that answers: start one that has."))


def _devices(answer: Any) -> Iterator[str]:  # noqa: ANN401
    """Yield `gpu` or `cpu` for each thing in the answer that lies somewhere."""
    if isinstance(answer, list | tuple):
        for one in answer:
            yield from _devices(one)
    elif callable(getattr(answer, "parameters", None)):  # a model
        for parameter in answer.parameters():
            yield from _devices(parameter)
    elif type(answer).__module__.partition(".")[0] == "cupy":
        yield "gpu"
    elif type(answer).__module__.partition(".")[0] == "numpy":
        yield "cpu"
    elif kind := getattr(getattr(answer, "device", None), "type", ""):  # a tensor
        yield "cpu" if kind == "cpu" else "gpu"
