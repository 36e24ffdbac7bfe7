"""papermill's client and engine, with an eye on how much a kernel sends."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from typing import Any

from nbformat import NotebookNode
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, papermill_engines
from traitlets.config import Config

from courses.validation import isolation, processes

ENGINE = "onboard"
"""The engine's name, for papermill."""
MOST_OUTPUT_MIB = 16
"""What one lesson may print and draw, in all."""
MOST_OUTPUTS = 10_000
"""How many outputs one cell may leave."""

_KEPT_FIELDS = ("data", "text", "traceback", "evalue")


class Flood:
    """Counts what a kernel sends, and ends the kernel when that is too much."""

    def __init__(self) -> None:
        self.over = ""
        """Why it was too much; a sentence."""
        self.last_at = 0.0
        self._bytes = 0
        self._client: PapermillNotebookClient | None = None

    def watch(self, client: PapermillNotebookClient) -> None:
        """Take the client whose kernel this is about."""
        self._client = client

    def takes(self, content: Mapping[str, Any]) -> bool:
        """Return whether there is still room for what the kernel sent."""
        self.last_at = time.monotonic()
        self._bytes += sum(_size(content[name]) for name in _KEPT_FIELDS if name in content)
        if self._bytes > MOST_OUTPUT_MIB * 1024**2:
            self.stop(f"The lesson printed more than {MOST_OUTPUT_MIB} MiB; it was here.")
        return not self.over

    def counts(self, cell: NotebookNode) -> None:
        """Look at how many outputs a cell has."""
        if len(cell.outputs) > MOST_OUTPUTS:
            self.stop(f"The cell showed more than {MOST_OUTPUTS} outputs.")

    def stop(self, why: str) -> None:
        """End the kernel, for this reason."""
        if not self.over:
            self.over = why
            self.end_kernel()

    def end_kernel(self) -> None:
        """End the kernel, with all that it started."""
        keeper = self._keeper()
        if keeper is not None and keeper.poll() is None:
            os.kill(keeper.pid, signal.SIGTERM)

    def unreachable(self) -> int:
        """Return how often something in the kernel's network has found no way out."""
        keeper = self._keeper()
        kernels = processes.descendants(keeper.pid)[:1] if keeper is not None else []
        return sum(isolation.unreachable(pid) for pid in kernels)

    def _keeper(self) -> Any:  # noqa: ANN401  the provisioner's Child, behind untyped packages
        manager = self._client.km if self._client is not None else None
        return getattr(getattr(manager, "provisioner", None), "process", None)


class _Client(PapermillNotebookClient):
    """papermill's client, with an eye on how much comes in."""

    def __init__(self, nb_man: Any, *, flood: Flood, **settings: Any) -> None:  # noqa: ANN401
        super().__init__(nb_man, **settings)
        self._flood = flood
        flood.watch(self)

    def process_message(self, msg: dict[str, Any], *where: Any) -> Any:  # noqa: ANN401
        if not self._flood.takes(msg["content"]):
            # As if the kernel had only said that it is busy.
            header = {**msg["header"], "msg_type": "status"}
            content = {"execution_state": "busy"}
            msg = {**msg, "msg_type": "status", "header": header, "content": content}
        output = super().process_message(msg, *where)
        self._flood.counts(where[0])
        return output


class _Engine(Engine):
    """papermill's usual engine (`papermill.engines.NBClientEngine`) with our client."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,  # noqa: ANN401
        kernel_name: str,
        *,
        start_timeout: int,
        execution_timeout: int,
        flood: Flood,
        config: Config,
        shutdown_kernel: str,
        allow_errors: bool,
        on_cell_start: Any,  # noqa: ANN401
        on_cell_executed: Any,  # noqa: ANN401
        **_: object,
    ) -> NotebookNode:
        client = _Client(
            nb_man,
            flood=flood,
            kernel_name=kernel_name,
            timeout=execution_timeout,
            startup_timeout=start_timeout,
            config=config,
            shutdown_kernel=shutdown_kernel,
            allow_errors=allow_errors,
            on_cell_start=on_cell_start,
            on_cell_executed=on_cell_executed,
        )
        return client.execute()


papermill_engines.register(ENGINE, _Engine)


def _size(value: object) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, Mapping):
        return sum(_size(one) for one in value.values())
    return sum(_size(one) for one in value) if isinstance(value, list) else 0
