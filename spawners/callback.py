"""The running job reports its port, and can set nothing else.

Importing batchspawner registers a handler that sets any attribute of the spawner from the job's
JSON; `replace_batchspawners` takes it out and puts `PortHandler` in its place.
"""

from __future__ import annotations

import json
from typing import Any

from jupyterhub import orm
from jupyterhub.apihandlers import APIHandler, default_handlers
from tornado import web

PATH = r"/api/onboard/port"
LOWEST, HIGHEST = 1024, 65535
_LONGEST_BODY = 200


def read_port(body: bytes) -> int:
    """Read `{"port": N}` and nothing else. Raises ValueError with a sentence."""
    if len(body) > _LONGEST_BODY:
        raise ValueError("The body is longer than a port takes.")
    try:
        data = json.loads(body)
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise ValueError("The body is not JSON.") from None
    if not isinstance(data, dict) or set(data) != {"port"}:
        raise ValueError("The body is an object with the one key port.")
    port = data["port"]
    if type(port) is not int or not LOWEST <= port <= HIGHEST:
        raise ValueError(f"port is a whole number from {LOWEST} to {HIGHEST}.")
    return port


class PortHandler(APIHandler):
    """POST {"port": N}, with the session's own token."""

    @web.authenticated
    def post(self) -> None:
        """Hand the port to the one spawner that this token was made for."""
        spawner = self._spawner()
        if spawner is None:
            raise web.HTTPError(403, "This token is not that of a session that is starting.")
        try:
            port = read_port(self.request.body)
        except ValueError as error:
            raise web.HTTPError(400, str(error)) from None
        spawner.take_port(port)
        self.set_status(204)

    def _spawner(self) -> Any:  # noqa: ANN401  untyped upstream
        token = self.get_token()
        if not isinstance(token, orm.APIToken) or token.user is None:
            return None
        spawners = self._user_from_orm(token.user).spawners.values()
        # By the token's id: the token itself is kept nowhere.
        mine = (one for one in spawners if one.session.token_id == token.id)
        return next(mine, None)


def replace_batchspawners() -> None:
    """Leave exactly one handler for jobs among the hub's: ours."""
    theirs = [entry for entry in default_handlers if "batchspawner" in str(entry[0])]
    for entry in theirs:
        default_handlers.remove(entry)
    if not any(entry[1] is PortHandler for entry in default_handlers):
        default_handlers.append((PATH, PortHandler))
