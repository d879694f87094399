"""`milepost serve` as a process of its own on a stage, and a client that signs what it asks."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep, time
from typing import Any

import httpx

from milepost.web.authentication import sign
from tests.support.command_process import CommandProcess

SECRET = b"h" * 32
GRILL, PORTAL = "grill", "portal"
OWNERS = {"harbour-grill": GRILL, "@operator": PORTAL}
"""Whose each key is, unless a test names others."""
BILL = {
    "partner": "harbour-grill",
    "sale_ref": "W-1",
    "outlet": "pier",
    "occurred_at": "2018-05-05T18:00:00-04:00",
    "currency": "USD",
    "gross_minor": 2_400,
    "member": "M0001",
}
"""One that the stages of tests accept."""
_UP_IN_S = 60


class ServeProcess:
    """One run of `milepost serve` on a free port, with a key of each owner."""

    def __init__(
        self,
        settings: Mapping[str, str],
        folder: Path,
        *,
        fail_point: str = "",
        owners: Mapping[str, str] = OWNERS,
    ) -> None:
        keys = folder / "partner-keys.json"
        given_keys = {
            owner: [{"key": key, "secret": SECRET.hex(), "from": 0, "until": None}]
            for owner, key in owners.items()
        }
        keys.write_text(json.dumps(given_keys), encoding="utf-8")
        keys.chmod(0o600)
        given = {**settings, "MILEPOST_PARTNER_KEYS_FILE": str(keys), "FAILPOINT": fail_point}
        self.process = CommandProcess(
            ["serve", "--port", "0"], settings=given, printed=folder / f"printed-{time()}.txt"
        )
        until = monotonic() + _UP_IN_S
        while (found := re.search(r"http://127.0.0.1:\d+", self.process.printed)) is None:
            assert self.process.is_running and monotonic() < until, self.process.printed
            sleep(0.02)
        self.address = found[0]

    def post(self, row: dict[str, Any]) -> str:
        """The answer to one purchase. Raises: httpx.TransportError if the server ends first."""
        response = self.send(row)
        assert response.status_code == 200, response.text
        found: str = response.json()["answers"][0]["answer"]
        return found

    def send(self, sent: dict[str, Any] | list[dict[str, Any]], key: str = GRILL) -> httpx.Response:
        """What is answered to a purchase or a list of them. Raises: as `post`."""
        return self._ask("POST", "/v1/purchases", key, json.dumps(sent).encode())

    def get(self, target: str, *, key: str = GRILL) -> httpx.Response:
        return self._ask("GET", target, key)

    def _ask(self, method: str, target: str, key: str, body: bytes = b"") -> httpx.Response:
        now = int(time())
        headers = {
            "Milepost-Key": key,
            "Milepost-Timestamp": str(now),
            "Milepost-Signature": sign(SECRET, timestamp=now, method=method, target=target, body=body),
            "Content-Type": "application/json",
        }
        return httpx.request(method, self.address + target, content=body, headers=headers, timeout=60)


@contextmanager
def serving(settings: Mapping[str, str], folder: Path, *, fail_point: str = "") -> Iterator[ServeProcess]:
    """One that is killed at the end of the block."""
    found = ServeProcess(settings, folder, fail_point=fail_point)
    try:
        yield found
    finally:
        found.process.kill()
