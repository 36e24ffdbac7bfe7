"""A session's certificate: what it shows to the service that keeps events, and whom it believes.

JupyterHub's variables name the files. The key itself is in the memory of the session's server
(`spawners.hub_tls`): the path to it holds as long as that runs, and leads only its own user there.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass

_VARIABLES = ("JUPYTERHUB_SSL_KEYFILE", "JUPYTERHUB_SSL_CERTFILE", "JUPYTERHUB_SSL_CLIENT_CA")


@dataclass(frozen=True)
class Identity:
    """Three files in PEM: a private key, its certificate, and the site's authorities."""

    key: str
    certificate: str
    authorities: str

    def context(self) -> ssl.SSLContext:
        """Return how to speak; takes some milliseconds. Raises OSError.

        Only those that sign for the site's hub count: neither the system's, nor those that sign for
        sessions. And so does the name, the hub's address, which its certificate holds.
        """
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # asks for a certificate, and for its name
        made.minimum_version = ssl.TLSVersion.TLSv1_2
        made.load_verify_locations(self.authorities)
        made.load_cert_chain(self.certificate, self.key)
        return made


def identity_of(env: Mapping[str, str]) -> Identity | None:
    """Return the certificate of the session with this environment; None where it has none."""
    key, certificate, authorities = (env.get(name, "") for name in _VARIABLES)
    return Identity(key, certificate, authorities) if key and certificate and authorities else None
