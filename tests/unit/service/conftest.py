"""A hub that says what the test tells it, a real catalogue, and the course pages on both."""

import json
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import urlencode

import pytest
from fake_hub import SERVICE_TOKEN, SESSION_TOKEN, TOKEN, FakeHub, routes
from jupyterhub.httpclient import JupyterHubHTTPClient
from jupyterhub.services.auth import HubOAuth
from postgres import lacking, server
from published import publish
from tornado.httpclient import AsyncHTTPClient, HTTPResponse
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, create_signed_value

from courses.authoring import manifest
from courses.catalogue import Catalogue
from courses.service.app import make_app
from courses.service.hub import HubClient
from courses.service.learning.learning import Learning
from courses.service.pages import Pages
from courses.service.store.store import Store
from spawners.machine import Environment, Machine, SessionSize

PREFIX = "/services/courses/"
SECRET = b"the course pages' cookie secret"

COURSE = """
id = "welcome"
version = "1.2.0"
title = "Welcome <script>alert(1)</script>"
summary = "What this machine is."
authors = ["A. Teacher"]
licence = "CC BY 4.0"
[[lessons]]
id = "first"
title = "Your first session"
summary = "What you have."
notebook = "first.ipynb"
duration_minutes = 15
[[lessons]]
id = "gpu"
title = "Inside the GPU"
summary = "What it does."
notebook = "gpu.ipynb"
duration_minutes = 50
needs = { cpus = 2, memory_mib = 2048, gpu = "required" }
[[lessons]]
id = "huge"
title = "Too large"
summary = "More than this site has."
notebook = "huge.ipynb"
duration_minutes = 30
needs = { cpus = 64, memory_mib = 262144, gpu = "required" }
"""


@pytest.fixture
def machine():
    small = SessionSize(name="cpu", title="CPU, small", cpus=2, memory_mib=4096, time_limit_s=3600)
    gpu = SessionSize(
        name="gpu", title="1 GPU", cpus=4, memory_mib=16384, time_limit_s=3600, gpus=1
    )
    default = Environment(name="default", title="Default", path="/opt/onboard")
    return Machine(name="local", batch="local", sizes=(small, gpu), environments=(default,))


@pytest.fixture
def catalogue(tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    (source / "course.toml").write_text(COURSE)
    course = manifest.load(source)
    for lesson in course.lessons:
        (source / lesson.notebook).write_text("{}")
    catalogue = Catalogue(tmp_path / "catalogue")
    publish(catalogue, source)
    return catalogue


@pytest.fixture(scope="session")
def postgres():
    """One PostgreSQL for all tests of the store: each asks it for a database of its own."""
    if reason := lacking():
        pytest.skip(reason)
    with server() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """The address of an empty database, of each kind that the learning store may lie in."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/learning.sqlite"
    return request.getfixturevalue("postgres").new_database()


@pytest.fixture
def store(url):
    store = Store(url, key=b"the site's secret")
    yield store
    store.close()


@pytest.fixture
def hub():
    return FakeHub()


@pytest.fixture
async def fake_hub(hub):
    server, url = _serve(Application(routes(hub), log_function=lambda _: None))
    yield server, f"{url}/hub/api"
    server.stop()
    await server.close_all_connections()


@pytest.fixture
async def client(fake_hub):
    client = HubClient(fake_hub[1], timeout_s=5, silence_s=5)
    yield client
    client.close()


@pytest.fixture
def hub_auth(fake_hub):
    HubOAuth.clear_instance()
    yield HubOAuth.instance(
        api_url=fake_hub[1],
        api_token=SERVICE_TOKEN,
        base_url=PREFIX,
        oauth_client_id="service-courses",
        access_scopes={"access:services!service=courses"},
    )
    HubOAuth.clear_instance()


@pytest.fixture
async def learning(tmp_path):
    url = f"sqlite:///{tmp_path}/learning.sqlite"
    learning = Learning(url, b"the site's secret", keep_days=30, instructors={"welcome": ("tess",)})
    learning.start()
    await learning.opened()
    yield learning
    await learning.stop()


@pytest.fixture
async def pages(client, hub_auth, machine, catalogue, learning):
    yield Pages(
        site_title="The <b>Factory</b>",
        languages=("en", "fr", "de"),
        base="/",
        prefix=PREFIX,
        machine=machine,
        catalogue=catalogue,
        hub=client,
        learning=learning,
        token=SERVICE_TOKEN,
    )
    AsyncHTTPClient().close()
    await JupyterHubHTTPClient.loop_instance().close()


@pytest.fixture
async def browser(pages):
    server, url = _serve(make_app(pages, cookie_secret=SECRET))
    browser = Browser(url)
    browser.sign_in()
    yield browser
    server.stop()
    await server.close_all_connections()


def _serve(app: Application) -> tuple[HTTPServer, str]:
    server = HTTPServer(app)
    sockets = bind_sockets(0, "127.0.0.1")
    server.add_sockets(sockets)
    return server, f"http://127.0.0.1:{sockets[0].getsockname()[1]}"


@dataclass
class Browser:
    """Anna's browser: keeps cookies, follows nothing, sends what a real one sends."""

    url: str
    cookies: dict[str, str] = field(default_factory=dict)
    accept_language: str = "en-GB,en;q=0.8"

    def sign_in(self) -> None:
        value = create_signed_value(SECRET, "service-courses", TOKEN)
        self.cookies["service-courses"] = value.decode()

    async def get(self, path: str, mode: str = "navigate") -> HTTPResponse:
        return await self._ask(path, "GET", mode)

    async def post(self, path: str, **fields: str) -> HTTPResponse:
        return await self._ask(path, "POST", "navigate", urlencode(fields))

    async def send(self, events, token: str = SESSION_TOKEN, **headers: str) -> HTTPResponse:
        """Send events as a session does: with a token, and without a cookie."""
        body = events if isinstance(events, bytes) else json.dumps(events).encode()
        return await AsyncHTTPClient().fetch(
            f"{self.url}{PREFIX}api/events",
            method="POST",
            body=body,
            headers={"Authorization": f"token {token}", **headers},
            raise_error=False,
        )

    async def upload(self, path: str, roster: bytes, **fields: str) -> HTTPResponse:
        """Post a form with a file, as a browser does."""
        mark = "a-mark-that-is-in-no-field"
        parts = [
            f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        ]
        parts.append(
            f'--{mark}\r\nContent-Disposition: form-data; name="roster"; filename="r.csv"\r\n'
            "Content-Type: text/csv\r\n\r\n"
        )
        body = "".join(parts).encode() + roster + f"\r\n--{mark}--\r\n".encode()
        return await self._ask(
            path, "POST", "navigate", body, f"multipart/form-data; boundary={mark}"
        )

    async def press(self, path: str) -> HTTPResponse:
        """Post a button's form, as the page it stands on would."""
        await self.get(PREFIX)
        return await self.post(path, _xsrf=self.cookies["_xsrf"])

    async def _ask(self, path, method, mode, body=None, kind="") -> HTTPResponse:
        response = await AsyncHTTPClient().fetch(
            self.url + path,
            method=method,
            body=body,
            headers={
                "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
                "Sec-Fetch-Mode": mode,
                "Sec-Fetch-Site": "same-origin",
                "Accept-Language": self.accept_language,
                **({"Content-Type": kind} if kind else {}),
            },
            follow_redirects=False,
            raise_error=False,
        )
        for line in response.headers.get_list("Set-Cookie"):
            self.cookies.update({name: one.value for name, one in SimpleCookie(line).items()})
        return response
