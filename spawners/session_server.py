"""What a session's job runs: JupyterHub's single-user server on a port of its own choice.

`python -m spawners.session_server [ARGUMENTS]`. The port goes to the hub (`port_report`) only once
this process listens on it: nobody else on the node can take a port that has been announced.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import sys
import traceback
from collections.abc import Iterator
from urllib.parse import urlsplit

from spawners import hub_tls, runtime_folder
from spawners.exit_codes import ExitCode
from spawners.quick_start import skip_slow_grammar

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)

# nbdime merges notebooks when a course is upgraded. Its pages nobody asked for, and they cost every
# session about a tenth of a second before it answers.
UNWANTED = ("--ServerApp.jpserver_extensions=nbdime=False",)
"""Arguments that keep out what others' packages would load into the server."""

_TRASH = "--FileContentsManager.delete_to_trash"


def main(arguments: list[str]) -> None:
    """Choose a free port, then become the single-user server."""
    skip_slow_grammar()
    hub_tls.unpack(os.environ)
    hub_tls.install()
    url = urlsplit(os.environ["JUPYTERHUB_SERVICE_URL"])
    port = free_port(url.hostname or "")
    os.environ["JUPYTERHUB_SERVICE_URL"] = url._replace(netloc=f"{url.hostname}:{port}").geturl()
    with _said_if_full():
        runtime_folder.choose(os.environ)
        _serve(arguments)
    from spawners.session_watch import exit_code

    sys.exit(exit_code())


def _serve(arguments: list[str]) -> None:
    from jupyterhub.singleuser import main as serve  # its import reads the environment

    extensions = ("port_report", "session_watch", "token_in_memory")
    loaded = (f"--ServerApp.jpserver_extensions=spawners.{one}=True" for one in extensions)
    serve([*without_trash(arguments), *loaded, *UNWANTED])


def without_trash(arguments: list[str]) -> list[str]:
    """Have what is deleted in JupyterLab be gone, unless the site has said what it wants.

    A trash at home takes its room from the same quota, and with a full one nothing fits into it:
    who deletes a file to make room could not. JupyterLab asks before it deletes for good.
    """
    chosen = any(one.startswith(_TRASH) for one in arguments)
    return arguments if chosen else [*arguments, f"{_TRASH}=False"]


@contextlib.contextmanager
def _said_if_full() -> Iterator[None]:
    """End with an exit code of its own where there is no room: the log may not fit either."""
    try:
        yield
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        traceback.print_exc()
        sys.exit(ExitCode.NO_ROOM)


def free_port(host: str) -> int:
    """Return a port that is free on `host` just now."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    main(sys.argv[1:])
