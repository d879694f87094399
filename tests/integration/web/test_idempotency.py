"""An `Idempotency-Key` stands for one request, by target, type and bytes; what failed keeps no answer."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from milepost.web.parts import Limits
from tests.support.web_stage import WebStage, a_row, answers_of, database_full, make_stage, problem_of, served

KEY = {"Idempotency-Key": "till-7/0001"}
_REUSED = (422, "idempotency_key_reused")


def send(
    stage: WebStage, body: bytes, *, target: str = "/v1/purchases", kind: str = "json"
) -> httpx.Response:
    return stage.send("POST", target, body, headers={**KEY, "Content-Type": f"application/{kind}"})


@pytest.mark.parametrize(
    ("target", "kind"),
    [("/v1/purchases?source=till-8", "json"), ("/v1/purchases", "x-ndjson"), ("/v1/files", "x-ndjson")],
)
def test_answered_once__same_bytes_to_elsewhere_or_as_another_type__is_another_request(
    stage: WebStage, target: str, kind: str
) -> None:
    body = json.dumps(a_row()).encode()
    assert answers_of(send(stage, body)) == ["accepted"]
    assert problem_of(send(stage, body, target=target, kind=kind)) == _REUSED
    assert stage.oracle.states() == {"accepted": 1}


def test_answered_once__refused_at_first__is_done_when_it_comes_again(tmp_path: Path) -> None:
    body = json.dumps([a_row()]).encode()
    with served(make_stage(tmp_path)) as stage:
        with database_full(stage):
            full = json.dumps([a_row(sale_ref=f"A-{number}") for number in range(3_000)]).encode()
            assert problem_of(send(stage, full)) == (503, "unavailable")
        first, again = send(stage, body), send(stage, body)
    assert answers_of(first) == ["accepted"]
    assert "idempotent-replayed" not in first.headers
    assert (again.content, again.headers["idempotent-replayed"]) == (first.content, "true")


def test_answered_once__the_same_many_times_at_once__all_get_the_first_answer(stage: WebStage) -> None:
    body = json.dumps([a_row(sale_ref=f"A-{number}") for number in range(50)]).encode()
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: send(stage, body), range(8)))
    assert {response.content for response in found} == {send(stage, body).content}
    assert answers_of(found[0]) == ["accepted"] * 50
    assert [response.headers.get("idempotent-replayed") for response in found].count(None) == 1
    assert stage.oracle.states() == {"accepted": 50}


def test_answered_once__other_requests_with_the_key_at_once__one_is_done(stage: WebStage) -> None:
    bodies = [json.dumps(a_row(sale_ref=f"A-{number}")).encode() for number in range(8)]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda body: send(stage, body), bodies))
    (done,) = (response for response in found if response.status_code == 200)
    assert answers_of(done) == ["accepted"]
    assert {problem_of(response) for response in found if response is not done} == {_REUSED}
    assert stage.oracle.states() == {"accepted": 1}


def test_answered_once__nothing_under_way__no_turn_is_kept(stage: WebStage) -> None:
    send(stage, json.dumps(a_row()).encode())
    assert not stage.parts.turns


def test_answered_once__answer_of_a_file__is_its_bytes(tmp_path: Path) -> None:
    body = b"".join(json.dumps(a_row(sale_ref=f"A-{number}")).encode() + b"\n" for number in range(3))
    with served(make_stage(tmp_path, limits=Limits(stored_answer_s=60))) as stage:
        first = send(stage, body, target="/v1/files", kind="x-ndjson")
        stage.machine.now_s += 60
        again = send(stage, body, target="/v1/files", kind="x-ndjson")
        assert (again.content, again.json()["accepted"]) == (first.content, 3)
        stage.machine.now_s += 1
        later = send(stage, body, target="/v1/files", kind="x-ndjson").json()
        assert (later["accepted"], later["duplicate"]) == (0, 3)
