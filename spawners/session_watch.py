"""A Jupyter server extension: watches the session that its server is (`spawners.session_status`).

`onboard/session`: GET says how things stand; POST says that somebody is there, too. A session that
is to be ended is ended from within: kernels shut down, files as they are, and an exit code by which
the hub knows why. Every session loads this module before it can answer: what it imports at the top
is there already in a Jupyter server.
"""

from __future__ import annotations

import asyncio
import atexit
import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado import web

if TYPE_CHECKING:
    from spawners.session_status import Activity

PATH = "onboard/session"
_WATCH = "onboard_session_watch"
_EXIT_CODE = "onboard_exit_code"


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "spawners.session_watch"}]


def _load_jupyter_server_extension(serverapp: Any) -> None:  # noqa: ANN401  untyped upstream
    app = serverapp.web_app
    app.add_handlers(".*$", [(url_path_join(app.settings["base_url"], PATH), SessionHandler)])


async def _start_jupyter_server_extension(serverapp: Any) -> None:  # noqa: ANN401
    task = asyncio.create_task(_watch(serverapp))
    # A task that nobody holds may be dropped.
    serverapp.web_app.settings[f"{_WATCH}_task"] = task
    task.add_done_callback(lambda done: _tell(serverapp, done))


def exit_code() -> int:
    """Return what this process is to end with, once its server has stopped."""
    from jupyter_server.serverapp import ServerApp

    code: int = ServerApp.instance().web_app.settings.get(_EXIT_CODE, 0)
    return code


async def _watch(serverapp: Any) -> None:  # noqa: ANN401
    # After the server has begun to answer, and beside it: nobody waits for these imports.
    session_file, session_status = await asyncio.to_thread(_modules)
    path = Path(os.environ.get(session_file.VARIABLE, ""))
    session = session_file.read(path)
    if session is None:
        serverapp.log.info("Nobody said what this session was given: it is not watched.")
        return
    for file in (path, session_file.status_path(path)):
        atexit.register(file.unlink, missing_ok=True)
    await asyncio.to_thread(session_file.tidy, path.parent)
    watch = session_status.SessionWatch(
        session, lambda: read_activity(serverapp), news=_news(serverapp)
    )
    serverapp.web_app.settings[_WATCH] = watch
    _end(serverapp, await watch.run(path))


def _news(serverapp: Any) -> Any:  # noqa: ANN401
    """Return what tells the news of the session's class, and have it asked for from now on."""
    from spawners.class_news import ClassNews, NewsDesk

    desk = NewsDesk.of(os.environ)
    if desk is None:
        return ClassNews
    serverapp.web_app.settings[f"{_WATCH}_news"] = asyncio.create_task(desk.run())
    return lambda: desk.news


def _modules() -> tuple[Any, Any]:
    from spawners import session_file, session_status

    return session_file, session_status


def _tell(serverapp: Any, task: asyncio.Task[None]) -> None:  # noqa: ANN401
    # The session goes on unwatched; that nobody is warned must be found in the log.
    if not task.cancelled() and (error := task.exception()) is not None:
        serverapp.log.error("The session is no longer watched: %r", error)


def _end(serverapp: Any, verdict: Any) -> None:  # noqa: ANN401
    from spawners.exit_codes import ExitCode
    from spawners.idleness import Reason

    codes = {Reason.IDLE: ExitCode.IDLE, Reason.GPU_IDLE: ExitCode.GPU_IDLE}
    serverapp.web_app.settings[_EXIT_CODE] = int(codes[verdict.reason])
    serverapp.log.warning("The session is ended: %s for too long.", verdict.reason)
    serverapp.stop()


def read_activity(serverapp: Any) -> Activity:  # noqa: ANN401
    """Return what kernels and terminals do.

    The server's own `last_activity` also counts the requests by which an open page asks, every
    few seconds, what is new: with it, a session with an open page would never be idle.
    """
    from spawners.session_status import Activity

    settings = serverapp.web_app.settings
    kernels = serverapp.kernel_manager.list_kernels()
    terminals = settings.get("terminal_manager")
    models = [*kernels, *(terminals.list() if terminals else ())]
    times = [datetime.fromisoformat(one["last_activity"]).timestamp() for one in models]
    return Activity(
        busy=any(one["execution_state"] == "busy" for one in kernels),
        last=max(times, default=0.0),
    )


class SessionHandler(APIHandler):
    """How things stand in the session, as JSON."""

    _track_activity = False

    @web.authenticated
    def get(self) -> None:
        """Answer with `SessionStatus`; 404 where the session is not watched."""
        self.finish(self._watch().status().model_dump_json())

    @web.authenticated
    def post(self) -> None:
        """Somebody is there; the answer is the same."""
        watch = self._watch()
        watch.here()
        self.finish(watch.status().model_dump_json())

    def _watch(self) -> Any:  # noqa: ANN401
        watch = self.settings.get(_WATCH)
        if watch is None:
            raise web.HTTPError(404, "This session is not watched.")
        return watch
