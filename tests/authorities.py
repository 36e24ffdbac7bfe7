"""A site's certificate authorities, as JupyterHub's `init_internal_ssl` lays them out."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from certipy import Certipy

from spawners import certificates, hub_tls

_TRUST = {
    "hub-ca": ["hub-ca", "notebooks-ca", "services-ca"],
    "notebooks-ca": ["hub-ca", "proxy-client-ca"],
    "services-ca": ["hub-ca"],
}


def make(folder: Path) -> Path:
    """Make them; return the folder."""
    Certipy(store_dir=str(folder)).trust_from_graph(_TRUST)
    return folder


def session(store: Path, user: str) -> dict[str, str]:
    """Return what a session of `user` has once its job has started: three paths."""
    environ = certificates.for_session(store, user)
    hub_tls.unpack(environ)
    return environ


def issued(store: Path, authority: str, name: str) -> Path:
    """Have a key and its certificate for somebody; return the file with both."""
    made = certificates.authority(store, authority).issue(name, timedelta(days=1))
    file = store / f"{authority}-{name}.pem"
    file.write_text(made, encoding="ascii")
    return file
