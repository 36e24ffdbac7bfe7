"""A hub that says what the test tells it, a real catalogue, and the course pages on both."""

import json
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import urlencode

import pytest
from jupyterhub.httpclient import JupyterHubHTTPClient
from jupyterhub.services.auth import HubOAuth
from passing import passing_record
from tornado.httpclient import AsyncHTTPClient, HTTPResponse
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler, create_signed_value

from courses.authoring import manifest
from courses.catalogue import Catalogue
from courses.service.app import make_app
from courses.service.hub import HubClient
from courses.service.pages import Pages
from spawners.machine import Environment, Machine, SessionSize

PREFIX = "/services/courses/"
SECRET = b"the course pages' cookie secret"
TOKEN = "annas-own-token"

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
    catalogue.publish(source, passing_record(course))
    return catalogue


@dataclass
class FakeHub:
    """What the hub knows, and what it was asked to do."""

    server: dict | None = None
    standing: dict | None = None
    events: list[dict] = field(default_factory=list)
    refuses: tuple[int, str] | None = None
    knows: set[str] = field(default_factory=lambda: {TOKEN})
    asked: list[tuple[str, dict]] = field(default_factory=list)

    def runs(self, size: str, *, ready: bool = True, pending: str | None = None) -> None:
        self.server = {
            "ready": ready,
            "pending": pending,
            "stopped": False,
            "url": "/user/anna/",
            "started": "2026-11-23T11:00:00.000000Z",
            "user_options": {"size": size, "course": "welcome", "lesson": "first"},
        }


class _Api(RequestHandler):
    def initialize(self, hub: FakeHub) -> None:
        self.hub = hub

    def prepare(self) -> None:
        token = self.request.headers.get("Authorization", "").removeprefix("token ")
        if token not in self.hub.knows:
            self.set_status(403)
            self.finish({"message": "no such token"})


class _Whoami(_Api):
    def get(self) -> None:
        self.finish({"name": "anna", "kind": "user", "scopes": ["access:services!service=courses"]})


class _User(_Api):
    def get(self) -> None:
        servers = {"": self.hub.server} if self.hub.server else {}
        self.finish({"name": "anna", "servers": servers})


class _Standing(_Api):
    def get(self) -> None:
        if self.hub.standing is None:
            self.set_status(404)  # as an older hub, which has no such address
            self.finish({"message": "Not Found"})
            return
        self.finish(self.hub.standing)


class _Server(_Api):
    def post(self) -> None:
        self.hub.asked.append(("start", json.loads(self.request.body)["user_options"]))
        if self.hub.refuses:
            status, message = self.hub.refuses
            self.set_status(status)
            self.finish({"message": message})
            return
        self.hub.runs("cpu", ready=False, pending="spawn")
        self.set_status(202)

    def delete(self) -> None:
        self.hub.asked.append(("stop", {}))
        self.hub.server = None
        self.set_status(204)


class _Progress(_Api):
    async def get(self) -> None:
        if not self.hub.events:
            self.set_status(400)
            self.finish({"message": "anna is not starting..."})
            return
        for event in self.hub.events:
            self.write(f"\n\ndata: {json.dumps(event)}\n\n")
            await self.flush()


@pytest.fixture
def hub():
    return FakeHub()


@pytest.fixture
async def fake_hub(hub):
    shared = {"hub": hub}
    server, url = _serve(
        Application(
            [
                ("/hub/api/user", _Whoami, shared),
                ("/hub/api/users/anna", _User, shared),
                ("/hub/api/onboard/session", _Standing, shared),
                ("/hub/api/users/anna/server", _Server, shared),
                ("/hub/api/users/anna/server/progress", _Progress, shared),
            ],
            log_function=lambda _: None,
        )
    )
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
        api_token="the-services-own-token",
        base_url=PREFIX,
        oauth_client_id="service-courses",
        access_scopes={"access:services!service=courses"},
    )
    HubOAuth.clear_instance()


@pytest.fixture
async def browser(client, hub_auth, machine, catalogue):
    pages = Pages(
        site_title="The <b>Factory</b>",
        languages=("en", "fr", "de"),
        base="/",
        prefix=PREFIX,
        machine=machine,
        catalogue=catalogue,
        hub=client,
    )
    server, url = _serve(make_app(pages, cookie_secret=SECRET))
    browser = Browser(url)
    browser.sign_in()
    yield browser
    AsyncHTTPClient().close()
    await JupyterHubHTTPClient.loop_instance().close()
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

    async def press(self, path: str) -> HTTPResponse:
        """Post a button's form, as the page it stands on would."""
        await self.get(PREFIX)
        return await self.post(path, _xsrf=self.cookies["_xsrf"])

    async def _ask(self, path, method, mode, body=None) -> HTTPResponse:
        response = await AsyncHTTPClient().fetch(
            self.url + path,
            method=method,
            body=body,
            headers={
                "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
                "Sec-Fetch-Mode": mode,
                "Sec-Fetch-Site": "same-origin",
                "Accept-Language": self.accept_language,
            },
            follow_redirects=False,
            raise_error=False,
        )
        for line in response.headers.get_list("Set-Cookie"):
            self.cookies.update({name: one.value for name, one in SimpleCookie(line).items()})
        return response
