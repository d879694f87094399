"""A server whose TLS breaks after the handshake, as when a certificate is found wanting only then."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread

_NO_RECORD = b"this is no record of TLS"


@contextmanager
def breaking_tls(context: ssl.SSLContext, *, head: bytes = b"") -> Iterator[str]:
    """Give a URL: whoever asks there gets `head` after the handshake, and then what is no TLS."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        Thread(target=_serve, args=(listening, context, head), daemon=True).start()
        yield f"https://127.0.0.1:{listening.getsockname()[1]}"
        # Closing alone does not wake who accepts.
        listening.shutdown(socket.SHUT_RDWR)


def _serve(listening: socket.socket, context: ssl.SSLContext, head: bytes) -> None:
    with suppress(OSError):
        while True:
            plain, _ = listening.accept()
            below = plain.dup()
            with below, context.wrap_socket(plain, server_side=True) as secured:
                secured.recv(65_536)
                secured.sendall(head)
                below.sendall(_NO_RECORD)
                # Until the caller goes: a reset would come before what was sent.
                below.recv(65_536)
