"""The OpenAPI document is the one that a review has seen, and says what every route may answer."""

from milepost.web.app import openapi_document
from scripts._snapshots import differences, interface


def test_openapi_document__as_made__is_the_committed_snapshot() -> None:
    assert differences(interface()) == []


def test_openapi_document__every_route__is_signed_and_tells_its_problems() -> None:
    for path, methods in openapi_document()["paths"].items():
        for operation in methods.values():
            if not path.startswith("/v1/feeds/"):
                assert operation["security"] == [{"key": [], "timestamp": [], "signature": []}], path
                assert {"401", "429", "503"} <= set(operation["responses"]), path
