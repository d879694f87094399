"""POST /v1/purchases over a real socket on a real store: an answer a record, and a problem for the rest."""

import json

from tests.support.programme import MEMBERS
from tests.support.web_stage import WebStage, a_row, answers_of, problem_of

_JSON = {"Content-Type": "application/json"}
_NDJSON = {"Content-Type": "application/x-ndjson"}


def test_post_purchases__one_object__is_stored_and_answered(stage: WebStage) -> None:
    response = stage.post(a_row())
    assert response.json() == {
        "answers": [
            {
                "line": 1,
                "sale_ref": "A-1001",
                "kind": "SALE",
                "revision": 0,
                "answer": "accepted",
                "code": None,
                "sentence": None,
            }
        ]
    }
    assert stage.oracle.states() == {"accepted": 1}


def test_post_purchases__sent_again__is_a_duplicate(stage: WebStage) -> None:
    assert answers_of(stage.post(a_row())) == ["accepted"]
    assert answers_of(stage.post(a_row())) == ["duplicate"]
    assert stage.oracle.states() == {"accepted": 1}


def test_post_purchases__list__has_an_answer_each_in_order(stage: WebStage) -> None:
    rows = [
        a_row(),
        a_row(gross_minor=1),
        a_row(sale_ref="A-2", outlet="nowhere"),
        a_row(sale_ref="A-3", member=MEMBERS[1]),
        a_row(partner="tamarind", sale_ref="A-4"),
        7,
    ]
    response = stage.post(rows)
    assert answers_of(response) == ["accepted", "conflict", "rejected", "accepted", "rejected", "rejected"]
    answers = response.json()["answers"]
    codes = [None, "conflict", "unknown_outlet", None, "wrong_partner", "malformed_row"]
    assert [one["code"] for one in answers] == codes
    assert [one["line"] for one in answers] == [1, 2, 3, 4, 5, 6]
    assert stage.oracle.states() == {"accepted": 2}


def test_post_purchases__lines__have_an_answer_each(stage: WebStage) -> None:
    body = "\n".join([json.dumps(a_row()), "{", "", json.dumps(a_row(sale_ref="A/2"))]).encode()
    response = stage.send("POST", "/v1/purchases?source=till-7", body, headers=_NDJSON)
    assert answers_of(response) == ["accepted", "rejected", "accepted"]
    assert [one["line"] for one in response.json()["answers"]] == [1, 2, 4]
    with stage.oracle.store.unit_of_work() as work:
        assert work.purchases.of_sale("putien", "A/2")[0].purchase.source == "till-7"


def test_post_purchases__empty_list__is_answered_with_none(stage: WebStage) -> None:
    assert answers_of(stage.post([])) == []


def test_post_purchases__not_signed__is_refused(stage: WebStage) -> None:
    response = stage.http.post(f"{stage.address}/v1/purchases", json=a_row())
    assert problem_of(response) == (401, "no_signature")
    assert response.headers["www-authenticate"] == "Milepost-HMAC-SHA256"
    assert stage.oracle.states() == {}
