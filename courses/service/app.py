"""The course pages as a process: started by the hub, told all it knows by the environment."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import logging
import os
import signal
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import ValidationError
from tornado.httpserver import HTTPServer
from tornado.log import enable_pretty_logging
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from courses.catalogue import Catalogue
from courses.service import handlers, live, look
from courses.service.classes import pages as class_pages
from courses.service.classes.told import Told
from courses.service.events import handlers as events_handlers
from courses.service.events.door import LONGEST_BODY, Door
from courses.service.hub import HubClient
from courses.service.learning import pages as learning_pages
from courses.service.learning.learning import Learning
from courses.service.learning.settings import LearningSettings
from courses.service.pages import Pages
from spawners import hub_tls
from spawners.errors import InvalidInput, OnboardError
from spawners.machine import Line, Machine, Model

log = logging.getLogger(__name__)

_STATIC = Path(__file__).parent / "static"
_PORT_PATIENCE_S = 10.0


class Settings(Model):
    """What the hub tells its course pages."""

    catalogue: Path
    machine: Machine
    site_title: Line
    languages: tuple[str, ...] = ()
    """The site's, best first; empty is the language that the pages are written in."""
    learning: LearningSettings
    door: Door | None = None
    base: str
    prefix: str
    api_url: str
    bind_url: str
    token: str


def settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings. Raises InvalidInput naming the variable."""
    try:
        return Settings(
            catalogue=Path(environ["ONBOARD_CATALOGUE"]),
            machine=Machine.model_validate_json(environ["ONBOARD_MACHINE"]),
            site_title=environ["ONBOARD_SITE_TITLE"],
            languages=tuple(environ.get("ONBOARD_LANGUAGES", "").split()),
            learning=LearningSettings.model_validate_json(environ["ONBOARD_LEARNING"]),
            door=_door(environ.get("ONBOARD_EVENTS_DOOR")),
            base=environ["JUPYTERHUB_BASE_URL"],
            prefix=environ["JUPYTERHUB_SERVICE_PREFIX"],
            api_url=environ["JUPYTERHUB_API_URL"],
            bind_url=environ["JUPYTERHUB_SERVICE_URL"],
            token=environ["JUPYTERHUB_API_TOKEN"],
        )
    except KeyError as error:
        raise InvalidInput(
            f"The course pages need the variable {error.args[0]}.",
            hint="They are started by the hub, as a managed service.",
        ) from None
    except ValidationError as error:
        raise InvalidInput(
            f"The course pages' variables are not right: {error}",
            hint="The hub's configuration sets those that begin with ONBOARD.",
        ) from None


def _door(said: str | None) -> Door | None:
    return Door.model_validate_json(said) if said else None


def make_app(pages: Pages, *, cookie_secret: bytes) -> Application:
    """Put the pages at their addresses.

    With the same secret after a restart, pages that are open go on: what a cookie is worth is the
    hub's to say, each time.
    """
    names = r"([^/]+)/([^/]+)"
    shared = {"pages": pages}
    routes = {
        "": handlers.CoursesPage,
        r"courses/([^/]+)/?": handlers.CoursePage,
        f"start/{names}": handlers.Start,
        f"restart/{names}": handlers.Restart,
        "stop": handlers.Stop,
        f"wait/{names}": handlers.Wait,
        "wait": handlers.WaitForSession,
        "api/state": live.StateNow,
        "api/progress": live.ProgressNow,
        "api/events": events_handlers.Events,
        "api/notes": Told,
        "learning": learning_pages.MyLearning,
        "learning/export": learning_pages.ExportMine,
        "learning/erase": learning_pages.EraseMine,
        r"class/([^/]+)": learning_pages.Class,
        r"class/([^/]+)/now": learning_pages.ClassNow,
        r"class/([^/]+)/csv": learning_pages.ClassCsv,
        r"class/([^/]+)/xapi": learning_pages.ClassXapi,
        **class_pages.routes(),
        "oauth_callback": look.Callback,
    }
    return Application(
        [
            *((pages.prefix + path, handler, shared) for path, handler in routes.items()),
            (rf"{pages.prefix}static/(.*)", look.Static, {"path": str(_STATIC)}),
        ],
        cookie_secret=cookie_secret,
        default_handler_class=look.NotFound,
        default_handler_args=shared,
        log_function=_log_request,
    )


def _log_request(handler: RequestHandler) -> None:
    # The path alone: what stands behind it may be a sign-in's code or an XSRF token.
    request = handler.request
    level = logging.ERROR if handler.get_status() >= 500 else logging.INFO
    if level == logging.INFO and isinstance(handler, events_handlers.Events):
        level = logging.DEBUG  # each trainee sends some every few seconds
    log.log(level, "%d %s %s", handler.get_status(), request.method, request.path)


async def serve(told: Settings) -> None:
    """Serve the pages until told to end, or until whoever started this process is gone."""
    hub = HubClient(told.api_url, tls=hub_tls.hub_context(os.environ))
    learning = _learning(told)
    pages = Pages(
        site_title=told.site_title,
        languages=told.languages,
        base=told.base,
        prefix=told.prefix,
        machine=told.machine,
        catalogue=Catalogue(told.catalogue),
        hub=hub,
        learning=learning,
        token=told.token,
    )
    app = make_app(pages, cookie_secret=_key(told, "cookies"))
    server = HTTPServer(app, xheaders=True, max_body_size=LONGEST_BODY)
    # Before anyone can know that we are here: an end that comes early counts too.
    parent, ending = os.getppid(), _ending()
    learning.start()
    pages.classes.start()
    await _listen(server, told.bind_url)
    door = _opened(told.door, pages)
    log.info("The course pages are at %s", told.prefix)
    await _until(ending, parent)
    for each in (server, *door):
        each.stop()
    await pages.classes.stop()
    await learning.stop()
    hub.close()


def _learning(told: Settings) -> Learning:
    kept = told.learning
    if kept.database is None:
        raise InvalidInput(
            "The course pages are not told where events are kept.",
            hint="The hub's configuration sets `database` in ONBOARD_LEARNING.",
        )
    key = _key(told, "learning")
    return Learning(kept.database, key, kept.keep_days, dict(kept.instructors))


def _key(told: Settings, purpose: str) -> bytes:
    """Return a key that is the same after every restart; hub and course pages alone know it."""
    return hashlib.sha256(f"{purpose} {told.token}".encode()).digest()


def _opened(door: Door | None, pages: Pages) -> list[HTTPServer]:
    if door is None:
        return []
    try:
        return [door.open(pages)]
    except OSError as error:
        # Sessions keep their events and try again: courses go on without.
        log.warning("Sessions cannot bring events to port %d: %s", door.port, error.strerror)
        return []


async def _listen(server: HTTPServer, url: str) -> None:
    address = urlsplit(url)
    deadline = time.monotonic() + _PORT_PATIENCE_S
    while True:
        try:
            server.add_sockets(bind_sockets(address.port or 0, address.hostname))
        except OSError as error:
            # A killed hub's own course pages may take a moment to notice, and to let go.
            if error.errno != errno.EADDRINUSE or time.monotonic() > deadline:
                raise InvalidInput(
                    f"The course pages cannot listen on {url}: {error.strerror}.",
                    hint="Give them another port in the site's file.",
                ) from error
            await asyncio.sleep(0.5)
        else:
            return


def _ending() -> asyncio.Event:
    """Return an event that is set when a signal tells this process to end."""
    told = asyncio.Event()
    # Also where both are ignored, as for a hub that was started in the background of a script.
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, told.set)
    return told


async def _until(ending: asyncio.Event, parent: int) -> None:
    # Nobody ends the pages of a hub that was killed, and its next process needs the port.
    while os.getppid() == parent:
        with suppress(TimeoutError):
            await asyncio.wait_for(ending.wait(), 1)
            return


def main() -> int:
    """Run the course pages; return the exit code."""
    enable_pretty_logging()
    hub_tls.install()
    try:
        asyncio.run(serve(settings(os.environ)))
    except OnboardError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0
