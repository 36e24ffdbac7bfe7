"""A stranger on the node: takes a port that was a session's, and says what reaches it.

`python3 - PORT`; with $IDENTITY (PEM: key, certificate) it speaks TLS.
"""

import os
import socket
import ssl
import sys
import tempfile


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


context = None
if "IDENTITY" in os.environ:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(os.environ["IDENTITY"])
        file.flush()
        context.load_cert_chain(file.name)

with socket.create_server(("0.0.0.0", int(sys.argv[1]))) as listening:
    say("listening")
    while True:
        connection, _ = listening.accept()
        say("reached")
        connection.settimeout(5)
        try:
            if context is not None:
                connection = context.wrap_socket(connection, server_side=True)
            say("heard", connection.recv(65536))
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nimpostor")
        except OSError as error:
            say("refused", error)
        connection.close()
