"""`milepost serve` as a real process on a real deployment: killed once it answered, and ended by a signal."""

import json
import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep, time
from typing import Any

import httpx
import pytest

from milepost.web.authentication import sign
from tests.support.cli_stage import CliStage
from tests.support.command_process import KILLED, CommandProcess

SECRET = b"h" * 32
KEYS = {"harbour-grill": [{"key": "grill", "secret": SECRET.hex(), "from": 0, "until": None}]}
FIRST = {
    "partner": "harbour-grill",
    "sale_ref": "W-1",
    "outlet": "pier",
    "occurred_at": "2018-05-05T18:00:00-04:00",
    "currency": "USD",
    "gross_minor": 2_400,
    "member": "M0001",
}
SECOND = {**FIRST, "sale_ref": "W-2"}


class Server:
    """One run of `milepost serve` on a free port, in a database of its own."""

    def __init__(self, stage: CliStage, folder: Path, *, fail_point: str = "") -> None:
        keys = folder / "partner-keys.json"
        keys.write_text(json.dumps(KEYS), encoding="utf-8")
        keys.chmod(0o600)
        settings = {
            **stage.settings,
            "MILEPOST_DATABASE_URL": f"sqlite:///{folder / 'milepost.db'}",
            "MILEPOST_PARTNER_KEYS_FILE": str(keys),
            "FAILPOINT": fail_point,
        }
        self.process = CommandProcess(
            ["serve", "--port", "0"], settings=settings, printed=folder / f"printed-{time()}.txt"
        )
        self._until = monotonic() + 60
        while (found := re.search(r"http://127.0.0.1:\d+", self.process.printed)) is None:
            assert self.process.is_running and monotonic() < self._until, self.process.printed
            sleep(0.02)
        self.address = found[0]

    def post(self, row: dict[str, Any]) -> str:
        """The answer to one purchase. Raises: httpx.TransportError if the server ends first."""
        body, now = json.dumps(row).encode(), int(time())
        signature = sign(SECRET, timestamp=now, method="POST", target="/v1/purchases", body=body)
        headers = {
            "Milepost-Key": "grill",
            "Milepost-Timestamp": str(now),
            "Milepost-Signature": signature,
            "Content-Type": "application/json",
        }
        url = f"{self.address}/v1/purchases"
        response = httpx.post(url, content=body, headers=headers, timeout=30)
        assert response.status_code == 200, response.text
        found: str = response.json()["answers"][0]["answer"]
        return found


@contextmanager
def server(stage: CliStage, folder: Path, *, fail_point: str = "") -> Iterator[Server]:
    found = Server(stage, folder, fail_point=fail_point)
    try:
        yield found
    finally:
        found.process.kill()


def test_serve__killed_after_it_answered__has_what_it_accepted(stage: CliStage, tmp_path: Path) -> None:
    with server(stage, tmp_path, fail_point="ingest.before_commit:2") as first:
        assert first.post(FIRST) == "accepted"
        with pytest.raises(httpx.TransportError):
            first.post(SECOND)
        assert first.process.wait() == KILLED
    with server(stage, tmp_path, fail_point="ingest.after_commit:2") as second:
        assert second.post(FIRST) == "duplicate"
        with pytest.raises(httpx.TransportError):
            second.post(SECOND)
        assert second.process.wait() == KILLED
    with server(stage, tmp_path) as third:
        assert [third.post(FIRST), third.post(SECOND)] == ["duplicate", "duplicate"]
        os.kill(third.process.pid, signal.SIGTERM)
        assert third.process.wait() == 0
        printed = third.process.printed
    assert "M0001" not in printed and SECRET.hex() not in printed and "W-2" not in printed
    lines = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    assert [(one["event"], one["route"], one["status"]) for one in lines] == [
        ("request_answered", "/v1/purchases", 200),
        ("request_answered", "/v1/purchases", 200),
    ]
