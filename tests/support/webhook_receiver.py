"""A receiver of webhooks on loopback that does what it is told to: takes, refuses, hangs, resets, floods.

It keeps every request as it came, so that tests verify signatures with the library that receivers use.
"""

import json
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks.webhooks import Webhook

HANGS, RESETS, FLOODS, DRIPS = "hangs", "resets", "floods", "drips"
REDIRECTS = 302
Answer = int | str | tuple[int, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event_id(self) -> str:
        return self.headers["webhook-id"]

    def verified(self, secret: str) -> Any:
        """The message, if its signature is that of the secret. Raises: WebhookVerificationError."""
        return Webhook(secret).verify(self.body, self.headers)

    @property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)["data"]
        return found


@dataclass
class Receiver:
    """`answers` are given one a request, in order, then `usual`; `ended` frees those that hang."""

    url: str
    usual: Answer = 204
    answers: list[Answer] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, request: Received) -> Answer:
        with self.lock:
            self.received.append(request)
            return self.answers.pop(0) if self.answers else self.usual

    @property
    def ids(self) -> list[str]:
        return [one.event_id for one in self.received]


@contextmanager
def receiver(tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A receiver on a free port of loopback, gone afterwards."""
    server = _Server(("127.0.0.1", 0), _Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    scheme = "http" if tls is None else "https"
    found = Receiver(f"{scheme}://127.0.0.1:{server.server_address[1]}/hooks")
    server.receiver = found
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        found.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    receiver: Receiver

    def handle_error(self, *_: object) -> None:
        """Nothing: clients here go away in the middle of things, and that is the test."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        found: Receiver = self.server.receiver  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = found.take(Received(self.path, headers, body))
        if answer == HANGS:
            found.ended.wait()
        elif answer == RESETS:
            self._reset()
        elif answer == FLOODS:
            self._flood(found)
        elif answer == DRIPS:
            self._drip(found)
        elif isinstance(answer, tuple):
            self._answer(*answer)
        else:
            self._answer(int(answer), {"location": "/elsewhere"} if answer == REDIRECTS else {})

    def do_GET(self) -> None:
        """What follows a redirect comes here, and is kept too."""
        found: Receiver = self.server.receiver  # type: ignore[attr-defined]
        found.take(Received(self.path, {}, b""))
        self._answer(200, {})

    def log_message(self, *_: object) -> None:
        """Nothing: the test reads what was received."""

    def _answer(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", "0")
        self.end_headers()

    def _reset(self) -> None:
        """A reset on the wire rather than an end."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()
        # The server closes what it thinks is open; there is nothing left to flush.
        self.wfile = self.rfile

    def _flood(self, found: Receiver) -> None:
        """An answer that does not end, until nobody reads it."""
        self.send_response(200)
        self.send_header("content-length", str(1 << 40))
        self.end_headers()
        self.close_connection = True
        try:
            while not found.ended.is_set():
                self.wfile.write(b"x" * 65_536)
        except OSError:
            return

    def _drip(self, found: Receiver) -> None:
        """A byte of a head now and then: no read ever takes long."""
        self.close_connection = True
        try:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nx-slow: ")
            while not found.ended.wait(0.05):
                self.wfile.write(b"x")
                self.wfile.flush()
        except OSError:
            return
