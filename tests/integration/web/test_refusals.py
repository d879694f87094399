"""What a request is refused for, over a real socket: a code that stays, a sentence, and nothing stored."""

import json
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from milepost.web.parts import Limits
from tests.support.web_stage import (
    WebStage,
    a_row,
    answers_of,
    database_full,
    make_stage,
    problem_of,
    served,
)

_JSON = {"Content-Type": "application/json"}


@contextmanager
def limited(folder: Path, **limits: Any) -> Iterator[WebStage]:
    with served(make_stage(folder, limits=Limits(**limits))) as stage:
        yield stage


def refused(stage: WebStage, body: bytes, content_type: str = "application/json", **headers: str) -> Any:
    sent = {"Content-Type": content_type, **headers}
    found = problem_of(stage.send("POST", "/v1/purchases", body, headers=sent))
    assert stage.oracle.states() == {}
    return found


@pytest.mark.parametrize("body", [b"", b"{", b"[1,", b'"a"', b"7", b"nan", b'{"a":NaN}', b'{"a":1,"a":2}'])
def test_post_purchases__no_json__is_malformed(stage: WebStage, body: bytes) -> None:
    assert refused(stage, body) == (400, "malformed_json")


@pytest.mark.parametrize("body", [b"\xff", b'{"partner":"\xc3"}', '{"partner":"é"}'.encode("utf-16")])
def test_post_purchases__not_utf_8__is_of_a_wrong_encoding(stage: WebStage, body: bytes) -> None:
    assert refused(stage, body) == (400, "wrong_encoding")


@pytest.mark.parametrize("bracket", [b"[", b'{"a":'])
def test_post_purchases__a_million_brackets__is_too_deep(stage: WebStage, bracket: bytes) -> None:
    assert refused(stage, bracket * 500_000) == (400, "too_deep")


def test_post_purchases__deep_in_one_field__is_too_deep(stage: WebStage) -> None:
    nested = b"[" * 40 + b"]" * 40
    assert refused(stage, b'{"partner":' + nested + b"}") == (400, "too_deep")


@pytest.mark.parametrize(
    "value",
    ["9" * 5_000, "1e999999", "-1", "1.5", '"' + "9" * 5_000 + '"', "true"],
    ids=lambda value: value[:8],
)
def test_post_purchases__number_out_of_bounds__is_never_taken(stage: WebStage, value: str) -> None:
    body = json.dumps(a_row(gross_minor="GROSS")).replace('"GROSS"', value).encode()
    response = stage.send("POST", "/v1/purchases", body, headers=_JSON)
    if response.status_code == 200:
        assert [one["code"] for one in response.json()["answers"]] == ["bad_amount"]
    else:
        assert problem_of(response) == (400, "malformed_json")
    assert stage.oracle.states() == {}


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/json; charset=latin-1", "nonsense"])
def test_post_purchases__other_media_type__is_unsupported(stage: WebStage, content_type: str) -> None:
    assert refused(stage, b"{}", content_type) == (415, "unsupported_media_type")


def test_post_purchases__compressed__is_unsupported(stage: WebStage) -> None:
    found = refused(stage, b"{}", **{"Content-Encoding": "gzip"})
    assert found == (415, "unsupported_media_type")


def test_post_purchases__too_many_records__is_refused_whole(tmp_path: Path) -> None:
    with limited(tmp_path, records=2) as stage:
        assert refused(stage, json.dumps([a_row()] * 3).encode()) == (413, "too_many_records")


def test_post_purchases__longer_than_it_may_by_its_header__is_not_read(tmp_path: Path) -> None:
    with limited(tmp_path, body_bytes=1_000) as stage:
        assert refused(stage, b" " * 1_001) == (413, "body_too_large")


def test_post_purchases__longer_than_it_may_in_pieces__is_cut_off(tmp_path: Path) -> None:
    with limited(tmp_path, body_bytes=1_000) as stage:
        headers = {**stage.signed("POST", "/v1/purchases"), **_JSON}
        pieces = (b" " * 100 for _ in range(50))
        response = stage.http.post(f"{stage.address}/v1/purchases", content=pieces, headers=headers)
        assert problem_of(response) == (413, "body_too_large")


def test_post_purchases__body_that_never_comes__is_given_up(tmp_path: Path) -> None:
    with limited(tmp_path, body_timeout_s=1) as stage:
        host, port = stage.address.removeprefix("http://").split(":")
        head = "".join(
            f"{name}: {value}\r\n" for name, value in stage.signed("POST", "/v1/purchases").items()
        )
        with socket.create_connection((host, int(port)), timeout=20) as connection:
            connection.sendall(
                f"POST /v1/purchases HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                f"Content-Length: 100\r\n{head}\r\n{{".encode()
            )
            assert b"408" in connection.recv(4_096).splitlines()[0]


def test_post_purchases__body_cut_short__stores_nothing_and_the_server_goes_on(stage: WebStage) -> None:
    host, port = stage.address.removeprefix("http://").split(":")
    body = json.dumps(a_row()).encode()
    head = "".join(
        f"{name}: {value}\r\n" for name, value in stage.signed("POST", "/v1/purchases", body).items()
    )
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(
            f"POST /v1/purchases HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n{head}\r\n".encode()
            + body[:-5]
        )
    assert answers_of(stage.post(a_row(sale_ref="A-2"))) == ["accepted"]
    assert stage.oracle.states() == {"accepted": 1}


def test_post_purchases__more_than_its_rate__is_told_when_to_come_again(tmp_path: Path) -> None:
    with served(make_stage(tmp_path, rate="2/minute")) as stage:
        assert answers_of(stage.post(a_row())) == ["accepted"]
        assert answers_of(stage.post(a_row(), key="putien-2")) == ["duplicate"]
        response = stage.post(a_row())
        assert problem_of(response) == (429, "rate_limited")
        assert 0 < int(response.headers["retry-after"]) <= 61
        assert answers_of(stage.post(a_row(partner="tamarind"), key="tamarind-1")) == ["accepted"]


def test_post_purchases__forged_requests__use_up_nobodys_rate(tmp_path: Path) -> None:
    with served(make_stage(tmp_path, rate="2/minute")) as stage:
        forged = {**stage.signed("POST", "/v1/purchases", b"other"), **_JSON}
        for _ in range(5):
            response = stage.send("POST", "/v1/purchases", b"{}", headers=forged)
            assert problem_of(response) == (401, "bad_signature")
        assert answers_of(stage.post(a_row())) == ["accepted"]


def test_post_purchases__too_many_wait__is_told_to_come_again(tmp_path: Path) -> None:
    # Ten seconds pass between one look at the clock and the next: each request counts anew.
    with served(
        make_stage(tmp_path, limits=Limits(waiting_purchases=1)), tick=count(step=10).__next__
    ) as stage:
        assert answers_of(stage.post([a_row(), a_row(sale_ref="A-2")])) == ["accepted", "accepted"]
        response = stage.post(a_row(sale_ref="A-3"))
        assert problem_of(response) == (503, "queue_full")
        assert response.headers["retry-after"] == "5"
        assert stage.oracle.states() == {"accepted": 2}


def test_post_purchases__database_full__is_unavailable_and_goes_on_later(
    stage: WebStage, tmp_path: Path
) -> None:
    with database_full(stage):
        response = stage.post([a_row(sale_ref=f"A-{number}") for number in range(5_000)])
    assert problem_of(response) == (503, "unavailable")
    assert "retry-after" in response.headers
    assert answers_of(stage.post(a_row(sale_ref="B"))) == ["accepted"]


def test_post_purchases__database_gone__is_unavailable(stage: WebStage, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "milepost.db")) as database:
        database.execute("ALTER TABLE purchases RENAME TO hidden")
        response = stage.post(a_row())
        assert problem_of(response) == (503, "unavailable")
        database.execute("ALTER TABLE hidden RENAME TO purchases")
    assert answers_of(stage.post(a_row())) == ["accepted"]


def test_post_purchases__idempotency_key__gives_the_first_answer_again(stage: WebStage) -> None:
    headers = {"Idempotency-Key": "0b2f"}
    first = stage.post(a_row(), headers=headers)
    again = stage.post(a_row(), headers=headers)
    assert answers_of(again) == answers_of(first) == ["accepted"]
    assert again.headers["idempotent-replayed"] == "true"
    assert problem_of(stage.post(a_row(gross_minor=1), headers=headers)) == (422, "idempotency_key_reused")
    # A key is its partner's own, and ends after a day.
    own = stage.post(a_row(partner="tamarind"), headers=headers, key="tamarind-1")
    assert answers_of(own) == ["accepted"]
    stage.machine.now_s += 86_401
    assert answers_of(stage.post(a_row(), headers=headers)) == ["duplicate"]


@pytest.mark.parametrize("key", ["", "a b", "é", "x" * 129])
def test_post_purchases__idempotency_key_that_is_none__is_refused(stage: WebStage, key: str) -> None:
    body = json.dumps(a_row()).encode()
    headers = [*stage.signed("POST", "/v1/purchases", body).items(), *_JSON.items()]
    sent = [(name.encode(), value.encode()) for name, value in headers]
    sent.append((b"Idempotency-Key", key.encode()))
    response = stage.http.post(f"{stage.address}/v1/purchases", content=body, headers=sent)
    assert problem_of(response) == (422, "bad_parameter")


@pytest.mark.parametrize(
    ("method", "target", "expected"),
    [
        ("GET", "/", (404, "not_found")),
        ("GET", "/v1/purchases", (405, "method_not_allowed")),
        ("DELETE", "/v1/files", (405, "method_not_allowed")),
        ("GET", "/v1/purchases/putien/more?sale_ref=1", (404, "not_found")),
    ],
)
def test_app__no_such_thing__is_a_problem(
    stage: WebStage, method: str, target: str, expected: tuple[int, str]
) -> None:
    assert problem_of(stage.send(method, target)) == expected
