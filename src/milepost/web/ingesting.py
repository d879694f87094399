"""Keeps a request that brings purchases, and sees that there is room, before any of it is stored.

`purchases` and `files` use it, and so does any route of a till's own format.
"""

from collections.abc import Iterable
from io import BytesIO
from typing import Any, BinaryIO

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from milepost.domain.quantities import PartnerCode
from milepost.event_log import EventLog
from milepost.feeds.webhooks import HEADERS
from milepost.ports import FeedCopiesFull, JudgedAt, KeptRequest
from milepost.web.authentication import (
    KEY_HEADER,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    Caller,
    SignedRequest,
)
from milepost.web.backlog import Backlog
from milepost.web.intake import Intake
from milepost.web.problems import Code, Problem
from milepost.web.receiving import parts_of

_COPIED = (
    "content-type",
    *(name.lower() for name in (KEY_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER)),
    "milepost-records",
    "milepost-gross-minor",
    *HEADERS.values(),
)

UNKNOWN_CODES = frozenset({"unknown_partner", "unknown_outlet"})
"""What a record is refused for that another copy of the partners' files may know."""

_log = EventLog("web")

DEFAULT_SOURCE = "http"
"""Source of records that name none, however they were sent over HTTP."""


def intake_of(request: Request) -> Intake:
    """What stores the records of this process."""
    intake = request.app.state.intake
    assert isinstance(intake, Intake), "make_app puts it there"
    return intake


def partner_of(caller: Caller) -> PartnerCode:
    """The partner that sends purchases.

    Raises: Problem, `forbidden`, for a key of the operator: purchases come from who vouches for them.
    """
    if caller.partner is None:
        raise Problem(Code.FORBIDDEN, "Purchases are sent with a key of their partner: use one.")
    return caller.partner


async def require_room(request: Request) -> None:
    """Raises: Problem, `queue_full`."""
    backlog = request.app.state.backlog
    assert isinstance(backlog, Backlog), "make_app puts it there"
    await backlog.require_room()


async def keep_request(
    request: Request,
    signed: SignedRequest,
    body: bytes | BinaryIO,
    *,
    at: JudgedAt | None,
    unknown: int | None,
) -> int | None:
    """Keep an authenticated request for the reporters' own copies, where they are configured; its number.

    Raises: Problem, `queue_full`, while too much of the partner waits for the reporters.
    """
    keep = parts_of(request).keep_request
    if keep is None:
        return None
    partner = partner_of(signed.caller)
    kept = KeptRequest(signed.method, signed.target, _copied(request), partner, at, unknown)
    try:
        return await run_in_threadpool(keep, kept, BytesIO(body) if isinstance(body, bytes) else body)
    except FeedCopiesFull as error:
        _log.warning("feed_copies_full", partner=partner, sentence=str(error))
        raise Problem(
            Code.QUEUE_FULL,
            "Too much of what you sent waits for the programme's reporters: send it again after Retry-After."
            " Nothing was stored.",
            retry_after_s=parts_of(request).limits.retry_after_s,
        ) from None


def unknown_among(records: Iterable[Any]) -> int:
    """How many are refused for a partner or an outlet that is not known, here and now."""
    return sum(getattr(record, "code", None) in UNKNOWN_CODES for record in records)


def _copied(request: Request) -> dict[str, str]:
    """The headers that say what a request is and who signed it, each as it was read here; no other.

    Shape: the first of several of one name, which is the one that was checked. What is no ASCII is left out:
        it could not be sent on, and would stop every copy after it.
    """
    found = {name: request.headers.get(name) for name in _COPIED}
    return {name: value for name, value in found.items() if value is not None and value.isascii()}
