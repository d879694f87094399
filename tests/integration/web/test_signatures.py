"""Who sends what over a real socket: forged, old, replayed and rotated signatures."""

import json
import os

from tests.support.web_stage import WebStage, a_row, answers_of, keys_text, problem_of

_JSON = {"Content-Type": "application/json"}


def test_post_purchases__body_changed_on_the_way__stores_nothing(stage: WebStage) -> None:
    sent, arrived = json.dumps(a_row()).encode(), json.dumps(a_row(gross_minor=99_999)).encode()
    headers = {**stage.signed("POST", "/v1/purchases", sent), **_JSON}
    response = stage.send("POST", "/v1/purchases", arrived, headers=headers)
    assert problem_of(response) == (401, "bad_signature")
    assert stage.oracle.states() == {}


def test_post_purchases__query_changed_on_the_way__is_refused(stage: WebStage) -> None:
    body = json.dumps(a_row()).encode()
    headers = {**stage.signed("POST", "/v1/purchases", body), **_JSON}
    response = stage.send("POST", "/v1/purchases?source=other", body, headers=headers)
    assert problem_of(response) == (401, "bad_signature")


def test_post_purchases__signed_too_long_ago__is_refused(stage: WebStage) -> None:
    body = json.dumps(a_row()).encode()
    headers = {**stage.signed("POST", "/v1/purchases", body, at=stage.machine.now() - 301), **_JSON}
    assert problem_of(stage.send("POST", "/v1/purchases", body, headers=headers)) == (401, "stale_timestamp")


def test_post_purchases__replayed_in_the_window__counts_once(stage: WebStage) -> None:
    body = json.dumps(a_row()).encode()
    headers = {**stage.signed("POST", "/v1/purchases", body), **_JSON}
    assert answers_of(stage.send("POST", "/v1/purchases", body, headers=headers)) == ["accepted"]
    assert answers_of(stage.send("POST", "/v1/purchases", body, headers=headers)) == ["duplicate"]


def test_post_purchases__two_keys_in_force__both_are_taken(stage: WebStage) -> None:
    assert answers_of(stage.post(a_row(), key="putien-1")) == ["accepted"]
    assert answers_of(stage.post(a_row(sale_ref="A-2"), key="putien-2")) == ["accepted"]


def test_post_purchases__keys_file_changed__goes_by_the_new_one(stage: WebStage) -> None:
    assert answers_of(stage.post(a_row())) == ["accepted"]
    unfinished = stage.keys_file.with_suffix(".part")
    unfinished.write_text(keys_text(until_s=stage.machine.now()), encoding="utf-8")
    os.replace(unfinished, stage.keys_file)
    assert problem_of(stage.post(a_row(sale_ref="A-2"))) == (401, "unknown_key")


def test_post_purchases__keys_file_spoilt__goes_on_by_the_former_one(stage: WebStage) -> None:
    stage.keys_file.write_text("{", encoding="utf-8")
    assert answers_of(stage.post(a_row())) == ["accepted"]


def test_post_purchases__key_of_the_operator__is_forbidden(stage: WebStage) -> None:
    assert problem_of(stage.post(a_row(), key="operator-1")) == (403, "forbidden")
