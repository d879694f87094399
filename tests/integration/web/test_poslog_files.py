"""POSLog over POST /v1/files: streamed, answered by transaction, and only for the sender's own stores."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from tests.support.poslogs import POSLOG, poslog_of, transaction_of
from tests.support.programme import PARTNERS
from tests.support.web_stage import WebStage, make_stage, problem_of, served

_XML = {"Content-Type": "application/xml"}
CONNECTED = {**PARTNERS, "putien": replace(PARTNERS["putien"], feeds=(POSLOG,))}


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[WebStage]:
    with served(make_stage(tmp_path), partners=lambda: CONNECTED) as running:
        yield running


def _send(stage: WebStage, body: bytes, **options: str) -> httpx.Response:
    return stage.send("POST", "/v1/files", body, headers=_XML, **options)  # type: ignore[arg-type]


def test_post_file__poslog__is_taken_once(stage: WebStage) -> None:
    body = poslog_of(transaction_of(), transaction_of(store="9"), transaction_of(sequence="42"))
    found = _send(stage, body).json()
    assert (found["accepted"], found["rejected"], found["refused"][0]["code"]) == (2, 1, "unknown_outlet")
    again = _send(stage, body).json()
    assert (again["accepted"], again["duplicate"]) == (0, 2)


def test_post_file__poslog_of_another_partners_store__is_rejected(stage: WebStage) -> None:
    found = _send(stage, poslog_of(), key="tamarind-1").json()
    assert (found["accepted"], found["refused"][0]["code"]) == (0, "unknown_outlet")


def test_post_file__bomb__is_refused_whole(stage: WebStage) -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><POSLog>&b;</POSLog>'
    assert problem_of(_send(stage, bomb)) == (400, "malformed_file")


def test_post_file__poslog_cut_short__keeps_what_came_before(stage: WebStage) -> None:
    whole = poslog_of(transaction_of(), transaction_of(sequence="42"))
    found = _send(stage, whole[: whole.rindex(b"<Total")]).json()
    assert (found["accepted"], found["refused"][0]["code"]) == (1, "malformed_xml")


_TWO_BILLS = {**_XML, "Milepost-Records": "2", "Milepost-Gross-Minor": "123200"}


def test_post_file__poslog_with_its_totals__is_taken_with_its_rejects(stage: WebStage) -> None:
    body = poslog_of(transaction_of(), transaction_of(store="9", sequence="42"))
    found = stage.send("POST", "/v1/files", body, headers=_TWO_BILLS).json()
    assert (found["records"], found["accepted"], found["rejected"]) == (2, 1, 1)


def test_post_file__poslog_with_other_totals__stores_nothing(stage: WebStage) -> None:
    body = poslog_of(transaction_of(), transaction_of(sequence="42"))
    cut = body[: body.rindex(b"<Total")]
    for sent, headers in ((body, {**_TWO_BILLS, "Milepost-Gross-Minor": "1"}), (cut, _TWO_BILLS)):
        response = stage.send("POST", "/v1/files", sent, headers=headers)
        assert problem_of(response) == (422, "file_totals_differ")
    assert stage.oracle.states() == {}


def test_post_file__poslog_that_is_none_with_totals__is_malformed(stage: WebStage) -> None:
    response = stage.send("POST", "/v1/files", b"<Bill/>", headers=_TWO_BILLS)
    assert problem_of(response) == (400, "malformed_file")
