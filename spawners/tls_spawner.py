"""TLS between hub, proxy and session, as JupyterHub asks its spawners for it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from batchspawner import BatchSpawnerBase

from spawners import certificates, session_address
from spawners.callback import replace_batchspawners

replace_batchspawners()


class TlsSpawner(BatchSpawnerBase):
    """Its session has a certificate of its own, with its user's name."""

    _identity: dict[str, str]
    """The environment that carries the certificate; empty without TLS."""

    async def create_certs(self) -> dict[str, str]:
        """Make the session's certificate. It travels as the token does, so there are no paths."""
        store = Path(self.internal_certs_location)
        self._identity = certificates.for_session(store, self.user.name)
        return {}

    @property
    def server(self) -> Any:  # noqa: ANN401  untyped upstream
        """JupyterHub's record of where the session is; its certificate has its user's name."""
        server = super().server
        if server is not None and self.internal_ssl:
            server.wait_up = partial(session_address.wait_up, server, self.user.name)
        return server

    @server.setter
    def server(self, server: Any) -> None:  # noqa: ANN401
        BatchSpawnerBase.server.fset(self, server)

    @property
    def _scheme(self) -> str:
        return "https" if self.internal_ssl else "http"
