"""One Site becomes JupyterHub's configuration; passwords and secrets are kept well."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hub_config import login, secret_store, site
from hub_config.configure import configure, service_environment
from hub_config.roles import SERVICE_ACTS_WITH
from spawners.batch.fake import FakeBatch
from spawners.errors import InvalidInput


@pytest.fixture
def secrets(tmp_path: Path) -> secret_store.Secrets:
    return secret_store.load_or_make(tmp_path)


async def test_the_hub_starts_no_proxy_and_keeps_to_this_machine(
    secrets: secret_store.Secrets,
) -> None:
    config = configure(site.load("onebox"), secrets, FakeBatch())

    assert config.ConfigurableHTTPProxy.should_start is False
    assert config.JupyterHub.hub_bind_url.startswith("https://127.0.0.1:")
    assert config.SessionSpawner.machine.submit_as_trainee


async def test_two_sites_share_no_setting(secrets: secret_store.Secrets) -> None:
    first = configure(site.load("local", port=9100), secrets, FakeBatch())
    second = configure(site.load("onebox", port=9200), secrets, FakeBatch())

    assert first.JupyterHub.bind_url.endswith(":9100")
    assert second.JupyterHub.bind_url.endswith(":9200")
    assert first.SessionSpawner.watcher is not second.SessionSpawner.watcher


def test_the_course_pages_act_for_the_trainee_alone() -> None:
    assert all("!user" in scope or "!service" in scope for scope in SERVICE_ACTS_WITH)


def test_the_course_pages_learn_the_machine(secrets: secret_store.Secrets) -> None:
    env = service_environment(site.load("onebox"), secrets)

    assert json.loads(env["ONBOARD_MACHINE"])["name"] == "onebox"


def test_secrets_are_made_once_and_for_the_owner_alone(tmp_path: Path) -> None:
    first = secret_store.load_or_make(tmp_path)

    assert secret_store.load_or_make(tmp_path) == first
    assert (tmp_path / secret_store.FILE).stat().st_mode & 0o077 == 0


def test_damaged_secrets_are_named(tmp_path: Path) -> None:
    (tmp_path / secret_store.FILE).write_text("{}", encoding="utf-8")

    with pytest.raises(InvalidInput, match="damaged"):
        secret_store.load_or_make(tmp_path)


def test_only_the_right_password_of_a_known_user_opens(tmp_path: Path) -> None:
    path = tmp_path / "passwords.json"
    passwords = login.write_passwords(path, ("ada", "bob"))

    assert login.is_right(path, "ada", passwords["ada"])
    assert not login.is_right(path, "ada", passwords["bob"])
    assert not login.is_right(path, "eve", passwords["ada"])
    assert not login.is_right(path, "eve", "")
    assert passwords["ada"] not in path.read_text(encoding="utf-8")
    assert path.stat().st_mode & 0o077 == 0
