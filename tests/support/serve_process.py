"""`milepost serve` as a process of its own, and purchases that a partner's till posts to it, signed."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep, time
from typing import Any

import httpx

from milepost.web.authentication import sign
from tests.support.command_process import CommandProcess

SECRET = b"h" * 32
GRILL = "harbour-grill"
_LISTENS_IN_S = 60


def partner_keys_file(folder: Path, *partners: str) -> Path:
    """The file of keys in a folder: one of each partner, of harbour-grill unless told."""
    keys = folder / "partner-keys.json"
    given = {
        partner: [{"key": f"{partner}-till", "secret": SECRET.hex(), "from": 0, "until": None}]
        for partner in partners or (GRILL,)
    }
    keys.write_text(json.dumps(given), encoding="utf-8")
    keys.chmod(0o600)
    return keys


@dataclass(slots=True)
class ServeProcess:
    """One run of `milepost serve` on a free port; `start` gives its process for the words of the command."""

    process: CommandProcess
    address: str = ""

    @classmethod
    def started(cls, start: Callable[..., CommandProcess], settings: Mapping[str, str]) -> "ServeProcess":
        """Start it, and wait until it listens."""
        found = cls(start(["serve", "--port", "0"], settings=settings))
        until = monotonic() + _LISTENS_IN_S
        while (listens := re.search(r"http://127.0.0.1:\d+", found.process.printed)) is None:
            assert found.process.is_running and monotonic() < until, found.process.printed
            sleep(0.02)
        found.address = listens[0]
        return found

    def send(self, sent: dict[str, Any] | list[dict[str, Any]], partner: str = GRILL) -> httpx.Response:
        """Post a purchase or a list of a partner. Raises: httpx.TransportError if the server ends first."""
        body, now = json.dumps(sent).encode(), int(time())
        signature = sign(SECRET, timestamp=now, method="POST", target="/v1/purchases", body=body)
        headers = {
            "Milepost-Key": f"{partner}-till",
            "Milepost-Timestamp": str(now),
            "Milepost-Signature": signature,
            "Content-Type": "application/json",
        }
        return httpx.post(f"{self.address}/v1/purchases", content=body, headers=headers, timeout=60)

    def post(self, row: dict[str, Any]) -> str:
        """The answer to one purchase. Raises: as `send`."""
        response = self.send(row)
        assert response.status_code == 200, response.text
        found: str = response.json()["answers"][0]["answer"]
        return found
