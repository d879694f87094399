"""Serves a process's status pages over HTTP where it has no server of its own: a worker's, or not yet.

`bootstrap.observing` starts it beside the loop; others serve them so until they can answer. It reads
nothing that is sent but the path.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from milepost.observability.pages import StatusPages

_TIMEOUT_S = 5
_LOOK_S = 0.05
_RETRY_AFTER_S = 5


@dataclass(slots=True)
class StatusServer:
    """Serves pages on an address until the block ends. Raises: OSError if it cannot be listened on."""

    pages: StatusPages
    host: str
    port: int
    _server: ThreadingHTTPServer = field(init=False)

    def __post_init__(self) -> None:
        self._server = ThreadingHTTPServer((self.host, self.port), _handler(self.pages))
        self._server.daemon_threads = True

    @property
    def address(self) -> str:
        return f"http://{self.host}:{self._server.server_address[1]}"

    def __enter__(self) -> "StatusServer":
        threading.Thread(target=self._server.serve_forever, name="status", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def serve_meanwhile(pages: StatusPages, listening: socket.socket) -> Iterator[None]:
    """Serve pages on a socket that somebody else serves after the block; all else is told to come again."""
    server = ThreadingHTTPServer(("", 0), _handler(pages, otherwise=503), bind_and_activate=False)
    server.socket.close()
    # Closing the copy leaves the socket open: who connects meanwhile waits for the one that comes after.
    server.socket = listening.dup()
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(_LOOK_S,), name="status", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


def _handler(pages: StatusPages, *, otherwise: int = 404) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _TIMEOUT_S
        server_version, sys_version = "milepost", ""

        def do_GET(self) -> None:
            page = pages.answer(self.path.partition("?")[0])
            if page is None:
                self._refuse()
                return
            body = page.body.encode()
            self.send_response(page.status)
            self.send_header("Content-Type", page.content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self._refuse()

        def _refuse(self) -> None:
            self.send_response(otherwise)
            if otherwise == 503:
                self.send_header("Retry-After", str(_RETRY_AFTER_S))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: a scrape is no event."""

    return Handler
