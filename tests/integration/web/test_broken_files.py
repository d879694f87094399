"""A file that breaks: what was stored before is told, and sent whole again all of it is there once."""

import json
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from milepost.web.parts import Limits
from tests.integration.web.test_files import a_file, bills
from tests.support.web_stage import WebStage, database_full, make_stage, problem_of, served

_CSV = {"Content-Type": "text/csv"}
_LINES = {**_CSV, "Accept": "application/x-ndjson"}
FILE = a_file(*bills(5_000))
# Room for more than a unit of work, and by far not for all.
_SPARE_PAGES = 160


def send(stage: WebStage, body: bytes, headers: dict[str, str] | None = None) -> httpx.Response:
    return stage.send("POST", "/v1/files", body, headers=headers or _CSV)


def require_told(stage: WebStage, problem: dict[str, Any]) -> None:
    """The problem tells just what is stored, and the whole file sent again is all there once."""
    stored = problem["stored"]
    count = stored["records"]
    assert 0 < count < 5_000
    assert (stored["accepted"], stored["last_line"], stored["refused"]) == (count, count + 1, [])
    assert f"first {count} records, to line {count + 1}" in problem["detail"]
    assert "send the whole file again" in problem["detail"]
    assert stage.oracle.states() == {"accepted": count}
    again = send(stage, FILE).json()
    assert (again["accepted"], again["duplicate"], again["last_line"]) == (5_000 - count, count, 5_001)
    assert stage.oracle.states() == {"accepted": 5_000}


def test_post_file__store_fails_in_the_middle__says_how_far_it_came(stage: WebStage) -> None:
    with database_full(stage, spare_pages=_SPARE_PAGES):
        response = send(stage, FILE, {**_CSV, "Idempotency-Key": "monday"})
    assert problem_of(response) == (503, "unavailable")
    assert "retry-after" in response.headers
    require_told(stage, response.json())


def test_post_file__store_fails_in_the_middle_of_lines__ends_them_with_how_far_it_came(
    stage: WebStage,
) -> None:
    with database_full(stage, spare_pages=_SPARE_PAGES):
        lines = [json.loads(line) for line in send(stage, FILE, _LINES).text.splitlines()]
    assert [line["answer"] for line in lines[:-1]] == ["accepted"] * (len(lines) - 1)
    problem = lines[-1]["problem"]
    assert (problem["code"], problem["stored"]["records"]) == ("unavailable", len(lines) - 1)
    require_told(stage, problem)


@pytest.mark.parametrize("headers", [_CSV, _LINES])
def test_post_file__store_fails_at_once__tells_of_nothing_stored(
    stage: WebStage, headers: dict[str, str]
) -> None:
    with database_full(stage):
        response = send(stage, FILE, headers)
    assert problem_of(response) == (503, "unavailable")
    assert "stored" not in response.json()
    assert stage.oracle.states() == {}


@pytest.mark.parametrize(
    ("spoilt", "says"),
    [(b"\xff\xfe,A-1", "not UTF-8"), (b"x" * 70_000, "longer than"), (b'"a,b', "cannot be told apart")],
)
def test_post_file__line_that_cannot_be_read__is_refused_alone(
    stage: WebStage, spoilt: bytes, says: str
) -> None:
    rows = a_file(*bills(4)).splitlines(keepends=True)
    found = send(stage, b"".join([*rows[:3], spoilt + b"\r\n", *rows[3:]])).json()
    (refused,) = found["refused"]
    assert (found["accepted"], found["last_line"]) == (4, 6)
    assert (refused["line"], refused["code"]) == (4, "malformed_row")
    assert says in refused["sentence"]


def test_post_file__too_large_in_pieces__has_stored_nothing(tmp_path: Any) -> None:
    def pieces() -> Iterator[bytes]:
        yield from (FILE[start : start + 4_096] for start in range(0, len(FILE), 4_096))

    with served(make_stage(tmp_path, limits=Limits(file_bytes=100_000))) as stage:
        headers = {**stage.signed("POST", "/v1/files", FILE), **_CSV}
        response = stage.http.post(f"{stage.address}/v1/files", content=pieces(), headers=headers)
        assert problem_of(response) == (413, "body_too_large")
        assert "Nothing was stored" in response.json()["detail"]
        assert stage.oracle.states() == {}


def test_post_file__sender_gone_before_its_end__has_stored_nothing(stage: WebStage) -> None:
    host, port = stage.address.removeprefix("http://").split(":")
    signed = "".join(
        f"{name}: {value}\r\n" for name, value in {**stage.signed("POST", "/v1/files", FILE), **_CSV}.items()
    )
    head = f"POST /v1/files HTTP/1.1\r\nHost: x\r\nContent-Length: {len(FILE)}\r\n{signed}\r\n"
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(head.encode() + FILE[:-100])
    assert send(stage, a_file(*bills(1))).json()["accepted"] == 1
    assert stage.oracle.states() == {"accepted": 1}
    assert send(stage, FILE).json()["accepted"] == 4_999


def test_post_file__reader_of_lines_gone__is_sent_again_and_all_there_once(stage: WebStage) -> None:
    headers = {**stage.signed("POST", "/v1/files", FILE), **_LINES}
    with stage.http.stream("POST", f"{stage.address}/v1/files", content=FILE, headers=headers) as response:
        assert json.loads(next(response.iter_lines()))["answer"] == "accepted"
    again = send(stage, FILE).json()
    assert again["accepted"] + again["duplicate"] == 5_000
    assert stage.oracle.states() == {"accepted": 5_000}
