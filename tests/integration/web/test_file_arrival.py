"""Files that come slowly, or from who cannot sign: they keep nobody else out, and every place comes back."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import monotonic, sleep

import httpx
import pytest

from milepost.web.file_places import FilePlaces
from milepost.web.parts import Limits
from tests.integration.web.test_files import a_file, bills
from tests.support.web_stage import WebStage, a_row, make_stage, problem_of, served

_CSV = {"Content-Type": "text/csv"}


@contextmanager
def half_sent(stage: WebStage, *, key: str = "putien-1") -> Iterator[socket.socket]:
    """A file whose head names a key, whose signature fits nothing, and whose body does not come."""
    host, port = stage.address.removeprefix("http://").split(":")
    headers = {**stage.signed("POST", "/v1/files", b"other", key=key), **_CSV, "Content-Length": "1000000"}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(f"POST /v1/files HTTP/1.1\r\nHost: x\r\n{head}\r\npartner".encode())
        yield connection


def wait_for(stage: WebStage, held: int) -> None:
    """Wait until so many places are taken."""
    places = stage.app.state.file_places
    assert isinstance(places, FilePlaces)
    until = monotonic() + 10
    while places.held != held:
        assert monotonic() < until, f"{places.held} places are held"
        sleep(0.005)


def send(stage: WebStage, *, partner: str = "putien", **headers: str) -> httpx.Response:
    body = a_file(a_row(partner=partner))
    return stage.send("POST", "/v1/files", body, key=f"{partner}-1", headers={**_CSV, **headers})


def test_post_file__places_of_a_partner_held_by_anyone__leaves_those_of_others(stage: WebStage) -> None:
    with ExitStack() as open_files:
        for number in range(2):
            open_files.enter_context(half_sent(stage, key=f"putien-{number + 1}"))
        wait_for(stage, 2)
        assert problem_of(send(stage)) == (503, "unavailable")
        assert send(stage, partner="tamarind").status_code == 200
    wait_for(stage, 0)
    assert send(stage).json()["accepted"] == 1


def test_post_file__no_key_in_force__takes_no_place(tmp_path: Path) -> None:
    """Where no place is left, who is unknown learns just that: places are not what it waits for."""
    with served(make_stage(tmp_path, limits=Limits(files_at_once=0))) as stage:
        assert problem_of(send(stage, **{"Milepost-Key": "nobody"})) == (401, "unknown_key")
        assert problem_of(stage.http.post(f"{stage.address}/v1/files", headers=_CSV)) == (401, "no_signature")
        assert problem_of(send(stage)) == (503, "unavailable")


def test_post_file__slower_than_it_may__is_given_up_and_its_place_is_free(tmp_path: Path) -> None:
    limits = Limits(file_grace_s=1, file_least_rate=1_000, files_a_partner=1)
    with served(make_stage(tmp_path, limits=limits)) as stage, half_sent(stage) as connection:
        wait_for(stage, 1)
        connection.sendall(b"x" * 100)
        answer = connection.recv(65_536)
        assert b"408" in answer.splitlines()[0]
        wait_for(stage, 0)
        assert send(stage).json()["accepted"] == 1


@pytest.mark.parametrize("body", [a_file(*bills(3)), b"no,header\r\n", b""])
@pytest.mark.parametrize("accept", ["*/*", "application/x-ndjson"])
def test_post_file__answered__gives_its_place_back(stage: WebStage, body: bytes, accept: str) -> None:
    stage.send("POST", "/v1/files", body, headers={**_CSV, "Accept": accept})
    wait_for(stage, 0)


def test_post_file__reader_of_lines_gone__gives_its_place_back(stage: WebStage) -> None:
    body = a_file(*bills(3_000))
    headers = {**stage.signed("POST", "/v1/files", body), **_CSV, "Accept": "application/x-ndjson"}
    with stage.http.stream("POST", f"{stage.address}/v1/files", content=body, headers=headers) as response:
        assert json.loads(next(response.iter_lines()))["answer"] == "accepted"
    wait_for(stage, 0)


def test_post_file__announced_body_too_large__takes_no_place(tmp_path: Path) -> None:
    with served(make_stage(tmp_path, limits=Limits(file_bytes=10, files_at_once=0))) as stage:
        assert problem_of(send(stage)) == (413, "body_too_large")
