"""A worker's pages behind a real socket, and a reporter's while it cannot answer yet."""

import socket

import httpx

from milepost.observability.exposition import CONTENT_TYPE, Registry
from milepost.observability.pages import StatusPages
from milepost.observability.status_server import StatusServer, serve_meanwhile


def test_status_server__its_paths__are_answered_and_no_others() -> None:
    registry = Registry()
    registry.gauge("milepost_a", "One.")
    pages = StatusPages(registry, alive=(("loop", lambda: "it hangs"),))
    with StatusServer(pages, "127.0.0.1", 0) as server:
        found = {path: httpx.get(server.address + path) for path in ("/metrics", "/healthz", "/readyz", "/")}
    assert {path: one.status_code for path, one in found.items()} == {
        "/metrics": 200,
        "/healthz": 503,
        "/readyz": 200,
        "/": 404,
    }
    assert found["/metrics"].headers["content-type"] == CONTENT_TYPE


def test_serve_meanwhile__a_proposal_comes__is_told_to_come_again_and_the_socket_stays_open() -> None:
    pages = StatusPages(Registry(), ready=(("start", lambda: "starting for 3 s: ChainUnavailable"),))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with serve_meanwhile(pages, listening):
            refused = httpx.post(f"{url}/v1/reports/sign", content=b"{}", trust_env=False)
            assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
            assert httpx.get(f"{url}/readyz", trust_env=False).status_code == 503
        with socket.create_connection(listening.getsockname()) as later:
            accepted, _ = listening.accept()
            with accepted:
                accepted.sendall(b"x")
                assert later.recv(1) == b"x"
