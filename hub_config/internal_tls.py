"""TLS between hub, proxy, course pages and sessions: its files, and who is started with which."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509

from courses.service.events.door import Certificate
from hub_config.site import Site
from spawners.certificates import SESSIONS, authority
from spawners.errors import OnboardError
from spawners.hub_tls import AUTHORITIES, CERTIFICATE, KEY

RENEW_BEFORE = timedelta(days=90)
"""Longer than a session's certificate lives: none is cut short by its authority's end."""
_SERVICE_LIFETIME = timedelta(days=5 * 365)
_MAKE_LIMIT_S = 120


def alt_names(site: Site) -> list[str]:
    """Return what the hub's certificate holds beside `localhost`.

    The hub may answer in place of any session: it says so where none runs. And where sessions
    reach it from other machines, its address there.
    """
    address = site.hub.reachable_at
    kind = "IP" if _is_number(address) else "DNS"
    return [f"DNS:*.{SESSIONS}", *([] if address == "127.0.0.1" else [f"{kind}:{address}"])]


def _is_number(address: str) -> bool:
    try:
        ip_address(address)
    except ValueError:
        return False
    return True


def store(site: Site) -> Path:
    """Return the folder of the hub's authorities and certificates."""
    return site.hub_dir / "internal-ssl"


def prepare(site: Site) -> None:
    """Have certificates that hold for a while. Kept over restarts: sessions go on with them."""
    folder = store(site)
    if not _holds(folder / "hub-internal" / "hub-internal.crt"):
        shutil.rmtree(folder, ignore_errors=True)
        _make(site, folder)
        authority.cache_clear()
    identity = folder / "course-pages.pem"
    identity.touch(mode=0o600)
    services = authority(folder, "services-ca")
    identity.write_text(services.issue("course-pages", _SERVICE_LIFETIME), encoding="ascii")
    folder.chmod(0o700)


def _holds(path: Path) -> bool:
    # JupyterHub makes them all at once, for five years; so they end at once, too.
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return False
    return certificate.not_valid_after_utc - datetime.now(UTC) > RENEW_BEFORE


def _make(site: Site, folder: Path) -> None:
    options = ["--JupyterHub.internal_ssl=True", f"--JupyterHub.internal_certs_location={folder}"]
    options += [f"--JupyterHub.trusted_alt_names={name}" for name in alt_names(site)]
    done = subprocess.run(
        [sys.executable, "-m", "jupyterhub", "--generate-certs", *options],
        cwd=site.hub_dir,
        capture_output=True,
        text=True,
        timeout=_MAKE_LIMIT_S,
        check=False,
    )
    if done.returncode or not _holds(folder / "hub-internal" / "hub-internal.crt"):
        raise OnboardError(
            f"{folder}: the hub's certificates could not be made: {done.stderr[-300:]}",
            hint="Is there room, and is it a folder of the hub's own?",
        )


def proxy_options(site: Site) -> list[str]:
    """Return what configurable-http-proxy is told: its two sides, each with its certificate."""
    if not site.internal_tls:
        return []
    return [
        *_side(site, "api", "proxy-api"),
        *("--api-ssl-request-cert", "--api-ssl-reject-unauthorized"),
        *_side(site, "client", "proxy-client"),
    ]


def _side(site: Site, side: str, name: str) -> list[str]:
    folder = store(site)
    return [
        *(f"--{side}-ssl-key", str(folder / name / f"{name}.key")),
        *(f"--{side}-ssl-cert", str(folder / name / f"{name}.crt")),
        *(f"--{side}-ssl-ca", str(folder / f"{name}-ca_trust.crt")),
    ]


def proxy_environment(site: Site) -> dict[str, str]:
    """Return what makes the proxy check whose session it is about to hand a request to."""
    if not site.internal_tls:
        return {}
    return {"NODE_OPTIONS": f'--require="{files("hub_config") / "session_names.cjs"}"'}


def door(site: Site) -> Certificate | None:
    """Return what the course pages show to sessions that bring events: the hub's own certificate.

    It holds the address by which sessions know the hub's host, and they trust who signed it.
    """
    if not site.internal_tls:
        return None
    folder = store(site)
    own = folder / "hub-internal"
    return Certificate(
        key=own / "hub-internal.key",
        certificate=own / "hub-internal.crt",
        authorities=folder / "hub-ca_trust.crt",
    )


def service_environment(site: Site) -> dict[str, str]:
    """Return where the course pages find their certificate for the hub's API."""
    if not site.internal_tls:
        return {}
    identity = str(store(site) / "course-pages.pem")
    trust = str(store(site) / "services-ca_trust.crt")
    return {KEY: identity, CERTIFICATE: identity, AUTHORITIES: trust}
