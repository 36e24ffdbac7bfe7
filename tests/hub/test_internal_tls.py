"""A stranger on the session's node, on the real scheduler: refused, whatever they hold."""

from __future__ import annotations

import os
import pwd
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import psutil
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from running_cluster import as_user
from running_site import Browser, RunningSite, until

from spawners.certificates import session_name

pytestmark = [pytest.mark.slow, pytest.mark.slurm, pytest.mark.timeout(420)]

IDENTITY, TRUST = "JUPYTERHUB_SSL_IDENTITY", "JUPYTERHUB_SSL_TRUST"


@contextmanager
def session(site: RunningSite, user: str) -> Iterator[tuple[Browser, psutil.Process]]:
    """A session that answers through the proxy, and its server's process."""
    with site.sign_in(user) as browser:
        browser.start(size="cpu-small")
        try:
            browser.ready()
            # What asks for a sign-in: from now on the browser sends its cookie along.
            browser.http.get(f"/user/{user}/files/none")
            assert f"jupyterhub-user-{user}" in browser.http.cookies
            yield browser, site.session_servers(user)[0]
        finally:
            browser.end()


def port_of(server: psutil.Process) -> int:
    listening = [one for one in server.net_connections("tcp") if one.status == psutil.CONN_LISTEN]
    # Kernels are not there yet: the one port on every address is the server's.
    return next(one.laddr.port for one in listening if one.laddr.ip == "0.0.0.0")


def self_signed(name: str) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject)
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now).not_valid_after(now + timedelta(days=1))
    builder = builder.add_extension(
        x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return (private + builder.sign(key, hashes.SHA256()).public_bytes(pem)).decode()


@contextmanager
def impostor(port: int, identity: str | None) -> Iterator[Path]:
    """Another trainee's own server on `port`; what it says is in the file."""
    said = Path(f"/tmp/impostor-{os.getpid()}-{port}.txt")
    entry = pwd.getpwnam("trainee02")
    script = Path(__file__).with_name("impostor.py")
    with script.open("rb") as program, said.open("wb") as out:
        process = subprocess.Popen(
            ["/usr/bin/python3", "-", str(port)],
            user=entry.pw_uid,
            group=entry.pw_gid,
            extra_groups=[],
            env={"PATH": "/usr/bin:/bin", **({"IDENTITY": identity} if identity else {})},
            cwd="/",
            stdin=program,
            stdout=out,
            stderr=out,
        )
    try:
        until(lambda: "listening" in said.read_text(), "the impostor listens", 10)
        yield said
    finally:
        process.kill()
        process.wait(10)
        said.unlink()


@pytest.mark.parametrize("holding", ["nothing", "a self-signed certificate", "their own session's"])
def test_who_takes_the_port_of_a_session_that_died_gets_no_request(
    onebox_site: RunningSite, holding: str
) -> None:
    with session(onebox_site, "trainee02") as (_, strangers):
        own = strangers.environ()[IDENTITY]
        identity = {
            "nothing": None,
            "a self-signed certificate": self_signed(session_name("trainee01")),
            "their own session's": own,
        }[holding]
        with session(onebox_site, "trainee01") as (browser, server):
            port = port_of(server)
            server.kill()
            psutil.wait_procs([server], timeout=10)

            with impostor(port, identity) as said:
                # The hub has not noticed the end yet: the proxy still sends requests there.
                answers = [browser.http.get("/user/trainee01/api") for _ in range(3)]

                heard = said.read_text()
    assert "reached" in heard
    assert not [one for one in answers if one.status_code == 200 or "impostor" in one.text]
    assert answers[0].status_code == 503
    for secret in (
        "GET ",
        "Cookie",
        "HTTP",
        "_xsrf",
        browser.http.cookies["jupyterhub-user-trainee01"],
    ):
        assert secret not in heard


def test_a_session_answers_the_hub_and_the_proxy_alone(
    onebox_site: RunningSite, tmp_path: Path
) -> None:
    with (
        session(onebox_site, "trainee01") as (_, server),
        session(onebox_site, "trainee02") as (_, strangers),
    ):
        port = port_of(server)
        pem = tmp_path / "strangers.pem"
        pem.write_text(strangers.environ()[IDENTITY])

        with pytest.raises(httpx.TransportError):
            httpx.get(f"http://127.0.0.1:{port}/user/trainee01/api", timeout=10)
        nobody = ssl.create_default_context()
        stranger = ssl.create_default_context()
        stranger.load_cert_chain(pem)
        for context in (nobody, stranger):
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            with pytest.raises(httpx.TransportError, match=r"(?i)certificate|unknown ca"):
                httpx.get(
                    f"https://127.0.0.1:{port}/user/trainee01/api", verify=context, timeout=10
                )
        hub = f"https://127.0.0.1:{onebox_site.port + 1}/hub/api/"
        with pytest.raises(httpx.TransportError, match=r"(?i)certificate"):
            httpx.get(hub, verify=nobody, timeout=10)


def test_a_killed_hub_comes_back_to_a_session_that_still_answers(onebox_site: RunningSite) -> None:
    with session(onebox_site, "trainee01") as (browser, server):
        hub = onebox_site.hub_process()
        hub.kill()
        psutil.wait_procs([hub], timeout=20)
        assert browser.http.get("/user/trainee01/api").status_code == 200

        until(lambda: _healthy(onebox_site), "the hub is back", 60)
        until(lambda: browser.server().get("ready"), "the session is the hub's again", 60)
        assert browser.http.get("/user/trainee01/api").status_code == 200
        assert server.is_running()


def test_the_key_is_in_nobodys_sight(onebox_site: RunningSite) -> None:
    with session(onebox_site, "trainee01") as (_, server):
        key = server.environ()[IDENTITY].splitlines()[2]
        job = server.environ()["SLURM_JOB_ID"]

        seen = "".join(
            shown.stdout + shown.stderr
            for shown in (
                as_user("trainee01", "scontrol", "show", "job", "-dd", job),
                as_user("trainee01", "scontrol", "write", "batch_script", job, "-"),
                as_user("trainee01", "grep", "-rs", key, "/home/trainee01"),
                as_user("trainee02", "ps", "axeww"),
                as_user("trainee02", "cat", f"/proc/{server.pid}/environ"),
            )
        )
        assert "session_server" in seen
        assert key not in seen
        assert not [one for one in psutil.process_iter() if key in _said(one)]
        logs = [*onebox_site.data_dir.rglob("*.log"), onebox_site.output]
        assert logs
        assert not [log for log in logs if key.encode() in log.read_bytes()]
        # What kernels inherit: where the files are, and not what is in them.
        headers = {"Authorization": f"token {onebox_site.session_token('trainee01')}"}
        kernels = f"{onebox_site.address}/user/trainee01/api/kernels"
        made = httpx.post(kernels, json={}, headers=headers, timeout=60)
        assert made.status_code == 201, made.text
        kernel = until(
            lambda: [one for one in server.children(recursive=True) if "ipykernel" in _said(one)],
            "a kernel runs",
            30,
        )[0]
        assert "JUPYTERHUB_SSL_KEYFILE" in kernel.environ()
        assert not [value for value in kernel.environ().values() if "-----BEGIN" in value]


def _said(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def _healthy(site: RunningSite) -> bool:
    try:
        return httpx.get(f"{site.address}/hub/health", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False
