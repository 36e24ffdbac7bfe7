"""Lessons that want something of another computer."""

from __future__ import annotations

from zoo.kind import PASSED, Kind, code

_SOME_PLACE = "another computer, by a program that it started"
_TRIED = "It tried to reach {}: a lesson has no network, as on many nodes…"


def _calls(name: str, source: str, place: str) -> Kind:
    return Kind(name, (code("calls", source),), at="calls", says=_TRIED.format(place))


KINDS = (
    _calls(
        "connects",
        "import socket\nsocket.create_connection(('192.0.2.1', 443), timeout=5)",
        "192.0.2.1:443",
    ),
    _calls(
        "fetches-a-page",
        "import urllib.request\nurllib.request.urlopen('https://example.org/data.csv')",
        "example.org:443",
    ),
    _calls(
        "looks-up-a-name",
        "import socket\nsocket.gethostbyname('example.org')",
        "example.org",
    ),
    _calls(
        "sends-a-datagram",
        "import socket\nsocket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))",
        "192.0.2.1:53",
    ),
    _calls(
        "sends-a-message",
        "import socket\nsocket.socket(type=socket.SOCK_DGRAM).sendmsg([b'x'], [], 0, ('192.0.2.1', 53))",
        "192.0.2.1:53",
    ),
    _calls(
        "connects-over-ipv6",
        "import socket\nsocket.socket(socket.AF_INET6).connect(('2001:db8::1', 443))",
        "2001:db8::1:443",
    ),
    _calls(
        "connects-without-a-word",
        "import socket\nsocket.socket().connect_ex(('192.0.2.1', 443))",
        "192.0.2.1:443",
    ),
    _calls(
        "catches-the-refusal",
        """
import urllib.request
try:
    urllib.request.urlopen("https://example.org")
except OSError:
    print("never mind")
""",
        "example.org:443",
    ),
    _calls(
        "connects-asynchronously",
        "import asyncio\nawait asyncio.open_connection('192.0.2.1', 443)",
        "192.0.2.1:443",
    ),
    Kind(
        "calls-in-a-thread",
        (
            code(
                "starts",
                """
import socket, threading
def call():
    try:
        socket.create_connection(("192.0.2.1", 443))
    except OSError:
        pass
thread = threading.Timer(0.5, call)
thread.start()
""",
            ),
            code("joins", "thread.join()"),
        ),
        at="joins",
        says=_TRIED.format("192.0.2.1:443"),
    ),
    _calls(
        "expects-the-refusal",
        "# NBVAL_RAISES_EXCEPTION\nimport socket\nsocket.create_connection(('192.0.2.1', 443))",
        "192.0.2.1:443",
    ),
    _calls(
        "python-in-a-child",
        """
import subprocess, sys
call = "import socket; socket.create_connection(('192.0.2.1', 443), timeout=5)"
subprocess.run([sys.executable, "-c", call], check=True)
""",
        _SOME_PLACE,
    ),
    _calls(
        "bash-connects",
        "%%bash\nexec 3<>/dev/tcp/192.0.2.1/443 || true",
        _SOME_PLACE,
    ),
    Kind(
        "talks-to-itself",
        (
            code(
                "talks",
                """
import socket
server = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(server.getsockname())
server.accept()[0].sendall(b"hello")
print(client.recv(5).decode())
""",
                "hello\n",
            ),
        ),
        outcome=PASSED,
    ),
)
