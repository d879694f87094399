"""What every route says in the OpenAPI document of signatures, bodies and problems."""

import pytest

from milepost.web.app import openapi_document
from milepost.web.documented import SECURITY, body, problems
from milepost.web.problems import MEDIA_TYPE, Code

DOCUMENT = openapi_document()
ROUTES = [(path, method) for path, methods in sorted(DOCUMENT["paths"].items()) for method in methods]


def test_problems__named_and_usual_ones__are_told_by_status() -> None:
    found = problems(Code.NOT_FOUND, Code.AMBIGUOUS)
    assert {400, 401, 404, 409, 429, 503} <= set(found)
    assert found[404]["description"] == "not_found: There is nothing of that name"
    assert list(found[404]["content"]) == [MEDIA_TYPE]
    assert 413 not in found and 413 in problems(receives=True)


def test_problems__several_codes_of_a_status__stand_together() -> None:
    described = problems(Code.QUEUE_FULL)[503]["description"]
    assert "unavailable:" in described and "queue_full:" in described


def test_body__of_several_types__is_needed_and_signed() -> None:
    found = body({"text/csv": {"type": "string"}})
    assert found["security"] == SECURITY
    assert found["requestBody"] == {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}


@pytest.mark.parametrize(("path", "method"), ROUTES)
def test_openapi__each_route__says_how_it_is_signed_and_how_it_refuses(path: str, method: str) -> None:
    route = DOCUMENT["paths"][path][method]
    if path.startswith("/v1/feeds/"):
        assert any("ignature" in one["name"] for one in route["parameters"])
    else:
        assert route["security"] == SECURITY
    assert {"200", "401", "503"} <= set(route["responses"])
    for status, answer in route["responses"].items():
        if int(status) >= 400:
            assert list(answer["content"]) == [MEDIA_TYPE], status


def test_openapi__every_reference__leads_somewhere() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    text = str(DOCUMENT)
    named = {part.split("'")[0] for part in text.split("#/components/schemas/")[1:]}
    assert named <= set(schemas)
    assert "$defs" not in text
