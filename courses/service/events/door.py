"""Where sessions bring their events: an address that compute nodes reach, with TLS as the hub's."""

from __future__ import annotations

import ssl
from pathlib import Path

from tornado.httpserver import HTTPServer
from tornado.web import Application

from courses.service import look
from courses.service.classes.told import Told
from courses.service.events.handlers import Events
from courses.service.pages import Pages
from spawners import hub_tls
from spawners.machine import Model

LONGEST_BODY = 8 * 1024 * 1024
"""In bytes: what is longer than a request may be is read to its end, so that we can say so."""


class Certificate(Model):
    """The hub's own, and the authorities that sign for sessions: files."""

    key: Path
    certificate: Path
    authorities: Path

    def context(self) -> ssl.SSLContext | None:
        """Return how to speak: who has no certificate of this site's is not heard."""
        files = (str(self.key), str(self.certificate), str(self.authorities))
        return hub_tls.context(*files, purpose=ssl.Purpose.CLIENT_AUTH)


class Door(Model):
    """Where to listen; without a certificate in plain HTTP."""

    host: str
    port: int
    tls: Certificate | None = None

    def open(self, pages: Pages) -> HTTPServer:
        """Listen. Sessions alone are heard here. Raises OSError for a port that is taken."""
        routes = [
            (f"{pages.prefix}api/events", Events, {"pages": pages}),
            (f"{pages.prefix}api/notes", Told, {"pages": pages}),
        ]
        app = Application(
            routes,
            default_handler_class=look.NotFound,
            default_handler_args={"pages": pages},
            log_function=lambda _: None,
        )
        server = HTTPServer(
            app,
            ssl_options=self.tls.context() if self.tls else None,
            max_body_size=LONGEST_BODY,
        )
        server.listen(self.port, self.host)
        return server
