"""Copies of partners' requests on their way to a reporter, as its socket gets them."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread

import httpx

from milepost.ports import KeptRequest
from milepost.store.engine import open_store
from milepost.store.feed_copies import SqlFeedCopies
from milepost.web.feed_passing import FeedPassing


@contextmanager
def _reporter() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """A socket that answers 200, its URL, and what came: the target as it was sent, and the body."""
    came: list[tuple[str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            came.append((self.path, body))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", came
    finally:
        server.shutdown()
        server.server_close()


def test_pass_on__a_target_that_clients_would_rewrite__goes_out_as_it_was_signed(tmp_path: Path) -> None:
    """It once was written anew, so that its signature was none, and stopped every copy after it."""
    copies = SqlFeedCopies(open_store(f"sqlite:///{tmp_path / 'milepost.db'}"))
    targets = [b'/v1/purchases?source="a"<b>', b"/v1/purchases?source=a%2fb#c", b"/v1/purchases"]
    for target in targets:
        copies.add(KeptRequest("POST", target, {"content-type": "application/json"}), BytesIO(b"{}"))
    with _reporter() as (url, came), httpx.Client(trust_env=False) as client:
        assert FeedPassing([url], copies, client).pass_on() == 3
    assert came == [(target.decode(), b"{}") for target in targets]
