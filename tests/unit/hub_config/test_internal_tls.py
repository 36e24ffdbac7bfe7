"""The hub's own certificates: made once, private, kept, renewed in time; and who gets which."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from hub_config import internal_tls, secret_store, site
from hub_config.configure import configure, service_environment
from hub_config.site import Site
from hub_config.up import programs
from spawners.batch.fake import FakeBatch
from spawners.certificates import authority


@pytest.fixture
def onebox(tmp_path: Path) -> Site:
    found = site.load("onebox", data_dir=tmp_path)
    found.hub_dir.mkdir(parents=True)
    return found


@pytest.mark.slow
def test_certificates_are_made_once_kept_private_and_renewed_in_time(onebox: Site) -> None:
    internal_tls.prepare(onebox)
    folder = internal_tls.store(onebox)
    hubs = folder / "hub-internal" / "hub-internal.crt"
    made = hubs.read_bytes()
    assert folder.stat().st_mode & 0o077 == 0
    keys = [*folder.rglob("*.key"), folder / "course-pages.pem"]
    assert len(keys) > 5
    assert not [path for path in keys if path.stat().st_mode & 0o077]

    internal_tls.prepare(onebox)
    assert hubs.read_bytes() == made

    late = internal_tls.RENEW_BEFORE - timedelta(days=1)
    hubs.write_text(authority(folder, "hub-ca").issue("hub", late), encoding="ascii")
    internal_tls.prepare(onebox)
    assert hubs.read_bytes() != made
    services = x509.load_pem_x509_certificate((folder / "services-ca/services-ca.crt").read_bytes())
    pages = (folder / "course-pages.pem").read_bytes()
    x509.load_pem_x509_certificate(pages).verify_directly_issued_by(services)
    assert folder.stat().st_mode & 0o077 == 0


async def test_a_slurm_site_speaks_tls_and_a_laptop_need_not(
    onebox: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONBOARD_PROXY", "/bin/proxy")
    secrets = secret_store.load_or_make(tmp_path)
    local = site.load("local", data_dir=tmp_path)

    slurm_hub = configure(onebox, secrets, FakeBatch())
    local_hub = configure(local, secrets, FakeBatch())

    assert slurm_hub.JupyterHub.internal_ssl is True
    assert slurm_hub.JupyterHub.hub_bind_url.startswith("https://")
    assert slurm_hub.ConfigurableHTTPProxy.api_url.startswith("https://")
    assert local_hub.JupyterHub.internal_ssl is False
    assert local_hub.JupyterHub.hub_bind_url.startswith("http://")
    proxies = [
        next(one for one in programs(each, secrets) if one.name == "proxy")
        for each in (onebox, local)
    ]
    assert "--api-ssl-reject-unauthorized" in proxies[0].argv
    assert "session_names.cjs" in proxies[0].env["NODE_OPTIONS"]
    assert not [word for word in proxies[1].argv if "ssl" in word]
    assert "NODE_OPTIONS" not in proxies[1].env
    assert "JUPYTERHUB_SSL_KEYFILE" in service_environment(onebox, secrets)
    assert "JUPYTERHUB_SSL_KEYFILE" not in service_environment(local, secrets)


def test_a_site_may_choose(onebox: Site) -> None:
    plain = onebox.model_copy(update={"hub": onebox.hub.model_copy(update={"internal_tls": False})})

    assert onebox.internal_tls
    assert not plain.internal_tls
    assert internal_tls.proxy_options(plain) == []
