"""What a request says of its body, and what is not taken."""

import pytest
from starlette.requests import Request

from milepost.web.media_types import CSV, JSON, media_type_of, wants_ndjson
from milepost.web.problems import Problem


def a_request(**headers: str) -> Request:
    sent = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "headers": sent})


@pytest.mark.parametrize(
    "stated", ["application/json", "Application/JSON; charset=UTF-8", 'application/json;charset="utf-8"']
)
def test_media_type_of__accepted__is_found(stated: str) -> None:
    assert media_type_of(a_request(content_type=stated), (JSON, CSV)) == JSON


@pytest.mark.parametrize("stated", ["", "text/html", "application/json; charset=latin-1", "json", ";"])
def test_media_type_of__other__is_refused(stated: str) -> None:
    with pytest.raises(Problem):
        media_type_of(a_request(content_type=stated), (JSON,))


def test_media_type_of__none_stated__is_refused() -> None:
    with pytest.raises(Problem):
        media_type_of(a_request(), (JSON,))


def test_wants_ndjson__accept__tells() -> None:
    assert wants_ndjson(a_request(accept="application/x-ndjson, */*"))
    assert not wants_ndjson(a_request())
