"""A node that says what a test wants it to: chain, head, and how it answers or does not.

Tests of several endpoints stand some beside each other; for a real node behind a proxy see fault_proxy.py.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any


@dataclass
class StubNode:
    """What it says; `how` is one of the words in `_SPOILED`, `hang`, `close`, a status, or `well`.

    Shape: `asked` lists the methods that came; `answers` has what it says to some, a result or an error.
    """

    chain_id: int = 777
    head: int = 100
    how: str | int = "well"
    headers: dict[str, str] = field(default_factory=dict)
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    released: Event = field(default_factory=Event)
    url: str = ""

    def answer(self, method: str) -> dict[str, Any]:
        block = {"number": hex(self.head), "timestamp": hex(1_000 + self.head)}
        usual = {
            "eth_chainId": {"result": hex(self.chain_id)},
            "eth_getBlockByNumber": {"result": block},
            "eth_blockNumber": {"result": hex(self.head)},
            "eth_sendRawTransaction": {"result": "0x" + "11" * 32},
        }
        return {**usual, **self.answers}[method]

    def reads(self) -> int:
        """How often it was asked for its height, which probes do not."""
        return self.asked.count("eth_blockNumber")


_SPOILED: dict[str, Callable[[dict[str, Any]], bytes]] = {
    "well": lambda answer: json.dumps(answer).encode(),
    "garbage": lambda _answer: b"\xff\xfe<html>Bad gateway</html>",
    "truncated": lambda answer: json.dumps(answer).encode()[:-3],
    "wrong_id": lambda answer: json.dumps({**answer, "id": answer["id"] + 1}).encode(),
    "a_list": lambda answer: json.dumps([answer]).encode(),
    "nothing": lambda answer: json.dumps({"jsonrpc": "2.0", "id": answer["id"]}).encode(),
    "deep": lambda _answer: b"[" * 100_000,
}


@contextmanager
def stub_nodes(*nodes: StubNode) -> Iterator[None]:
    """Serve them, each on a port of its own, until the block ends."""
    with ExitStack() as stack:
        for node in nodes:
            stack.enter_context(_serving(node))
        yield


@contextmanager
def _serving(node: StubNode) -> Iterator[None]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(node))
    server.daemon_threads = True
    node.url = f"http://user:pa55word@127.0.0.1:{server.server_address[1]}/key-c0ffee"
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield
    finally:
        node.released.set()
        server.shutdown()
        server.server_close()


def _handler(node: StubNode) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            node.asked.append(asked["method"])
            if node.how in ("hang", "close"):
                if node.how == "hang":
                    node.released.wait()
                self.close_connection = True
                return
            status = node.how if isinstance(node.how, int) else 200
            answer = {"jsonrpc": "2.0", "id": asked["id"], **node.answer(asked["method"])}
            body = _SPOILED["well" if isinstance(node.how, int) else node.how](answer)
            self.send_response(status)
            for name, value in {**node.headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()

        def log_message(self, format: str, *arguments: object) -> None:
            """Tests print nothing."""

    return Handler
