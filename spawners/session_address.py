"""The hub's own look at a session that started: it answers, and proves to be that user's."""

from __future__ import annotations

import ssl
from typing import Any

import aiohttp
from jupyterhub.httpclient import fetch
from jupyterhub.utils import exponential_backoff, url_path_join

from spawners.certificates import session_name

_BROKEN = 500


async def wait_up(
    server: Any,  # noqa: ANN401  untyped upstream
    user: str,
    *,
    timeout: float,  # noqa: ASYNC109  JupyterHub's own name, which it calls this with
    ssl_context: ssl.SSLContext,
    extra_path: str = "",
    http: bool = True,  # noqa: ARG001
) -> Any:  # noqa: ANN401
    """Do what `Server.wait_up` does, but check the user's name and not the node's.

    Raises TimeoutError after `timeout` seconds.
    """
    url = url_path_join(server.url, extra_path)

    async def answer() -> Any:  # noqa: ANN401
        try:
            response = await fetch(
                url,
                ssl=ssl_context,
                server_hostname=session_name(user),
                allow_redirects=False,
                raise_for_status=False,
            )
        except (aiohttp.ClientError, TimeoutError):
            return None
        return response if response.status < _BROKEN else None

    return await exponential_backoff(
        answer, f"The session at {url} did not answer as {user}'s.", timeout=timeout
    )
