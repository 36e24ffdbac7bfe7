"""Who can prove to be whose session, with JupyterHub's own authorities and real handshakes."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import authorities
import pytest
from authorities import issued, session
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from spawners import certificates, hub_tls
from spawners.certificates import session_name


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return authorities.make(tmp_path_factory.mktemp("internal-ssl"))


def serving(environ: dict[str, str]) -> ssl.SSLContext:
    """As jupyter_server listens: a client must have a certificate too."""
    context = ssl.create_default_context(
        ssl.Purpose.CLIENT_AUTH, cafile=environ[hub_tls.AUTHORITIES]
    )
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(environ[hub_tls.CERTIFICATE], environ[hub_tls.KEY])
    return context


def asking(store: Path) -> ssl.SSLContext:
    """As the hub asks."""
    identity = issued(store, "hub-ca", "hub")
    context = ssl.create_default_context(cafile=str(store / "hub-ca_trust.crt"))
    context.load_cert_chain(identity)
    return context


def shake_hands(server: ssl.SSLContext, client: ssl.SSLContext, name: str) -> None:
    """Complete a handshake in memory. Raises SSLError where either refuses the other."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(down, up, server_hostname=name),
        server.wrap_bio(up, down, server_side=True),
    ]
    for _ in range(10):
        for end in tuple(ends):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            ends.remove(end)
    assert not ends


def test_a_session_answers_the_hub_under_its_users_name(store: Path) -> None:
    ada = serving(session(store, "ada"))

    shake_hands(ada, asking(store), session_name("ada"))


@pytest.mark.parametrize(
    "name", [session_name("ada"), "localhost", "127.0.0.1", "gpu1", "x.session.internal"]
)
def test_a_trainees_certificate_is_good_for_no_other_name(store: Path, name: str) -> None:
    bob = serving(session(store, "bob"))

    with pytest.raises(ssl.SSLCertVerificationError, match="match"):
        shake_hands(bob, asking(store), name)


def test_another_trainees_session_cannot_ask_as_the_hub(store: Path) -> None:
    ada, bob = serving(session(store, "ada")), session(store, "bob")
    client = ssl.create_default_context(cafile=str(store / "hub-ca_trust.crt"))
    client.load_cert_chain(bob[hub_tls.CERTIFICATE], bob[hub_tls.KEY])

    with pytest.raises(ssl.SSLError, match="CERTIFICATE_VERIFY_FAILED"):
        shake_hands(ada, client, session_name("ada"))


def test_a_certificate_has_one_name_a_small_key_and_an_end(store: Path) -> None:
    pem = certificates.for_session(store, "ada")[hub_tls.IDENTITY]

    certificate = x509.load_pem_x509_certificate(pem[pem.index("-----BEGIN CERT") :].encode())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert list(names) == [x509.DNSName(session_name("ada"))]
    key = certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert key.curve.name == "secp256r1"
    left = certificate.not_valid_after_utc - datetime.now(UTC)
    assert timedelta(days=29) < left <= timedelta(days=30)
    assert certificate.not_valid_before_utc < datetime.now(UTC)


def test_no_certificate_outlives_its_authority(store: Path) -> None:
    notebooks = certificates.authority(store, "notebooks-ca")

    pem = notebooks.issue("ada", timedelta(days=36500))

    certificate = x509.load_pem_x509_certificate(pem[pem.index("-----BEGIN CERT") :].encode())
    assert certificate.not_valid_after_utc == notebooks.certificate.not_valid_after_utc


def test_what_arrives_leaves_the_environment_and_is_no_file_of_any_folder(store: Path) -> None:
    environ = certificates.for_session(store, "ada")
    key = environ[hub_tls.IDENTITY]

    hub_tls.unpack(environ)

    assert not any("-----BEGIN" in value for value in environ.values())
    path = Path(environ[hub_tls.KEY])
    assert path.read_text(encoding="ascii") == key
    assert str(path.readlink()).startswith("/memfd:")


def test_without_tls_nothing_is_unpacked_and_the_hub_is_asked_plainly() -> None:
    environ = {"HOME": "/home/ada"}

    hub_tls.unpack(environ)

    assert environ == {"HOME": "/home/ada"}
    assert hub_tls.hub_context(environ) is None
