"""JupyterHub with what a site needs of it.

Jobs, sessions and tokens are kept in step (`reconcile`), and the event loop stays free when a class
starts together. Started as `python -m hub_config.hub -f jupyterhub_config.py`.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from jupyterhub.apihandlers.users import UserServerAPIHandler
from jupyterhub.app import JupyterHub
from jupyterhub.handlers.pages import SpawnHandler
from sqlalchemy import Engine, event

from spawners import hub_tls, turns
from spawners.callback import PortHandler
from spawners.reconcile import Reconciler
from spawners.spawner import SessionSpawner


class Hub(JupyterHub):
    """The hub of a site."""

    name = "jupyterhub"
    _reconciling: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the hub, and mend from now on what an earlier one left behind."""
        await super().start()
        spawner = self.config.SessionSpawner
        if not spawner.watcher or not issubclass(self.spawner_class, SessionSpawner):
            return
        reconciler = Reconciler(spawner.watcher.batch, spawner.hub_id, self.db, self._starting)
        self._reconciling = asyncio.create_task(reconciler.keep())

    def _starting(self) -> set[str]:
        """Return the users whose start has not submitted its job yet."""
        return {
            user.name
            for user in self.users.values()
            for spawner in user.spawners.values()
            if spawner._spawn_pending and not spawner.session.comment
        }


def keep_the_loop_free() -> None:
    """Take out of JupyterHub's event loop what it does again and again for each start."""
    hub_tls.install()
    for handler in (UserServerAPIHandler, SpawnHandler, PortHandler):
        handler.prepare = _in_turn(handler.prepare)
        handler.on_finish = _then_the_next(handler.on_finish)
    event.listen(Engine, "connect", _write_ahead)


def _in_turn(prepare: Callable[[Any], Awaitable[None]]) -> Callable[[Any], Awaitable[None]]:
    async def prepared(handler: Any) -> None:  # noqa: ANN401
        # Another spawner would not end its turn before its server is there.
        ours = issubclass(handler.settings["spawner_class"], SessionSpawner)
        if ours and handler.request.method == "POST":
            handler.turn = await turns.take()
        await prepare(handler)

    return prepared


def _then_the_next(on_finish: Callable[[Any], None]) -> Callable[[Any], None]:
    def finished(handler: Any) -> None:  # noqa: ANN401
        if hasattr(handler, "turn"):
            handler.turn.over()
        on_finish(handler)

    return finished


def _write_ahead(connection: object, _record: object) -> None:
    # A killed hub loses nothing so; a machine that loses power may lose its last second.
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")


if __name__ == "__main__":
    keep_the_loop_free()
    sys.exit(Hub.launch_instance())
