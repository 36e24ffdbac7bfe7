"""The certificates that hub, proxy, course pages and sessions know each other by.

JupyterHub makes the authorities, once, with RSA keys. What is made at each start of a session is
made here: an EC P-256 key and its certificate take about 1 ms, in the hub's event loop.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from spawners.hub_tls import IDENTITY, TRUST

SESSIONS = "session.internal"
"""Where sessions have their names; no address on any network (`.internal` is reserved)."""
SESSION_LIFETIME = timedelta(days=30)
"""The longest wait in the queue and the session itself: as long as its token may live."""
_CLOCK_SKEW = timedelta(hours=1)


def session_name(user: str) -> str:
    """Return the one name that the certificate of a user's sessions holds.

    Not the node's: which node is not known before the job starts, and others have sessions there.
    `hub_config/session_names.cjs` makes the same name, for the proxy.
    """
    return f"{hashlib.sha256(user.encode()).hexdigest()[:40]}.{SESSIONS}"


@dataclass(frozen=True)
class Authority:
    """One of JupyterHub's certificate authorities, and whom those that it signs for trust."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey
    trust: str

    def issue(self, name: str, lifetime: timedelta) -> str:
        """Return a new key and its certificate, in PEM, for both ends of a connection."""
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(self.certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _CLOCK_SKEW)
            .not_valid_after(min(now + lifetime, self.certificate.not_valid_after_utc))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(
                x509.ExtendedKeyUsage(
                    [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
                ),
                critical=False,
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.certificate.public_key()),  # type: ignore[arg-type]
                critical=False,
            )
            .sign(self.key, hashes.SHA256())
        )
        return (_pem(key) + certificate.public_bytes(serialization.Encoding.PEM)).decode()


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


@cache
def authority(store: Path, name: str) -> Authority:
    """Load an authority from JupyterHub's store, once a process: checking its key takes a while."""
    folder = store / name
    key = serialization.load_pem_private_key((folder / f"{name}.key").read_bytes(), None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError(f"{folder}: JupyterHub's authorities have RSA keys")
    return Authority(
        certificate=x509.load_pem_x509_certificate((folder / f"{name}.crt").read_bytes()),
        key=key,
        trust=(store / f"{name}_trust.crt").read_text(encoding="ascii"),
    )


def for_session(store: Path, user: str) -> dict[str, str]:
    """Return the environment that carries a new certificate to a session of `user`."""
    notebooks = authority(store, "notebooks-ca")
    identity = notebooks.issue(session_name(user), SESSION_LIFETIME)
    return {IDENTITY: identity, TRUST: notebooks.trust}
