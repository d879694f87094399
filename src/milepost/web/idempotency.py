"""Gives a repeated request with the same `Idempotency-Key` the answer that the first one got.

`purchases` and `files` run their work through it; without the header it does nothing.
"""

import hashlib
import re
from asyncio import Lock
from collections.abc import Awaitable, Callable

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from milepost.domain.quantities import PartnerCode
from milepost.ports import StoredAnswer
from milepost.web.authentication import SignedRequest
from milepost.web.ingesting import partner_of
from milepost.web.media_types import JSON
from milepost.web.parts import WebParts
from milepost.web.problems import Code, Problem
from milepost.web.receiving import parts_of

HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotent-Replayed"

_ANNOUNCED = ("milepost-records", "milepost-gross-minor")
"""Headers that say what a file adds up to: the same file with other totals is another request."""
_KEY = re.compile(r"[\x21-\x7e]{1,128}", re.ASCII)


async def answered_once(
    request: Request, signed: SignedRequest, digest: bytes, work: Callable[[], Awaitable[Response]]
) -> Response:
    """Do the work and keep its answer, or give the one that is kept; a refused request keeps none.

    Shape: `digest` is a hash of the body. Of those that come at once with one key the first is done, and the
        others wait for its answer; processes beside each other do not wait for one another.
    Raises: Problem, `idempotency_key_reused` for another request, or `bad_parameter` for a key that is none.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return await work()
    if not _KEY.fullmatch(key):
        raise Problem(
            Code.BAD_PARAMETER, f"{HEADER} has 1 to 128 visible characters of ASCII: write another one."
        )
    parts, partner = parts_of(request), partner_of(signed.caller)
    request_hash = _hash(request, signed, digest)
    async with parts.turns.setdefault((partner, key), Lock()):
        return await _in_its_turn(parts, partner, key, request_hash, work)


async def _in_its_turn(
    parts: WebParts,
    partner: PartnerCode,
    key: str,
    request_hash: bytes,
    work: Callable[[], Awaitable[Response]],
) -> Response:
    now_s = parts.machine.now()
    since_s = now_s - parts.limits.stored_answer_s
    found = await run_in_threadpool(parts.answers.find, partner, key, since_s=since_s)
    if found is not None:
        return _kept(found, request_hash)
    response = await work()
    answer = StoredAnswer(request_hash, bytes(response.body), now_s)
    await run_in_threadpool(parts.answers.keep, partner, key, answer, since_s=since_s)
    return response


def _kept(found: StoredAnswer, request_hash: bytes) -> Response:
    if found.request_hash != request_hash:
        raise Problem(
            Code.IDEMPOTENCY_KEY_REUSED,
            f"The {HEADER} came before with another request: give each request its own. Nothing was stored.",
        )
    return Response(found.body, media_type=JSON, headers={REPLAYED_HEADER: "true"})


def _hash(request: Request, signed: SignedRequest, digest: bytes) -> bytes:
    head = f"{signed.method}\n{request.headers.get('content-type', '')}\n".encode()
    return hashlib.sha256(head + signed.target + b"\n" + digest + _announced(request)).digest()


def _announced(request: Request) -> bytes:
    """What a request announces, a line each; a request that announces nothing adds nothing to its hash."""
    found = ((name, request.headers.get(name)) for name in _ANNOUNCED)
    return "".join(f"\n{name}:{value}" for name, value in found if value is not None).encode()
