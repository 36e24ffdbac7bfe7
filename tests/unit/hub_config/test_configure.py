"""One Site becomes JupyterHub's configuration; passwords and secrets are kept well."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from courses.service.events.door import Door
from courses.service.learning.settings import EVENTS_SCOPE, LearningSettings
from hub_config import login, secret_store, site
from hub_config.configure import configure, service_environment
from hub_config.roles import SERVICE, SERVICE_ACTS_WITH, roles
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


def test_the_course_pages_by_themselves_start_and_end_sessions_and_get_into_none() -> None:
    (own,) = (role for role in roles() if SERVICE in role.get("services", ()))
    assert own["scopes"] == ["list:users", "servers", "custom:onboard:admit"]


def test_the_course_pages_open_their_store_in_a_folder_with_a_space(
    secrets: secret_store.Secrets, tmp_path: Path
) -> None:
    here = site.load("local", data_dir=tmp_path / "a folder")

    told = LearningSettings.model_validate_json(
        service_environment(here, secrets)["ONBOARD_LEARNING"]
    )

    assert told.database == f"sqlite:///{here.hub_dir}/learning.sqlite"


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


async def test_sessions_are_told_where_to_bring_events_and_may_do_nothing_else_there(
    secrets: secret_store.Secrets,
) -> None:
    far = site.load("onebox")
    far = far.model_copy(update={"hub": far.hub.model_copy(update={"reachable_at": "hub.site"})})

    config = configure(far, secrets, FakeBatch())
    door = Door.model_validate_json(service_environment(far, secrets)["ONBOARD_EVENTS_DOOR"])

    assert config.SessionSpawner.job_variables["ONBOARD_EVENTS_URL"] == (
        "https://hub.site:8004/services/courses/api/events"
    )
    assert (door.host, door.port, door.tls is not None) == ("0.0.0.0", 8004, True)
    assert EVENTS_SCOPE in config.SessionSpawner.server_token_scopes
    assert not [one for one in config.SessionSpawner.server_token_scopes if "services" in one]
    assert EVENTS_SCOPE not in SERVICE_ACTS_WITH


def test_on_one_machine_the_door_for_events_is_open_to_that_machine_alone(
    secrets: secret_store.Secrets,
) -> None:
    env = service_environment(site.load("local"), secrets)

    door = Door.model_validate_json(env["ONBOARD_EVENTS_DOOR"])

    assert (door.host, door.tls) == ("127.0.0.1", None)
    kept = LearningSettings.model_validate_json(env["ONBOARD_LEARNING"])
    assert kept.database == f"sqlite:///{site.load('local').hub_dir}/learning.sqlite"


@pytest.mark.parametrize(
    ("database", "why"),
    [
        ("postgresql://ada:secret@db/learning", "password"),
        ("postgresql://db/learning?password=secret", "password"),
        ("mysql://db/learning", "begins with"),
        ("learning.sqlite", "begins with"),
    ],
)
def test_a_database_is_an_address_without_a_password(database: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        LearningSettings(database=database)
