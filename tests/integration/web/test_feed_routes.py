"""Webhooks of Square and Toast over a real socket, on a real store: each purchase is taken once."""

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import monotonic

import httpx
import pytest

from milepost.domain.feed_connection import FeedSystem
from milepost.feeds.event_body import MOST_EVENT_BYTES
from milepost.feeds.signatures import SQUARE_HEADER, TOAST_HEADER, square_signature, toast_signature
from milepost.ports import JudgedAt, KeptRequest
from milepost.web.feed_secrets import FeedSecretFile
from milepost.web.rates import RateLimits
from tests.support import square_events, toast_orders
from tests.support.programme import NOON_S, PARTNERS
from tests.support.web_stage import WebStage, answers_of, make_stage, problem_of, served

FEEDS = (square_events.SQUARE, toast_orders.TOAST)
CONNECTED = {**PARTNERS, "putien": replace(PARTNERS["putien"], feeds=FEEDS)}
OLD = {"putien": {"square": [square_events.SECRET], "toast": [toast_orders.SECRET]}}


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    file = tmp_path / "feed-secrets.json"
    file.write_text(json.dumps(OLD), encoding="utf-8")
    return file


@pytest.fixture
def stage(tmp_path: Path, secrets: Path) -> Iterator[WebStage]:
    found = FeedSecretFile(secrets, "MILEPOST_FEED_SECRETS_FILE", monotonic, every_s=0)
    found.require()
    with served(make_stage(tmp_path), partners=lambda: CONNECTED, feed_secrets=found.secrets_of) as running:
        yield running


def _square(stage: WebStage, body: bytes, *, secret: str = square_events.SECRET) -> httpx.Response:
    signature = square_signature(body, secret, notification_url=square_events.URL)
    return stage.http.post(
        f"{stage.address}/v1/feeds/square", content=body, headers={SQUARE_HEADER: signature}
    )


def _toast(stage: WebStage, body: bytes, *, secret: str = toast_orders.SECRET) -> httpx.Response:
    signature = toast_signature(body, secret, timestamp=toast_orders.TIMESTAMP)
    return stage.http.post(f"{stage.address}/v1/feeds/toast", content=body, headers={TOAST_HEADER: signature})


def _stored(stage: WebStage) -> list[str]:
    with stage.oracle.store.unit_of_work() as work:
        found = work.purchases.accepted(["putien"], most=100)
    return sorted(f"{one.purchase.kind.name} {one.purchase.source}" for one in found)


def test_post_square__twelve_events_twice_in_any_order__are_one_sale_and_one_refund(stage: WebStage) -> None:
    # A refund of the day after lies ahead of the stage's clock: it is taken once that day has come.
    stage.oracle.chain.advance_to(NOON_S + 2 * 86_400)
    events = square_events.twelve_events() * 2
    random.Random(7).shuffle(events)
    answers = [answer for body in events for answer in answers_of(_square(stage, body))]
    assert sorted(set(answers)) == ["accepted", "duplicate"]
    assert answers.count("accepted") == 2
    assert _stored(stage) == ["REFUND square", "SALE square"]


def test_post_toast__order_sent_again__is_a_duplicate(stage: WebStage) -> None:
    assert answers_of(_toast(stage, toast_orders.order_of())) == ["accepted"]
    assert answers_of(_toast(stage, toast_orders.order_of())) == ["duplicate"]
    assert _stored(stage) == ["SALE toast"]


def test_post_square__unknown_outlet__is_answered_with_200_and_its_code(stage: WebStage) -> None:
    payment = square_events.payment_of(location_id="L0ELSEWHERE")
    response = _square(stage, square_events.event_of("payment.updated", payment=payment))
    assert answers_of(response) == ["rejected"]
    assert response.json()["answers"][0]["code"] == "unknown_outlet"


def test_post_square__order_updated__is_answered_with_nothing(stage: WebStage) -> None:
    response = _square(stage, square_events.event_of("order.updated", order_updated={"order_id": "x"}))
    assert answers_of(response) == []


def test_post_feeds__forged__are_refused_and_store_nothing(stage: WebStage) -> None:
    body = square_events.event_of("payment.updated", payment=square_events.payment_of())
    assert problem_of(_square(stage, body, secret="somebody-elses-key")) == (401, "bad_signature")
    assert problem_of(_toast(stage, toast_orders.order_of(), secret="x" * 20)) == (401, "bad_signature")
    for path in ("square", "toast"):
        response = stage.http.post(f"{stage.address}/v1/feeds/{path}", content=body)
        assert problem_of(response) == (401, "bad_signature")
    assert _stored(stage) == []


def test_post_square__secret_changed__old_and_new_hold_until_the_old_is_taken_out(
    stage: WebStage, secrets: Path
) -> None:
    body = square_events.event_of("payment.updated", payment=square_events.payment_of())
    new = "the-new-signature-key"
    secrets.write_text(json.dumps({"putien": {"square": [new, square_events.SECRET]}}), encoding="utf-8")
    assert answers_of(_square(stage, body)) == ["accepted"]
    assert answers_of(_square(stage, body, secret=new)) == ["duplicate"]
    secrets.write_text(json.dumps({"putien": {"square": [new]}}), encoding="utf-8")
    assert problem_of(_square(stage, body)) == (401, "bad_signature")


def test_post_square__signed_but_no_event__is_answered_with_its_code(stage: WebStage) -> None:
    for body in (b"", b"{", b"[]", b"\xff", b"[" * 100_000):
        response = _square(stage, body)
        assert answers_of(response) == ["rejected"]
        assert response.json()["answers"][0]["code"] == "malformed_event"


def test_post_feeds__body_beyond_the_bound__is_refused(stage: WebStage) -> None:
    assert problem_of(_square(stage, b" " * (MOST_EVENT_BYTES + 1))) == (413, "body_too_large")


def test_post_feeds__no_secrets_configured__take_nothing(tmp_path: Path) -> None:
    body = square_events.event_of("payment.updated", payment=square_events.payment_of())
    with served(make_stage(tmp_path), partners=lambda: CONNECTED) as running:
        assert problem_of(_square(running, body)) == (401, "bad_signature")


def test_post_feeds__share_used_up__is_503_so_that_it_comes_again(stage: WebStage, tmp_path: Path) -> None:
    body = square_events.event_of("order.updated", order_updated={"order_id": "x"})
    parts = replace(stage.parts, partners=lambda: CONNECTED, rates=RateLimits("1/hour"))
    secrets_of = {"feed_secrets": lambda *_: (square_events.SECRET,)}
    with served(replace(stage, parts=parts), **secrets_of) as running:
        assert answers_of(_square(running, body)) == []
        response = _square(running, body)
        assert problem_of(response) == (503, "unavailable")
        assert int(response.headers["retry-after"]) > 0


def test_post_square__kept_for_reporters__as_it_came(stage: WebStage) -> None:
    kept: list[tuple[KeptRequest, bytes]] = []
    body = square_events.event_of("payment.updated", payment=square_events.payment_of())
    parts = replace(stage.parts, partners=lambda: CONNECTED)
    changes = {
        "feed_secrets": lambda *_: (square_events.SECRET,),
        "keep_request": lambda request, content: kept.append((request, content.read())) or len(kept),
    }
    with served(replace(stage, parts=parts), **changes) as running:
        assert answers_of(_square(running, body)) == ["accepted"]
    ((request, content),) = kept
    assert (request.method, request.target, content) == ("POST", b"/v1/feeds/square", body)
    assert (request.partner, request.judged_at) == ("putien", JudgedAt(NOON_S, NOON_S))
    assert request.headers[SQUARE_HEADER] == square_signature(
        body, square_events.SECRET, notification_url=square_events.URL
    )


def test_openapi__feeds__name_their_headers(stage: WebStage) -> None:
    document = stage.http.get(f"{stage.address}/openapi.json").json()
    for system, header in ((FeedSystem.SQUARE, SQUARE_HEADER), (FeedSystem.TOAST, TOAST_HEADER)):
        route = document["paths"][f"/v1/feeds/{system}"]["post"]
        assert [one["name"] for one in route["parameters"]] == [header]
        assert "401" in route["responses"]
