"""A Jupyter server extension: tells the hub which port this session listens on.

It asks again while the hub is away: a hub that comes back finds its sessions.
"""

from __future__ import annotations

import asyncio
import json
import os
from typing import Any

from jupyterhub.utils import exponential_backoff, url_path_join
from tornado.httpclient import AsyncHTTPClient, HTTPClientError

from spawners.hub_tls import hub_context

PATH = "onboard/port"
PATIENCE_S = 6 * 3600

_reports: set[asyncio.Task[None]] = set()  # a task that nobody holds may be dropped


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "spawners.port_report"}]


def _load_jupyter_server_extension(serverapp: Any) -> None:  # noqa: ANN401  untyped upstream
    """Nothing to load: the report waits for the server to listen."""


async def _start_jupyter_server_extension(serverapp: Any) -> None:  # noqa: ANN401
    report = asyncio.create_task(_report(serverapp.port, serverapp.log))
    _reports.add(report)
    report.add_done_callback(_reports.discard)


async def _report(port: int, log: Any) -> None:  # noqa: ANN401
    tls = hub_context(os.environ)

    async def told() -> bool:
        try:
            await AsyncHTTPClient().fetch(
                url_path_join(os.environ["JUPYTERHUB_API_URL"], PATH),
                method="POST",
                headers={"Authorization": f"token {os.environ['JUPYTERHUB_API_TOKEN']}"},
                body=json.dumps({"port": port}),
                ssl_options=tls,
            )
        except (OSError, HTTPClientError) as error:
            log.warning("The hub did not take this session's port yet: %s", error)
            return False
        return True

    await exponential_backoff(
        told, "The hub never took this session's port.", timeout=PATIENCE_S, max_wait=15
    )
    log.info("The hub knows this session's port.")
