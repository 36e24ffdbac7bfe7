"""TLS at the ends that speak to the hub: a session's key arrives, and a client's is used.

A session's key travels in its job's environment, as its token does, and is never a file on a disk.
"""

from __future__ import annotations

import os
import ssl
import sys
from collections.abc import Mapping, MutableMapping
from functools import cache

import jupyterhub.utils

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
    return context(environ.get(KEY), environ.get(CERTIFICATE), cafile=environ.get(AUTHORITIES))


@cache
def context(
    keyfile: str | None,
    certfile: str | None,
    cafile: str | None = None,
    *,
    purpose: ssl.Purpose = ssl.Purpose.SERVER_AUTH,
) -> ssl.SSLContext | None:
    """Do what `jupyterhub.utils.make_ssl_context` does, with the hub's authorities and no others.

    JupyterHub's own also trusts the system's, whoever they sign for; and reading them takes some
    40 ms of an event loop, at each start and each question to the hub.
    """
    if not keyfile or not certfile:
        return None
    serves = purpose is ssl.Purpose.CLIENT_AUTH
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if serves else ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.verify_mode = ssl.CERT_REQUIRED
    made.load_verify_locations(cafile)
    made.load_cert_chain(certfile, keyfile)
    if serves:
        # Each ticket is the client's certificate once more, written and read again.
        made.num_tickets = 0
    return made


def install() -> None:
    """Have JupyterHub's own code, loaded already or later, make its contexts here."""
    jupyterhub.utils.make_ssl_context = context
    for name, module in list(sys.modules.items()):
        if name.startswith("jupyterhub.") and hasattr(module, "make_ssl_context"):
            module.make_ssl_context = context  # type: ignore[attr-defined]
