#!/usr/bin/python3 -IS
"""A notebook server's stand-in that starts in some 20 ms: three modules, no packages.

Run as `stub WORD`: binds a free port, posts it to $JUPYTERHUB_API_URL as a session does, then
answers every request with 200. WORD is `batchspawner` (that spawner's way), `bare` (a job without
a hub) or `shared` (posts nothing, prints the port). Installed as an environment's `bin/python` it
takes the place of our session server; whatever else that python is asked for succeeds at once.
"""

import os
import socket
import sys

OURS = ["-m", "spawners.session_server"]
PATHS = {"batchspawner": "/batchspawner", "bare": "/bare"}
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
LIMIT_S = 10.0
TRIES = 30


def main(words):
    """Serve until killed."""
    path = "/onboard/port" if words[:2] == OURS else PATHS.get(words[0])
    if path is None and words != ["shared"]:
        return
    listener = socket.socket()
    listener.bind(("", 0))
    listener.listen(512)
    port = listener.getsockname()[1]
    guard = tls()
    if path is None:
        print(port, flush=True)
    elif not any(told(path, port, guard) for _ in range(TRIES)):
        sys.exit("The hub did not take the port.")
    serve(listener, guard)


def told(path, port, guard):
    """Whether the hub took the port."""
    address, _, prefix = os.environ["JUPYTERHUB_API_URL"].partition("://")[2].partition("/")
    host, _, hub_port = address.partition(":")
    body = f'{{"port": {port}}}'
    request = (
        f"POST /{prefix.rstrip('/')}{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n"
        f"Authorization: token {os.environ['JUPYTERHUB_API_TOKEN']}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    )
    try:
        with socket.create_connection((host, int(hub_port)), LIMIT_S) as hub:
            connection = guard[0].wrap_socket(hub, server_hostname=host) if guard else hub
            connection.sendall(request.encode())
            return connection.recv(64).split(b" ")[1:2] in ([b"200"], [b"201"], [b"204"])
    except OSError:
        return False


def serve(listener, guard):
    """Answer everybody."""
    while True:
        connection, _ = listener.accept()
        try:
            connection.settimeout(LIMIT_S)
            if guard:
                connection = guard[1].wrap_socket(connection, server_side=True)
            asked = b""
            while b"\r\n\r\n" not in asked and (part := connection.recv(4096)):
                asked += part
            connection.sendall(ANSWER)
        except OSError:
            pass
        finally:
            connection.close()


def tls():
    """Return how to speak to the hub and to be spoken to; None where there is no TLS.

    A session's key arrives in $JUPYTERHUB_SSL_IDENTITY, as `spawners/hub_tls.py` has it.
    """
    identity, trust = (os.environ.get(f"JUPYTERHUB_SSL_{name}") for name in ("IDENTITY", "TRUST"))
    if not identity or not trust:
        return None
    import ssl

    descriptor = os.memfd_create("identity")
    os.write(descriptor, identity.encode())
    contexts = []
    for purpose in (ssl.Purpose.SERVER_AUTH, ssl.Purpose.CLIENT_AUTH):
        context = ssl.create_default_context(purpose, cadata=trust)
        context.load_cert_chain(f"/proc/self/fd/{descriptor}")
        context.check_hostname = False  # who signed is checked; names are the product's matter
        context.verify_mode = ssl.CERT_REQUIRED
        contexts.append(context)
    return contexts


if __name__ == "__main__":
    main(sys.argv[1:] or [""])
