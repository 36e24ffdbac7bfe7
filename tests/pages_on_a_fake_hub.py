"""The course pages and the look of the hub on one address, over a hub that says what we tell it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fake_hub import SERVICE_TOKEN, TOKEN, FakeHub, routes
from jupyterhub.services.auth import HubOAuth
from playwright.sync_api import BrowserContext
from published import publish
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import StaticFileHandler, create_signed_value

import hub_config
from courses.authoring import manifest
from courses.catalogue import Catalogue
from courses.service.app import make_app
from courses.service.hub import HubClient
from courses.service.learning.learning import Learning
from courses.service.pages import Pages
from hub_config import site

PREFIX = "/services/courses/"
SECRET = b"the course pages' cookie secret"
LOOK = Path(hub_config.__file__).parent / "static"
COURSE = """
id = "welcome"
version = "1.2.0"
title = "Welcome to the AI factory"
summary = "What this machine is, and your first steps on it."
authors = ["A. Teacher"]
licence = "CC BY 4.0"
[[lessons]]
id = "first"
title = "Your first session"
summary = "What you have, and how to look at it."
notebook = "first.ipynb"
duration_minutes = 15
"""


@contextmanager
def served(hub: FakeHub, folder: Path, course: str = COURSE) -> Iterator[str]:
    """Serve the pages of one course from a thread of their own; yield the address."""
    began, loop = threading.Event(), asyncio.new_event_loop()
    sockets = bind_sockets(0, "127.0.0.1")
    address = f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
    done = asyncio.Event()

    async def serve() -> None:
        client = HubClient(f"{address}/hub/api")
        database = f"sqlite:///{folder}/learning.sqlite"
        learning = Learning(database, SECRET, 30, instructors={"welcome": ("tess",)})
        learning.start()
        await learning.opened()
        app = make_app(_pages(client, learning, folder, course), cookie_secret=SECRET)
        app.add_handlers(
            ".*$", [*routes(hub), (r"/hub/look/(.*)", StaticFileHandler, {"path": str(LOOK)})]
        )
        server = HTTPServer(app)
        server.add_sockets(sockets)
        began.set()
        await done.wait()
        server.stop()
        await server.close_all_connections()
        client.close()
        await learning.stop()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    HubOAuth.clear_instance()
    HubOAuth.instance(
        api_url=f"{address}/hub/api",
        api_token=SERVICE_TOKEN,
        base_url=PREFIX,
        oauth_client_id="service-courses",
        access_scopes={"access:services!service=courses"},
    )
    thread.start()
    try:
        assert began.wait(20)
        yield address
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join(20)
        loop.close()
        HubOAuth.clear_instance()


def sign_in(context: BrowserContext, address: str, token: str = TOKEN) -> None:
    """Give the browser what a sign-in leaves behind."""
    value = create_signed_value(SECRET, "service-courses", token).decode()
    context.add_cookies([{"name": "service-courses", "value": value, "url": address}])


def _pages(client: HubClient, learning: Learning, folder: Path, course: str) -> Pages:
    onebox = site.load("onebox", data_dir=folder)
    return Pages(
        site_title="AI factory in one box",
        languages=("en", "fr", "de"),
        base="/",
        prefix=PREFIX,
        machine=onebox.machine,
        catalogue=_catalogue(folder, course),
        hub=client,
        learning=learning,
        token=SERVICE_TOKEN,
    )


def _catalogue(folder: Path, course: str) -> Catalogue:
    source = folder / "source"
    source.mkdir()
    (source / "course.toml").write_text(course)
    for lesson in manifest.load(source).lessons:
        (source / lesson.notebook).write_text("{}")
    catalogue = Catalogue(folder / "catalogue")
    publish(catalogue, source)
    return catalogue
