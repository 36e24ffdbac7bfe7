"""Signing in by a site's own provider: what JupyterHub is told, and where the secret stays."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from hub_config import secret_store, site, up
from hub_config.configure import configure
from hub_config.provider_login import ProviderAuthenticator, read_secret
from hub_config.site import Site
from spawners.batch.fake import FakeBatch
from spawners.errors import InvalidInput

SECRET = "kept-in-a-file"
OIDC = """
[login.oidc]
service = "My site"
authorize_url = "https://login.example.org/auth"
token_url = "https://login.example.org/token"
userdata_url = "https://login.example.org/userinfo"
callback_url = "https://learn.example.org/hub/oauth_callback"
client_id = "onboarding"
client_secret_file = "{data}/hub/oidc-secret"
username_claim = "unix_name"
"""


@pytest.fixture
def there(tmp_path: Path) -> Site:
    """MeluXina, with everything settled that its file leaves open."""
    path = tmp_path / "there.toml"
    toml = site.text("meluxina").partition("# Take a line out")[0]
    toml = toml.replace('reachable_at = "127.0.0.1"', 'reachable_at = "hub.example.org"')
    # Tests run without that user.
    toml = toml.replace('run_as = "onboard-hub"\n', "")
    path.write_text(toml + OIDC, encoding="utf-8")
    return site.load(str(path), data_dir=tmp_path / "data")


async def test_the_provider_is_told_to_jupyterhub(there: Site, tmp_path: Path) -> None:
    config = configure(there, secret_store.load_or_make(tmp_path), FakeBatch())

    told = config.ProviderAuthenticator
    assert config.JupyterHub.authenticator_class is ProviderAuthenticator
    assert told.username_claim == "unix_name"
    assert told.oauth_callback_url == "https://learn.example.org/hub/oauth_callback"
    assert told.allow_all is True
    assert "root" in told.blocked_users
    assert "client_secret" not in told


async def test_the_authenticator_takes_the_configuration(there: Site, tmp_path: Path) -> None:
    config = configure(there, secret_store.load_or_make(tmp_path), FakeBatch())
    secret = there.hub_dir / "oidc-secret"
    secret.parent.mkdir(parents=True)
    secret.touch(mode=0o600)
    secret.write_text(f"{SECRET}\n", encoding="utf-8")

    authenticator = ProviderAuthenticator(config=config)

    assert authenticator.client_secret == SECRET
    assert authenticator.token_url == "https://login.example.org/token"
    assert authenticator.user_info_to_username({"unix_name": "u100123"}) == "u100123"


class Provider:
    """A provider on this machine: every code is good, and it is this person's."""

    def __init__(self, unix_name: str) -> None:
        self.secrets: list[str] = []
        provider = self

        class Token(RequestHandler):
            def post(self) -> None:
                provider.secrets.append(self.get_body_argument("client_secret"))
                self.write({"access_token": "t", "token_type": "Bearer"})

        class Userinfo(RequestHandler):
            def get(self) -> None:
                self.write({"unix_name": unix_name, "preferred_username": "somebody"})

        self.server = HTTPServer(Application([("/token", Token), ("/userinfo", Userinfo)]))
        self.sockets = bind_sockets(0, "127.0.0.1")
        self.server.add_sockets(self.sockets)
        self.address = f"http://127.0.0.1:{self.sockets[0].getsockname()[1]}"


class Returning:
    """The request with which a browser comes back from the provider."""

    def get_argument(self, name: str) -> str:
        return {"code": "one-code"}[name]

    def get_state_cookie(self) -> str:
        state = json.dumps({"code_verifier": "v"})
        return base64.urlsafe_b64encode(state.encode()).decode()


@pytest.mark.parametrize(
    ("claimed", "becomes"), [("u100123", "u100123"), ("root", None), ("Root", None)]
)
async def test_a_person_becomes_the_system_user_that_the_provider_names(
    there: Site, tmp_path: Path, claimed: str, becomes: str | None
) -> None:
    provider = Provider(claimed)
    config = configure(there, secret_store.load_or_make(tmp_path), FakeBatch())
    # The provider of this test has no certificate.
    config.ProviderAuthenticator.token_url = f"{provider.address}/token"
    config.ProviderAuthenticator.userdata_url = f"{provider.address}/userinfo"
    config.ProviderAuthenticator.client_secret = SECRET

    try:
        user = await ProviderAuthenticator(config=config).get_authenticated_user(Returning(), None)
    finally:
        provider.server.stop()
        await provider.server.close_all_connections()

    assert provider.secrets == [SECRET]
    assert (user["name"] if user else None) == becomes


async def test_sessions_on_other_machines_find_the_hub(there: Site, tmp_path: Path) -> None:
    config = configure(there, secret_store.load_or_make(tmp_path), FakeBatch())

    assert config.JupyterHub.hub_connect_url == "https://hub.example.org:8001"
    assert config.JupyterHub.hub_bind_url == "https://0.0.0.0:8001"
    assert "DNS:hub.example.org" in config.JupyterHub.trusted_alt_names


def test_no_passwords_are_made_where_a_provider_signs_people_in(there: Site) -> None:
    named = there.login.model_copy(update={"users": ("ada",), "everyone": False})

    _, passwords = up.prepare(there.model_copy(update={"login": named}))

    assert passwords == {}


def test_a_secret_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.touch(mode=0o600)
    path.write_text(SECRET, encoding="utf-8")
    assert read_secret(path) == SECRET

    path.chmod(0o640)
    with pytest.raises(InvalidInput, match="others may read it"):
        read_secret(path)


@pytest.mark.parametrize("content", [None, "", " \n"])
def test_a_missing_secret_is_named(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "secret"
    if content is not None:
        path.touch(mode=0o600)
        path.write_text(content, encoding="utf-8")

    with pytest.raises(InvalidInput, match="secret"):
        read_secret(path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("https://login.example.org/token", "http://login.example.org/token"),
        ("https://login.example.org/auth", "https://x y"),
        ('"unix_name"', '"a b"'),
        ('client_id = "onboarding"', 'client_id = "onboarding"\nclient_secret = "x"'),
    ],
)
def test_what_a_provider_cannot_be_is_refused(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "there.toml"
    toml = site.text("meluxina").partition("# Take a line out")[0] + OIDC
    path.write_text(toml.replace(old, new, 1), encoding="utf-8")

    assert site.mistakes(str(path))
