"""Sends signed purchases over several connections, with as little work of its own as it can.

Requests are made and signed before the clock starts; `http_rows.py` and `latency_rows.py` say how many, and
when.
"""

import asyncio
import json
import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bench.oracle_programs import ProgramFailed
from milepost.web.authentication import KEY_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, sign

TARGET = "/v1/purchases"
KEY, SECRET = "bench-1", b"b" * 32
PARTNER, OUTLET = "spindle-diner", "broad-street"
_ZONE = ZoneInfo("America/New_York")

_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)
_ACCEPTED = re.compile(rb'"answer": "accepted"')


@dataclass(frozen=True, slots=True)
class Till:
    """Makes purchases. Units: `occurred_at` in unix seconds, of every one of them."""

    name: str
    occurred_at: int
    members: Sequence[str]

    def record(self, number: int) -> bytes:
        """Purchase `number` of this till, one line of JSON."""
        return json.dumps(
            {
                "partner": PARTNER,
                "sale_ref": f"{self.name}-{number}",
                "outlet": OUTLET,
                "occurred_at": datetime.fromtimestamp(self.occurred_at, _ZONE).isoformat(),
                "currency": "USD",
                "gross_minor": 1_000 + number % 9_000,
                "member": self.members[number % len(self.members)],
            }
        ).encode()

    def singles(self, count: int, *, first: int = 0) -> list[bytes]:
        """Requests of one purchase each."""
        return [signed(self.record(n), "application/json") for n in range(first, first + count)]

    def batches(self, count: int, *, size: int, first: int = 0) -> list[bytes]:
        """Requests of `size` purchases each."""
        starts = range(first, first + count * size, size)
        bodies = (b"\n".join(map(self.record, range(n, n + size))) for n in starts)
        return [signed(body, "application/x-ndjson") for body in bodies]


def signed(body: bytes, media_type: str) -> bytes:
    """The bytes of a request, signed now as docs/http.md says."""
    now_s = int(time.time())
    head = {
        "Host": "127.0.0.1",
        "Content-Type": media_type,
        "Content-Length": str(len(body)),
        KEY_HEADER: KEY,
        TIMESTAMP_HEADER: str(now_s),
        SIGNATURE_HEADER: sign(SECRET, timestamp=now_s, method="POST", target=TARGET, body=body),
    }
    lines = [f"POST {TARGET} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items()), "", ""]
    return "\r\n".join(lines).encode() + body


def send_all(port: int, requests: Iterable[bytes], *, connections: int, size: int = 1) -> float:
    """Send each as soon as a connection is free; the seconds until the last is answered.

    Raises: ProgramFailed unless all `size` purchases of each are accepted.
    """
    return asyncio.run(_send_all(port, iter(requests), connections, size, None))


def send_at_rate(port: int, requests: Iterable[bytes], *, connections: int, rate: float) -> float:
    """Send each at its time, however long earlier ones take; the instant of the first, as `time.monotonic`.

    Units: `rate` in requests a second. Request n is due n / rate seconds after the first.
    Raises: ProgramFailed as `send_all`.
    """
    began = time.monotonic()
    asyncio.run(_send_all(port, iter(requests), connections, 1, rate))
    return began


async def _send_all(
    port: int, requests: Iterable[bytes], connections: int, size: int, rate: float | None
) -> float:
    numbered = enumerate(requests)
    opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(connections)]
    began = time.monotonic()

    async def send(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for number, request in numbered:
            if rate is not None:
                await asyncio.sleep(began + number / rate - time.monotonic())
            writer.write(request)
            _require_accepted(*await _answer(reader), size)
        writer.close()

    await asyncio.gather(*(send(*one) for one in opened))
    return time.monotonic() - began


async def _answer(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = _LENGTH.search(head)
    return head, await reader.readexactly(int(length[1]) if length else 0)


def _require_accepted(head: bytes, body: bytes, size: int) -> None:
    if len(_ACCEPTED.findall(body)) != size:
        said = (head.split(b"\r\n", 1)[0] + b" " + body[:300]).decode(errors="replace")
        raise ProgramFailed(f"Not all {size} purchases of a request were accepted: {said}")
