"""What fuzz tests of the HTTP interface share: the schema, seeded runs, and what answers must be."""

import json
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from milepost.web.app import openapi_document
from tests.support.web_stage import WebStage

DOCUMENT = openapi_document()
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
# The same requests in every run; a failure is shown as it came, not made small for minutes.
SEEDED = settings(
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=200),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def operations(*, feeds: bool) -> list[tuple[str, str]]:
    """Path and method of every operation, those of webhooks or all others."""
    return [
        (path, method.upper())
        for path, methods in sorted(DOCUMENT["paths"].items())
        for method in methods
        if path.startswith("/v1/feeds/") == feeds
    ]


def made(stage: WebStage, case: Any) -> tuple[requests.PreparedRequest, bytes]:
    """A case as a request to the stage, and its body."""
    found = requests.Request(**case.as_transport_kwargs(base_url=stage.address)).prepare()
    return found, found.body.encode() if isinstance(found.body, str) else found.body or b""


def sent(request: requests.PreparedRequest) -> requests.Response:
    with requests.Session() as session:
        return session.send(request, timeout=20)


def require_sound(response: Any) -> None:
    """An answer, or a problem that is the sender's."""
    content = response.content
    assert response.status_code < 500, content
    if response.status_code >= 400 and content != b"Invalid HTTP request received.":
        assert response.headers.get("content-type") == "application/problem+json", content
        assert json.loads(content)["status"] == response.status_code


@st.composite
def spoilt(draw: Any, *wholes: bytes) -> bytes:
    """One of some good bodies, cut, doubled, or with bytes changed."""
    body = bytearray(draw(st.sampled_from(wholes)))
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, max(len(body) - 1, 0)))
        match draw(st.sampled_from(["cut", "change", "insert", "double"])):
            case "cut":
                del body[place:]
            case "change" if body:
                body[place] = draw(st.integers(0, 255))
            case "insert":
                body[place:place] = draw(st.binary(max_size=8))
            case _:
                body = bytearray(bytes(body) * 2)
    return bytes(body)


@st.composite
def altered(draw: Any, whole: bytes) -> bytes:
    """A good JSON document with some of its values, at any depth, something else or gone."""
    document = json.loads(whole)
    for _ in range(draw(st.integers(1, 3))):
        holder, key = draw(st.sampled_from(list(_places(document))))
        if isinstance(holder, dict) and draw(st.booleans()):
            holder.pop(key, None)
        else:
            holder[key] = draw(JSON_VALUES)
    return json.dumps(document).encode()


def _places(document: Any) -> Any:
    """Every value of a document, as what holds it and where."""
    for key, value in list(document.items() if isinstance(document, dict) else enumerate(document)):
        yield document, key
        if isinstance(value, dict | list):
            yield from _places(value)
