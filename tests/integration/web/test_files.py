"""POST /v1/files over a real socket on a real store: totals, rejects, lines, and sending again."""

import json
from pathlib import Path

import pytest

from milepost.web.parts import Limits
from tests.support.web_stage import WebStage, a_row, make_stage, problem_of, served

_CSV = {"Content-Type": "text/csv"}
_COLUMNS = ("partner", "sale_ref", "outlet", "occurred_at", "currency", "gross_minor", "member")


def a_file(*rows: dict[str, object]) -> bytes:
    lines = [",".join(_COLUMNS), *(",".join(str(row[name]) for name in _COLUMNS) for row in rows)]
    return "\r\n".join(lines).encode() + b"\r\n"


def bills(count: int) -> list[dict[str, object]]:
    return [a_row(sale_ref=f"A-{number}") for number in range(count)]


def test_post_file__csv__is_counted_and_stored(stage: WebStage) -> None:
    body = a_file(*bills(1_500), a_row(sale_ref="B", outlet="nowhere"), a_row(gross_minor=1, sale_ref="A-0"))
    found = stage.send("POST", "/v1/files", body, headers=_CSV).json()
    refused = found.pop("refused")
    assert found == {
        "records": 1_502,
        "last_line": 1_503,
        "accepted": 1_500,
        "duplicate": 0,
        "conflict": 1,
        "rejected": 1,
        "refused_left_out": 0,
    }
    assert [(one["line"], one["code"]) for one in refused] == [(1_502, "unknown_outlet"), (1_503, "conflict")]
    assert stage.oracle.states() == {"accepted": 1_500}


def test_post_file__sent_again__stores_nothing_more(stage: WebStage) -> None:
    body = a_file(*bills(3))
    assert stage.send("POST", "/v1/files", body, headers=_CSV).json()["accepted"] == 3
    assert stage.send("POST", "/v1/files", body, headers=_CSV).json()["duplicate"] == 3
    assert stage.oracle.states() == {"accepted": 3}


def test_post_file__totals_that_match__is_stored_with_its_rejects(stage: WebStage) -> None:
    body = a_file(*bills(3), a_row(sale_ref="B", outlet="nowhere"))
    headers = {**_CSV, "Milepost-Records": "4", "Milepost-Gross-Minor": "240000"}
    found = stage.send("POST", "/v1/files", body, headers=headers).json()
    assert (found["accepted"], found["rejected"]) == (3, 1)


@pytest.mark.parametrize("totals", [{"Milepost-Records": "4"}, {"Milepost-Gross-Minor": "179999"}])
def test_post_file__totals_that_differ__stores_nothing(stage: WebStage, totals: dict[str, str]) -> None:
    response = stage.send("POST", "/v1/files", a_file(*bills(3)), headers={**_CSV, **totals})
    assert problem_of(response) == (422, "file_totals_differ")
    assert stage.oracle.states() == {}


def test_post_file__total_that_is_no_number__is_refused(stage: WebStage) -> None:
    headers = {**_CSV, "Milepost-Records": "many"}
    assert problem_of(stage.send("POST", "/v1/files", b"", headers=headers)) == (422, "bad_parameter")


def test_post_file__header_without_columns__is_refused_with_them(stage: WebStage) -> None:
    response = stage.send("POST", "/v1/files", b"partner,sale_ref\r\n", headers=_CSV)
    assert problem_of(response) == (400, "malformed_file")
    assert "occurred_at" in response.json()["detail"]


def test_post_file__lines_wanted__has_a_line_a_record_and_the_summary(stage: WebStage) -> None:
    headers = {**_CSV, "Accept": "application/x-ndjson"}
    body = a_file(*bills(1_100), a_row(sale_ref="B", outlet="nowhere"))
    response = stage.send("POST", "/v1/files", body, headers=headers)
    lines = [json.loads(line) for line in response.text.splitlines()]
    assert [line["answer"] for line in lines[:-1]] == ["accepted"] * 1_100 + ["rejected"]
    assert lines[-1]["summary"]["records"] == 1_101


def test_post_file__lines_wanted_of_a_bad_file__is_a_problem(stage: WebStage) -> None:
    headers = {**_CSV, "Accept": "application/x-ndjson"}
    assert problem_of(stage.send("POST", "/v1/files", b"", headers=headers)) == (400, "malformed_file")


def test_post_file__idempotency_key__gives_the_first_answer_again(stage: WebStage) -> None:
    headers = {**_CSV, "Idempotency-Key": "monday"}
    first = stage.send("POST", "/v1/files", a_file(*bills(3)), headers=headers)
    again = stage.send("POST", "/v1/files", a_file(*bills(3)), headers=headers)
    assert (again.content, again.headers["idempotent-replayed"]) == (first.content, "true")
    other = stage.send("POST", "/v1/files", a_file(*bills(4)), headers=headers)
    assert problem_of(other) == (422, "idempotency_key_reused")
    assert stage.oracle.states() == {"accepted": 3}


@pytest.mark.parametrize("totals", [{"Milepost-Records": "4"}, {"Milepost-Gross-Minor": "1"}, {}])
def test_post_file__idempotency_key_with_other_totals__is_of_another_request(
    stage: WebStage, totals: dict[str, str]
) -> None:
    headers = {**_CSV, "Idempotency-Key": "monday"}
    first = {**headers, "Milepost-Records": "3"}
    assert stage.send("POST", "/v1/files", a_file(*bills(3)), headers=first).json()["accepted"] == 3
    other = stage.send("POST", "/v1/files", a_file(*bills(3)), headers={**headers, **totals})
    assert problem_of(other) == (422, "idempotency_key_reused")


def test_post_file__larger_than_it_may__is_refused_before_it_is_read(tmp_path: Path) -> None:
    with served(make_stage(tmp_path, limits=Limits(file_bytes=1_000))) as stage:
        response = stage.send("POST", "/v1/files", a_file(*bills(30)), headers=_CSV)
        assert problem_of(response) == (413, "body_too_large")


def test_post_file__other_places_taken__is_told_to_wait(tmp_path: Path) -> None:
    with served(make_stage(tmp_path, limits=Limits(files_at_once=0))) as stage:
        response = stage.send("POST", "/v1/files", a_file(*bills(1)), headers=_CSV)
        assert problem_of(response) == (503, "unavailable")
        assert response.headers["retry-after"] == "5"
