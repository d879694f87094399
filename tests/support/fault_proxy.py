"""A node as the oracle sees it: passes requests on to anvil, keeps what was sent, and disturbs any of them.

`plan` holds its faults by method, probability and seed; a test that wants an act of its own at a request sets
`before` or `after`. At the moment a raw tx passes it asks whether the oracle's database has it, as nobody can
afterwards.
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any
from urllib.parse import urlsplit

from eth_account import Account
from eth_account.typed_transactions import TypedTransaction
from hexbytes import HexBytes

from tests.support.fault_calls import SEND, Call, Lost, Reply
from tests.support.fault_modes import Hang
from tests.support.fault_plan import FaultPlan

__all__ = ["SEND", "Call", "Fate", "FaultProxy", "Sent"]


class Fate(Enum):
    """What becomes of a request."""

    PASSES = auto()
    LOST_BEFORE = auto()
    """The node never gets it."""
    LOST_AFTER = auto()
    """The node gets it, and its answer never arrives."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A raw tx on the wire; `was_stored` says whether the database had it before the node could."""

    raw: bytes
    sender: str
    nonce: int
    data: bytes
    was_stored: bool


class FaultProxy:
    """Where the oracle's node is; tests set what happens to requests."""

    def __init__(self, node_url: str, *, is_stored: Callable[[bytes], bool], seed: int | bytes = 0) -> None:
        self._upstream, self._is_stored = urlsplit(node_url), is_stored
        self._lock, self._requests, self._ended = Lock(), 0, Event()
        self.plan = FaultPlan(seed)
        self.sent: list[Sent] = []
        self.before: Callable[[Call], Fate] = lambda _call: Fate.PASSES
        self.after: Callable[[Call], None] = lambda _call: None
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def requests(self) -> int:
        """How many came so far."""
        return self._requests

    @property
    def hang(self) -> Hang:
        """The mode in which a request is never answered; it lets go when the proxy ends."""
        return Hang(self._ended)

    def point_to(self, node_url: str) -> None:
        """Put another node in the place of the one before."""
        self._upstream = urlsplit(node_url)

    def stop_faults(self) -> None:
        """Pass everything on from here on."""
        self.plan.clear()
        self.before, self.after = lambda _call: Fate.PASSES, lambda _call: None

    @contextmanager
    def serving(self) -> Iterator["FaultProxy"]:
        thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._ended.set()
            self._server.shutdown()
            self._server.server_close()

    def answer(self, body: bytes) -> Reply:
        """The reply to what was posted: one question, or a list of them. Raises: Lost."""
        asked = json.loads(body)
        if isinstance(asked, dict):
            return self._answer_one(asked)
        replies = [self._answer_one(one) for one in asked]
        failed = next((reply for reply in replies if reply.status != 200), None)
        return failed or Reply(b"[" + b",".join(reply.body for reply in replies) + b"]")

    def _answer_one(self, asked: dict[str, Any]) -> Reply:
        with self._lock:
            self._requests += 1
            call = Call(asked.get("id"), asked["method"], asked.get("params", []), self._requests)
        if call.method == SEND:
            self._record(HexBytes(call.params[0]))
        fate = self.before(call)
        if fate is Fate.LOST_BEFORE:
            raise Lost
        reply = self.plan.answer(call, self._ask_node)
        self.after(call)
        if fate is Fate.LOST_AFTER:
            raise Lost
        return reply

    def _ask_node(self, call: Call) -> Reply:
        with closing(HTTPConnection(self._upstream.hostname or "", self._upstream.port)) as node:
            try:
                node.request("POST", "/", call.body, {"Content-Type": "application/json"})
                return Reply(node.getresponse().read())
            except (OSError, HTTPException):
                # The node is gone: who asks sees a connection that ends.
                raise Lost from None

    def _record(self, raw: HexBytes) -> None:
        tx: dict[str, Any] = TypedTransaction.from_bytes(raw).as_dict()
        was_stored = self._is_stored(bytes(raw))
        sender = Account.recover_transaction(raw)
        self.sent.append(Sent(bytes(raw), sender, tx["nonce"], bytes(tx["data"]), was_stored))


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a connection whose other end was killed."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


def _handler(proxy: FaultProxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Else headers and body leave apart, and each answer waits for a slow acknowledgement.
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            try:
                asked = self.rfile.read(length)
                if len(asked) < length:
                    raise Lost
                self._reply(proxy.answer(asked))
            except (Lost, ConnectionError):
                # Lost on purpose, or who asked was killed meanwhile.
                self.close_connection = True

        def _reply(self, reply: Reply) -> None:
            self.send_response(reply.status)
            for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body[: len(reply.body) // 2] if reply.is_cut else reply.body)
            self.wfile.flush()
            if reply.is_cut:
                self.close_connection = True

        def log_message(self, format: str, *arguments: object) -> None:
            """Tests print nothing."""

    return Handler
