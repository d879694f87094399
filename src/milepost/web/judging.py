"""Says when a request's purchases are judged: now where it is kept for reporters, then at each of them.

Before it a signature was found to fit; `ingesting` keeps the time with the request, `intake` judges by it,
and `feed_passing` sends it along. Source: docs/decisions/0026-let-reporters-check-by-their-own-feeds.md
"""

import re

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from milepost.pipeline.compare_clocks import latest_instant
from milepost.pipeline.ingest_purchase import Ingest
from milepost.ports import JudgedAt
from milepost.web.authentication import WINDOW_S
from milepost.web.parts import WebParts
from milepost.web.receiving import parts_of

JUDGED_AT_HEADER = "Milepost-Judged-At"
"""Of a copy: the chain's time and the latest instant, in unix seconds, by which it was judged first."""

_TIMES = re.compile(r"([0-9]{1,12}) ([0-9]{1,12})", re.ASCII)


async def judged_at(request: Request, timestamp: str) -> JudgedAt | None:
    """The time by which all purchases of this request are judged; None for whenever each is stored.

    Shape: `timestamp` is the signed one, empty for a till's system, which signs none.
    Raises: ClocksDiffer, ChainError where the chain has never answered.
    """
    parts = parts_of(request)
    stated = _TIMES.fullmatch(request.headers.get(JUDGED_AT_HEADER, ""))
    if parts.copies_since_s is not None:
        if stated is None:
            return None
        kept = JudgedAt(int(stated[1]), int(stated[2]))
        return bounded(kept, await run_in_threadpool(_now, parts.ingest), since_s=_since(parts, timestamp))
    if parts.keep_request is None:
        return None
    return await run_in_threadpool(_now, parts.ingest)


def bounded(kept: JudgedAt, own: JudgedAt, *, since_s: int) -> JudgedAt:
    """The time that came with a copy, no earlier than its partner signed it and no later than now.

    Shape: both by this reporter's own chain and clock, `since_s` seconds after the signing; give or take the
        window that a partner's clock has.
    """
    earliest_s, latest_s = since_s + WINDOW_S, WINDOW_S
    return JudgedAt(
        min(max(kept.now_s, own.now_s - earliest_s), own.now_s + latest_s),
        min(max(kept.latest_s, own.latest_s - earliest_s), own.latest_s + latest_s),
    )


def header_of(at: JudgedAt) -> str:
    """What `judged_at` reads."""
    return f"{at.now_s} {at.latest_s}"


def _since(parts: WebParts, timestamp: str) -> int:
    assert parts.copies_since_s is not None, "it takes copies"
    if not timestamp:
        return parts.copies_since_s
    return max(parts.machine.now() - int(timestamp), 0)


def _now(ingest: Ingest) -> JudgedAt:
    now_s = ingest.clock.now()
    return JudgedAt(now_s, latest_instant(now_s, ingest.machine, ingest.accept))
