"""JupyterHub with one thing more: it keeps jobs, sessions and tokens in step (`reconcile`)."""

from __future__ import annotations

import asyncio
import sys
from functools import cache

import jupyterhub.user
from jupyterhub.app import JupyterHub

from spawners.reconcile import Reconciler
from spawners.spawner import SessionSpawner

# For each start JupyterHub reads the system's authorities anew: 40 ms that a class waits for.
jupyterhub.user.make_ssl_context = cache(jupyterhub.user.make_ssl_context)


class Hub(JupyterHub):
    """The hub of a site; started as `python -m hub_config.hub -f jupyterhub_config.py`."""

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


if __name__ == "__main__":
    sys.exit(Hub.launch_instance())
