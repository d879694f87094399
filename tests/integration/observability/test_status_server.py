"""A worker's pages behind a real socket."""

import httpx

from milepost.observability.exposition import CONTENT_TYPE, Registry
from milepost.observability.pages import StatusPages
from milepost.observability.status_server import StatusServer


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
