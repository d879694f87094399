"""The OpenAPI document is the one that a review has seen, and says what every route may answer."""

from fastapi import FastAPI

from milepost.web.app import _include_routes, openapi_document
from scripts._snapshots import differences, interface


def test_openapi_document__as_made__is_the_committed_snapshot() -> None:
    assert differences(interface()) == []


def test_openapi_document__every_route__is_signed_and_tells_its_problems() -> None:
    for path, methods in openapi_document()["paths"].items():
        for operation in methods.values():
            if not path.startswith("/v1/feeds/"):
                assert operation["security"] == [{"key": [], "timestamp": [], "signature": []}], path
                assert {"401", "429", "503"} <= set(operation["responses"]), path


def test_include_routes__for_copies_alone__tells_nothing() -> None:
    """A key that has ended could once read at a reporter, which takes copies that were signed before."""
    taking = FastAPI()
    _include_routes(taking, takes_only=True)
    assert {tuple(sorted(methods)) for methods in taking.openapi()["paths"].values()} == {("post",)}
