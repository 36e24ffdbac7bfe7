"""A small service that keeps events, and treats requests as badly as a test tells it."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Keeper:
    """A small real service. `answers` says how the next requests are treated; then all is well."""

    def __init__(self):
        self.kept = {}
        self.requests = []
        self.answers = []
        self.refuse = set()
        self.largest = None
        self.news = threading.Condition()
        self.held = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}/events"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def stop(self):
        self.held.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(10)

    def keep(self, events):
        with self.news:
            accepted, refused = 0, []
            for one in events:
                if one["id"] in self.refuse:
                    refused.append({"id": one["id"], "why": "unknown course"})
                elif one["id"] not in self.kept:
                    self.kept[one["id"]] = one["seq"]
                    accepted += 1
            self.news.notify_all()
        known = len(events) - accepted - len(refused)
        return {"accepted": accepted, "known": known, "refused": refused}

    def wait_for(self, count):
        with self.news:
            assert self.news.wait_for(lambda: len(self.kept) >= count, 20), self.kept

    def _handler(keeper):  # noqa: N805  the handler has a self of its own
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                events = json.loads(body)["events"]
                keeper.requests.append((self.headers["Authorization"], len(events), self.path))
                how = keeper.answers.pop(0) if keeper.answers else "well"
                if keeper.largest is not None and len(events) > keeper.largest:
                    how = 413
                getattr(self, f"_{how}", lambda _: self._fail(how))(events)

            do_GET = do_POST  # noqa: N815

            def _well(self, events):
                self._say(200, json.dumps(keeper.keep(events)).encode())

            def _fail(self, status):
                self._say(status, b"{}")

            def _wait(self, events):
                self._say(429, b"{}", ("Retry-After", "7"))

            def _away(self, events):
                self._say(503, b"{}", ("Retry-After", "7"))

            def _away_long(self, events):
                self._say(503, b"{}", ("Retry-After", "120"))

            def _elsewhere(self, events):
                self._say(307, b"", ("Location", keeper.url + "/stolen"))

            def _half(self, events):
                answer = json.dumps(keeper.keep(events)).encode()
                self._say(200, answer[: len(answer) // 2], length=len(answer))

            def _short(self, events):
                self._say(200, json.dumps(keeper.keep(events)).encode()[:-5])

            def _forgetful(self, events):
                keeper.keep(events)
                self._say(200, b'{"accepted": 0, "known": 0, "refused": []}')

            def _silent(self, events):
                keeper.keep(events)
                keeper.held.wait(30)

            def _cut(self, events):
                keeper.keep(events)
                self.close_connection = True

            def _say(self, status, body, header=None, length=None):
                self.send_response(status)
                if header:
                    self.send_header(*header)
                self.send_header("Content-Length", str(length or len(body)))
                self.end_headers()
                self.wfile.write(body)
                self.close_connection = True

            def log_message(self, *_):
                pass

        return Handler
