"""Webhooks and POSLog that nobody thought of, signed and not: never a 5xx, and what is told is stored.

Schemathesis makes bodies by the OpenAPI document, and by what it forbids; hypothesis alters real events.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from milepost.domain.feed_connection import FeedSystem
from milepost.domain.quantities import PartnerCode
from milepost.feeds.signatures import SQUARE_HEADER, TOAST_HEADER, square_signature, toast_signature
from tests.support import square_events, toast_orders
from tests.support.fuzzing import SCHEMA, SEEDED, altered, made, operations, require_sound, sent, spoilt
from tests.support.poslogs import POSLOG, link_to, poslog_of, returned, total_of, transaction_of
from tests.support.programme import PARTNERS
from tests.support.web_stage import WebStage, make_stage, problem_of, served

CONNECTED = {
    **PARTNERS,
    "putien": replace(PARTNERS["putien"], feeds=(square_events.SQUARE, toast_orders.TOAST, POSLOG)),
}
SECRETS = {FeedSystem.SQUARE: (square_events.SECRET,), FeedSystem.TOAST: (toast_orders.SECRET,)}
PAYMENT = square_events.event_of("payment.updated", payment=square_events.payment_of())
REFUND = square_events.event_of("refund.updated", refund=square_events.refund_of())
ORDER = toast_orders.order_of(toast_orders.check_of(payments=[toast_orders.refunded()]))
FILE = poslog_of(
    transaction_of(),
    transaction_of(returned() + total_of("-100.00"), sequence="42"),
    transaction_of(link_to(), retail="PostVoidTransaction", sequence="43"),
)


def _by_square(body: bytes) -> dict[str, str]:
    return {SQUARE_HEADER: square_signature(body, square_events.SECRET, notification_url=square_events.URL)}


def _by_toast(body: bytes) -> dict[str, str]:
    """Toast signs the timestamp in the body besides: what has none it cannot have signed."""
    timestamp = _timestamp(body)
    return {TOAST_HEADER: toast_signature(body, toast_orders.SECRET, timestamp=timestamp or "")}


def _timestamp(body: bytes) -> str | None:
    with suppress(ValueError, RecursionError, AttributeError, UnicodeError):
        found = json.loads(body).get("timestamp")
        found.encode()
        return str(found)
    return None


_SIGNERS: dict[str, Callable[[bytes], dict[str, str]]] = {
    "/v1/feeds/square": _by_square,
    "/v1/feeds/toast": _by_toast,
}


def statuses(path: str, body: bytes) -> set[int]:
    """What a body may be answered with that is signed as well as it can be."""
    return {200} if path.endswith("square") else {401} if _timestamp(body) is None else {200, 401}


def _secrets_of(_partner: PartnerCode, system: FeedSystem) -> tuple[str, ...]:
    return SECRETS.get(system, ())


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Any:
    made_stage = make_stage(tmp_path_factory.mktemp("feed-fuzz"))
    with served(made_stage, partners=lambda: CONNECTED, feed_secrets=_secrets_of) as found:
        yield found


def require_told(stage: WebStage, path: str, body: bytes) -> None:
    """Signed as it should be, it is read; what is answered as accepted is stored, and nothing else."""
    before = stage.oracle.states().get("accepted", 0)
    response = stage.http.post(f"{stage.address}{path}", content=body, headers=_SIGNERS[path](body))
    assert response.status_code in statuses(path, body), response.content
    answers = response.json()["answers"] if response.status_code == 200 else []
    told = [one["answer"] for one in answers].count("accepted")
    assert stage.oracle.states().get("accepted", 0) == before + told


@pytest.mark.parametrize("is_signed", [True, False])
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize(("path", "method"), operations(feeds=True))
def test_post_feeds__requests_by_the_document__never_a_5xx(
    stage: WebStage, path: str, method: str, mode: GenerationMode, is_signed: bool
) -> None:
    @settings(SEEDED, max_examples=15)
    @given(case=SCHEMA[path][method].as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        request, body = made(stage, case)
        if is_signed:
            request.headers.update(_SIGNERS[path](body))
        response = sent(request)
        require_sound(response)
        if request.method == method and response.status_code != 400:
            assert response.status_code in (statuses(path, body) if is_signed else {401})

    ask()


@pytest.mark.parametrize(
    ("path", "whole"),
    [("/v1/feeds/square", PAYMENT), ("/v1/feeds/square", REFUND), ("/v1/feeds/toast", ORDER)],
    ids=["payment", "refund", "order"],
)
def test_post_feeds__signed_event_with_other_values__is_read_and_told(
    stage: WebStage, path: str, whole: bytes
) -> None:
    @settings(SEEDED, max_examples=60)
    @given(body=altered(whole) | spoilt(whole))
    def ask(body: bytes) -> None:
        require_told(stage, path, body)

    ask()


@settings(SEEDED, max_examples=40)
@given(
    path=st.sampled_from(sorted(_SIGNERS)),
    signature=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=130),
    body=st.sampled_from([PAYMENT, ORDER, b""]),
)
def test_post_feeds__forged_signatures__are_refused(
    stage: WebStage, path: str, signature: str, body: bytes
) -> None:
    header = SQUARE_HEADER if path.endswith("square") else TOAST_HEADER
    response: httpx.Response = stage.http.post(
        f"{stage.address}{path}", content=body, headers={header: signature.strip()}
    )
    assert problem_of(response) == (401, "bad_signature")


@settings(SEEDED, max_examples=60)
@given(
    body=spoilt(FILE) | spoilt(FILE.replace(b"\n", b"")) | st.binary(max_size=200),
    totals=st.none() | st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=24),
)
def test_post_file__spoilt_poslog_with_any_totals__is_never_a_5xx(
    stage: WebStage, body: bytes, totals: str | None
) -> None:
    headers = {"Content-Type": "application/xml"}
    if totals is not None:
        headers["Milepost-Records"] = totals.strip()
    before = stage.oracle.states().get("accepted", 0)
    response = stage.send("POST", "/v1/files", body, headers=headers)
    require_sound(response)
    told = response.json()["accepted"] if response.status_code == 200 else 0
    assert stage.oracle.states().get("accepted", 0) == before + told
