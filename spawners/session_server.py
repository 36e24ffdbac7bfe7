"""What a session's job runs: JupyterHub's single-user server on a port of its own choice.

`python -m spawners.session_server [ARGUMENTS]`. The port goes to the hub (`port_report`) only once
this process listens on it: nobody else on the node can take a port that has been announced.
"""

from __future__ import annotations

import os
import socket
import sys
from urllib.parse import urlsplit

from spawners import hub_tls
from spawners.quick_start import skip_slow_grammar

# nbdime merges notebooks when a course is upgraded. Its pages nobody asked for, and they cost every
# session about a tenth of a second before it answers.
UNWANTED = ("--ServerApp.jpserver_extensions=nbdime=False",)
"""Arguments that keep out what others' packages would load into the server."""


def main(arguments: list[str]) -> None:
    """Choose a free port, then become the single-user server."""
    skip_slow_grammar()
    hub_tls.unpack(os.environ)
    hub_tls.install()
    url = urlsplit(os.environ["JUPYTERHUB_SERVICE_URL"])
    port = free_port(url.hostname or "")
    os.environ["JUPYTERHUB_SERVICE_URL"] = url._replace(netloc=f"{url.hostname}:{port}").geturl()
    from jupyterhub.singleuser import main as serve  # its import reads the environment

    extensions = ("port_report", "session_watch", "token_in_memory")
    loaded = (f"--ServerApp.jpserver_extensions=spawners.{one}=True" for one in extensions)
    serve([*arguments, *loaded, *UNWANTED])
    from spawners.session_watch import exit_code

    sys.exit(exit_code())


def free_port(host: str) -> int:
    """Return a port that is free on `host` just now."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    main(sys.argv[1:])
