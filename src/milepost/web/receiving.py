"""Takes a request's body in as it arrives, bounded in size and time, and checks its signature on the way.

Before it the server has read the head; after it `purchases` and `files` read what a known partner sent.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import ClientDisconnect, Request

from milepost.web.authentication import Caller, SignedRequest, Signing
from milepost.web.parts import WebParts
from milepost.web.problems import Code, Problem

MOST_TARGET = 4_096
"""Most bytes of path and query."""
MOST_READ_BODY = 4_096
"""Most bytes of body that a request may carry which needs none."""


def parts_of(request: Request) -> WebParts:
    """What the app was made with."""
    parts = request.app.state.parts
    assert isinstance(parts, WebParts), "make_app puts it there"
    return parts


def target_of(request: Request) -> bytes:
    """The path with its query, as they were sent.

    Raises: Problem, `bad_parameter`, for one that a client or a proxy behind this server may not pass on.
    """
    path: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    query: bytes = request.scope["query_string"]
    target = path.split(b"?", 1)[0] + (b"?" + query if query else b"")
    if len(target) > MOST_TARGET:
        raise Problem(
            Code.BAD_PARAMETER, f"The path with its query has more than {MOST_TARGET} bytes: shorten it."
        )
    return target


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a body may take to come.

    Units: seconds; bytes a second, counted from the start, that a body must bring once the grace is over.
        Without a rate, all of `most_s` may pass.
    """

    most_s: int
    grace_s: int = 0
    least_rate: int | None = None

    def seconds_for(self, size: int) -> int:
        """Seconds after its start at which a body is given up of which so many bytes have come."""
        if self.least_rate is None:
            return self.most_s
        return min(self.most_s, self.grace_s + size // self.least_rate)


def begin(request: Request, *, most_bytes: int) -> Signing:
    """Look at a request's head, before any of its body is read.

    Raises: Problem for a head that is not right, or that tells of too large a body.
    """
    found = parts_of(request).authenticator.begin(
        request.headers, method=request.method, target=target_of(request)
    )
    _refuse_large(request, most_bytes)
    return found


async def receive(
    request: Request,
    signing: Signing,
    *,
    most_bytes: int,
    keep: Callable[[bytes], Any],
    patience: Patience,
) -> SignedRequest:
    """Hand the body on in pieces and give the request, once its signature is found to fit.

    Raises: Problem for a signature that is not right, a body that is too large, too slow or cut.
    """
    size, began_at = 0, asyncio.get_running_loop().time()
    try:
        async with asyncio.timeout_at(began_at + patience.seconds_for(0)) as timer:
            async for chunk in request.stream():
                size += len(chunk)
                if size > most_bytes:
                    raise _too_large(most_bytes)
                signing.update(chunk)
                keep(chunk)
                timer.reschedule(began_at + patience.seconds_for(size))
    except TimeoutError:
        raise Problem(
            Code.BODY_TOO_SLOW,
            f"The body was not here after {patience.seconds_for(size)} seconds: send it in smaller parts, or"
            " over a faster line. Nothing was stored.",
        ) from None
    except ClientDisconnect:
        raise Problem(
            Code.BODY_INCOMPLETE, "The connection ended first: send all of it again. Nothing was stored."
        ) from None
    found = signing.finish()
    parts_of(request).rates.count(found.caller)
    return found


async def receive_bytes(request: Request, *, most_bytes: int) -> tuple[SignedRequest, bytes]:
    """The request and its body, in memory."""
    body = bytearray()
    signing = begin(request, most_bytes=most_bytes)
    patience = Patience(parts_of(request).limits.body_timeout_s)
    signed = await receive(request, signing, most_bytes=most_bytes, keep=body.extend, patience=patience)
    return signed, bytes(body)


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
