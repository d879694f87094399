"""Bodies and parameters that nobody thought of: never a 5xx, never a purchase that nobody was told of.

Schemathesis makes requests by the OpenAPI document, and by what it forbids; hypothesis spoils good ones.
"""

import json
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from tests.support.fuzzing import (
    JSON_VALUES,
    SCHEMA,
    SEEDED,
    made,
    operations,
    require_sound,
    sent,
    spoilt,
)
from tests.support.web_stage import WebStage, a_row, make_stage, problem_of, served


@schemathesis.serializer("application/x-ndjson", "text/csv", "application/xml")
def _as_text(_context: Any, value: Any) -> bytes:
    """A body that the document calls text is sent as it is."""
    return str(value).encode("utf-8", "surrogatepass")


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with served(make_stage(tmp_path_factory.mktemp("fuzz"))) as found:
        yield found


def sent_signed(stage: WebStage, case: Any) -> requests.Response:
    """Send a case with the signature that its bytes need."""
    request, body = made(stage, case)
    target = request.path_url
    key = "operator-1" if target.startswith("/v1/members") else "putien-1"
    request.headers.update(stage.signed(request.method or "", target, body, key=key))
    return sent(request)


@pytest.mark.parametrize(("path", "method"), operations(feeds=False))
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_app__requests_by_the_document__never_a_5xx(
    stage: WebStage, path: str, method: str, mode: GenerationMode
) -> None:
    @settings(SEEDED, max_examples=15)
    @given(case=SCHEMA[path][method].as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        require_sound(sent_signed(stage, case))

    ask()


@settings(SEEDED, max_examples=60)
@given(field=st.sampled_from(sorted(a_row())), value=JSON_VALUES, count=st.integers(1, 3))
def test_post_purchases__any_value_in_a_field__is_answered_record_by_record(
    stage: WebStage, field: str, value: Any, count: int
) -> None:
    response = stage.post([a_row(**{field: value})] * count)
    require_sound(response)
    if response.status_code == 200:
        assert len(response.json()["answers"]) == count


WHOLE = json.dumps([a_row(), a_row(sale_ref="A-2")]).encode()


@settings(SEEDED, max_examples=80)
@given(body=spoilt(WHOLE), content_type=st.sampled_from(["application/json", "application/x-ndjson"]))
def test_post_purchases__spoilt_body__stores_what_was_answered_accepted_and_nothing_else(
    stage: WebStage, body: bytes, content_type: str
) -> None:
    before = stage.oracle.states().get("accepted", 0)
    response = stage.send("POST", "/v1/purchases", body, headers={"Content-Type": content_type})
    require_sound(response)
    told = [one["answer"] for one in response.json().get("answers", [])].count("accepted")
    assert stage.oracle.states().get("accepted", 0) == before + told


@settings(SEEDED, max_examples=40)
@given(body=spoilt(WHOLE) | st.binary(max_size=400))
def test_post_file__spoilt_file__is_never_a_5xx(stage: WebStage, body: bytes) -> None:
    response = stage.send("POST", "/v1/files", body, headers={"Content-Type": "text/csv"})
    require_sound(response)


@settings(SEEDED, max_examples=60)
@given(
    key=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40),
    timestamp=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20),
    signature=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=80),
)
def test_post_purchases__forged_heads__are_refused(
    stage: WebStage, key: str, timestamp: str, signature: str
) -> None:
    headers = {
        "Milepost-Key": key.strip(),
        "Milepost-Timestamp": timestamp.strip(),
        "Milepost-Signature": signature.strip(),
        "Content-Type": "application/json",
    }
    response: httpx.Response = stage.http.post(
        f"{stage.address}/v1/purchases", content=b"{}", headers=headers
    )
    assert problem_of(response)[0] == 401
