"""TLS at the ends that speak to the hub: a session's key arrives, and a client's is used.

A session's key travels in its job's environment, as its token does, and is never a file on a disk.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping, MutableMapping

from jupyterhub.utils import make_ssl_context

IDENTITY = "JUPYTERHUB_SSL_IDENTITY"
"""PEM: the session's private key, then its certificate."""
TRUST = "JUPYTERHUB_SSL_TRUST"
"""PEM: the authorities that sign for hub and proxy."""
# JupyterHub's own names, each for a path.
KEY, CERTIFICATE, AUTHORITIES = (
    "JUPYTERHUB_SSL_KEYFILE",
    "JUPYTERHUB_SSL_CERTFILE",
    "JUPYTERHUB_SSL_CLIENT_CA",
)


def unpack(environ: MutableMapping[str, str]) -> None:
    """Put what arrived where JupyterHub's server looks for it, and out of the environment."""
    identity, trust = environ.pop(IDENTITY, None), environ.pop(TRUST, None)
    if identity is None or trust is None:
        return
    own = _in_memory("session-identity", identity)
    environ.update({KEY: own, CERTIFICATE: own, AUTHORITIES: _in_memory("session-trust", trust)})


def _in_memory(name: str, content: str) -> str:
    """Return the path of a file that ends with this process, and only its own user can open."""
    descriptor = os.memfd_create(name)
    os.write(descriptor, content.encode())
    # By number, not `self`: kernels inherit the path, and may have to speak to the hub.
    return f"/proc/{os.getpid()}/fd/{descriptor}"


def hub_context(environ: Mapping[str, str]) -> ssl.SSLContext | None:
    """Return how to ask the hub's API, or None where it speaks plain HTTP."""
    context: ssl.SSLContext | None = make_ssl_context(
        environ.get(KEY), environ.get(CERTIFICATE), cafile=environ.get(AUTHORITIES)
    )
    return context
