"""Serves a process's status pages over HTTP where it has no server of its own: a worker's.

`bootstrap.observing` starts it beside the loop; it reads nothing that is sent but the path.
"""

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from milepost.observability.pages import StatusPages

_TIMEOUT_S = 5


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


def _handler(pages: StatusPages) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _TIMEOUT_S
        server_version, sys_version = "milepost", ""

        def do_GET(self) -> None:
            page = pages.answer(self.path.partition("?")[0])
            if page is None:
                self.send_error(404)
                return
            body = page.body.encode()
            self.send_response(page.status)
            self.send_header("Content-Type", page.content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: a scrape is no event."""

    return Handler
