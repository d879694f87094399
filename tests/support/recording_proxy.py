"""A node as the oracle sees it: passes requests on to anvil, keeps what was sent, and can lose any of them.

At the moment a raw tx passes it looks into the oracle's database, as nobody can afterwards.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import Any
from urllib.parse import urlsplit

from eth_account import Account
from eth_account.typed_transactions import TypedTransaction
from hexbytes import HexBytes

SEND = "eth_sendRawTransaction"


class Fate(Enum):
    """What becomes of a request."""

    PASSES = auto()
    LOST_BEFORE = auto()
    """The node never gets it."""
    LOST_AFTER = auto()
    """The node gets it, and its answer never arrives."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request by its method and its place among all that came, from 1."""

    method: str
    place: int


@dataclass(frozen=True, slots=True)
class Sent:
    """A raw tx on the wire; `was_stored` says whether the database had it before the node could."""

    raw: bytes
    sender: str
    nonce: int
    data: bytes
    was_stored: bool


class RecordingProxy:
    """Where the oracle's node is; tests set what happens before and after a request."""

    def __init__(self, node_url: str, database: Path) -> None:
        self._upstream, self._database = urlsplit(node_url), database
        self._lock, self._requests = Lock(), 0
        self.sent: list[Sent] = []
        self.before: Callable[[Request], Fate] = lambda _request: Fate.PASSES
        self.after: Callable[[Request], None] = lambda _request: None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def requests(self) -> int:
        """How many came so far."""
        return self._requests

    def point_to(self, node_url: str) -> None:
        """Put another node in the place of the one before."""
        self._upstream = urlsplit(node_url)

    @contextmanager
    def serving(self) -> Iterator["RecordingProxy"]:
        thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()

    def pass_on(self, body: bytes) -> bytes | None:
        """The node's answer, or None where either was lost."""
        asked = json.loads(body)
        with self._lock:
            self._requests += 1
            request = Request(asked["method"], self._requests)
        if request.method == SEND:
            self._record(HexBytes(asked["params"][0]))
        fate = self.before(request)
        if fate is Fate.LOST_BEFORE:
            return None
        with closing(HTTPConnection(self._upstream.hostname or "", self._upstream.port)) as node:
            node.request("POST", "/", body, {"Content-Type": "application/json"})
            answer = node.getresponse().read()
        self.after(request)
        return answer if fate is Fate.PASSES else None

    def _record(self, raw: HexBytes) -> None:
        tx: dict[str, Any] = TypedTransaction.from_bytes(raw).as_dict()
        with closing(sqlite3.connect(f"file:{self._database}?mode=ro", uri=True)) as database:
            found = database.execute("SELECT 1 FROM txs WHERE raw = ?", [bytes(raw)]).fetchone()
        sender = Account.recover_transaction(raw)
        self.sent.append(Sent(bytes(raw), sender, tx["nonce"], bytes(tx["data"]), found is not None))


def _handler(proxy: RecordingProxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Else headers and body leave apart, and each answer waits for a slow acknowledgement.
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            try:
                answer = proxy.pass_on(self.rfile.read(int(self.headers["Content-Length"])))
                if answer is None:
                    self.close_connection = True
                    return
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)
                self.wfile.flush()
            except ConnectionError:
                # Who asked was killed meanwhile.
                self.close_connection = True

        def log_message(self, format: str, *arguments: object) -> None:
            """Tests print nothing."""

    return Handler
