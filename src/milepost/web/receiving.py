"""Takes a request's body in as it arrives, bounded in size and time, and checks its signature on the way.

Before it the server has read the head; after it `purchases` and `files` parse what a known partner sent.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.requests import ClientDisconnect, Request

from milepost.web.authentication import Caller, SignedRequest
from milepost.web.parts import WebParts
from milepost.web.problems import Code, Problem

MOST_READ_BODY = 4_096
"""Most bytes of body that a request may carry which needs none."""


def parts_of(request: Request) -> WebParts:
    """What the app was made with."""
    parts = request.app.state.parts
    assert isinstance(parts, WebParts), "make_app puts it there"
    return parts


def target_of(request: Request) -> bytes:
    """The path with its query, as they were sent."""
    path: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    query: bytes = request.scope["query_string"]
    return path.split(b"?", 1)[0] + (b"?" + query if query else b"")


async def receive(
    request: Request, *, most_bytes: int, keep: Callable[[bytes], Any], timeout_s: int | None = None
) -> SignedRequest:
    """Hand the body on in pieces and give the request, once its signature is found to fit.

    Units: `timeout_s` in seconds for all of the body; usually that of small ones.

    Raises: Problem for a head or a signature that is not right, a body that is too large, too slow or cut.
    """
    parts = parts_of(request)
    signing = parts.authenticator.begin(request.headers, method=request.method, target=target_of(request))
    _refuse_large(request, most_bytes)
    size, patience_s = 0, timeout_s or parts.limits.body_timeout_s
    try:
        async with asyncio.timeout(patience_s):
            async for chunk in request.stream():
                size += len(chunk)
                if size > most_bytes:
                    raise _too_large(most_bytes)
                signing.update(chunk)
                keep(chunk)
    except TimeoutError:
        raise Problem(
            Code.BODY_TOO_SLOW,
            f"The body was not here after {patience_s} seconds: send it in smaller parts."
            " Nothing was stored.",
        ) from None
    except ClientDisconnect:
        raise Problem(
            Code.BODY_INCOMPLETE, "The connection ended first: send all of it again. Nothing was stored."
        ) from None
    found = signing.finish()
    parts.rates.count(found.caller)
    return found


async def receive_bytes(request: Request, *, most_bytes: int) -> tuple[SignedRequest, bytes]:
    """The request and its body, in memory."""
    body = bytearray()
    return await receive(request, most_bytes=most_bytes, keep=body.extend), bytes(body)


async def caller_of(request: Request) -> Caller:
    """Who asks something that needs no body."""
    signed, _ = await receive_bytes(request, most_bytes=MOST_READ_BODY)
    return signed.caller


def _refuse_large(request: Request, most_bytes: int) -> None:
    """Refuse what says itself that it is too large, before any of it is read."""
    stated = request.headers.get("content-length", "")
    if stated.isascii() and stated.isdigit() and int(stated[:20]) > most_bytes:
        raise _too_large(most_bytes)


def _too_large(most_bytes: int) -> Problem:
    return Problem(
        Code.BODY_TOO_LARGE,
        f"The body has more than {most_bytes} bytes: send it in smaller parts. Nothing was stored.",
    )
