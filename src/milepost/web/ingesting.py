"""Keeps a request that brings purchases, and sees that there is room, before any of it is stored.

`purchases` and `files` use it, and so does any route of a till's own format.
"""

from io import BytesIO
from typing import BinaryIO

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from milepost.domain.quantities import PartnerCode
from milepost.feeds.webhooks import HEADERS
from milepost.ports import KeptRequest
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


async def keep_request(request: Request, signed: SignedRequest, body: bytes | BinaryIO) -> None:
    """Keep an authenticated request for the reporters' own copies, where they are configured."""
    keep = parts_of(request).keep_request
    if keep is not None:
        kept = KeptRequest(signed.method, signed.target, _copied(request))
        await run_in_threadpool(keep, kept, BytesIO(body) if isinstance(body, bytes) else body)


def _copied(request: Request) -> dict[str, str]:
    """The headers that say what a request is and who signed it, each as it was read here; no other.

    Shape: the first of several of one name, which is the one that was checked. What is no ASCII is left out:
        it could not be sent on, and would stop every copy after it.
    """
    found = {name: request.headers.get(name) for name in _COPIED}
    return {name: value for name, value in found.items() if value is not None and value.isascii()}
