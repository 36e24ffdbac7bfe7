"""A Jupyter server extension: the session's token stays out of the files of its user's home.

By itself the server writes it to `jpserver-PID.json` and `jpserver-PID-open.html`, which a killed
session leaves behind, on a file system that many machines and backups may read.
"""

from __future__ import annotations

from typing import Any


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "spawners.token_in_memory"}]


def _load_jupyter_server_extension(serverapp: Any) -> None:  # noqa: ANN401  untyped upstream
    told = serverapp.server_info
    serverapp.server_info = lambda: {**told(), "token": ""}
    serverapp.no_browser_open_file = True
