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
from milepost.web.authentication import Caller, SignedRequest
from milepost.web.backlog import Backlog
from milepost.web.intake import Intake
from milepost.web.problems import Code, Problem
from milepost.web.receiving import parts_of

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
        headers = {name: value for name, value in request.headers.items() if _is_copied(name)}
        kept = KeptRequest(signed.method, signed.target, headers)
        await run_in_threadpool(keep, kept, BytesIO(body) if isinstance(body, bytes) else body)


def _is_copied(header: str) -> bool:
    """Whether a header says what a request is, or who signed it: a reporter needs no other."""
    return header == "content-type" or header.startswith("milepost-") or header in HEADERS.values()
