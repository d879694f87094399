"""`milepost serve` as a real process on a real deployment: killed once it answered, and ended by a signal."""

import json
import os
import signal
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest

from tests.support.cli_stage import CliStage
from tests.support.command_process import KILLED
from tests.support.serve_process import BILL, SECRET, ServeProcess, serving

SECOND = {**BILL, "sale_ref": "W-2"}


def server(stage: CliStage, folder: Path, *, fail_point: str = "") -> AbstractContextManager[ServeProcess]:
    """A server in a database of its own."""
    settings = {**stage.settings, "MILEPOST_DATABASE_URL": f"sqlite:///{folder / 'milepost.db'}"}
    return serving(settings, folder, fail_point=fail_point)


def test_serve__killed_after_it_answered__has_what_it_accepted(stage: CliStage, tmp_path: Path) -> None:
    with server(stage, tmp_path, fail_point="ingest.before_commit:2") as first:
        assert first.post(BILL) == "accepted"
        with pytest.raises(httpx.TransportError):
            first.post(SECOND)
        assert first.process.wait() == KILLED
    with server(stage, tmp_path, fail_point="ingest.after_commit:2") as second:
        assert second.post(BILL) == "duplicate"
        with pytest.raises(httpx.TransportError):
            second.post(SECOND)
        assert second.process.wait() == KILLED
    with server(stage, tmp_path) as third:
        assert [third.post(BILL), third.post(SECOND)] == ["duplicate", "duplicate"]
        os.kill(third.process.pid, signal.SIGTERM)
        assert third.process.wait() == 0
        printed = third.process.printed
    assert "M0001" not in printed and SECRET.hex() not in printed and "W-2" not in printed
    lines = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    assert [(one["event"], one["route"], one["status"]) for one in lines] == [
        ("request_answered", "/v1/purchases", 200),
        ("request_answered", "/v1/purchases", 200),
    ]
