"""`POST /v1/feeds/square` and `/v1/feeds/toast`: takes webhooks by the signatures of those systems.

Before it Square or Toast sent what happened at a till; after it purchases wait to be sealed into a report.
Source: docs/feeds.md; docs/decisions/0022-make-purchases-of-money-that-moved.md.
"""

import asyncio
import json
from collections.abc import Iterator

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from milepost.domain.feed_connection import FeedSystem
from milepost.event_log import EventLog
from milepost.feeds.event_body import MOST_EVENT_BYTES
from milepost.feeds.signatures import SQUARE_HEADER, TOAST_HEADER
from milepost.feeds.webhooks import HEADERS, Sender, SignedWebhook, WebhookUnsigned, check_webhook
from milepost.pipeline.ingest_purchase import AnswerKind
from milepost.web.answers import answer_document
from milepost.web.authentication import Caller, SignedRequest
from milepost.web.documented import problems
from milepost.web.ingesting import intake_of, keep_request, require_room, unknown_among
from milepost.web.judging import judged_at
from milepost.web.media_types import JSON
from milepost.web.models import AnswersOut
from milepost.web.parts import WebParts
from milepost.web.problems import Code, Problem
from milepost.web.receiving import parts_of, target_of

router = APIRouter(tags=["feeds"])

_log = EventLog("web")
_PROBLEMS = problems(Code.BAD_SIGNATURE, Code.QUEUE_FULL, receives=True)
_EVENT = {"type": "object", "additionalProperties": True}


def _signed_by(header: str) -> dict[str, object]:
    return {
        "parameters": [
            {"name": header, "in": "header", "required": True, "schema": {"type": "string", "maxLength": 128}}
        ],
        "requestBody": {"required": True, "content": {JSON: {"schema": _EVENT}}},
    }


@router.post(
    "/v1/feeds/square",
    response_model=AnswersOut,
    responses=_PROBLEMS,
    openapi_extra=_signed_by(SQUARE_HEADER),
)
async def post_square(request: Request) -> Response:
    """Take a webhook of Square. `answers` is empty where no money moved, and 200 also where one is rejected.

    A record that is refused would be refused again; Square would send it for a day.
    """
    return await _taken(request, FeedSystem.SQUARE)


@router.post(
    "/v1/feeds/toast", response_model=AnswersOut, responses=_PROBLEMS, openapi_extra=_signed_by(TOAST_HEADER)
)
async def post_toast(request: Request) -> Response:
    """Take an order of Toast. `answers` is empty where no money moved, and 200 also where one is rejected."""
    return await _taken(request, FeedSystem.TOAST)


async def _taken(request: Request, system: FeedSystem) -> Response:
    parts = parts_of(request)
    body = await _received(request, parts)
    headers = {HEADERS[system]: request.headers.get(HEADERS[system], "")}
    webhook = await run_in_threadpool(_checked, system, body, headers, parts)
    _count(webhook, parts)
    records = await run_in_threadpool(webhook.records)
    at = None
    if records:
        await require_room(request)
        at = await judged_at(request, "")
        signed, unknown = _signed_request(webhook, request), unknown_among(records)
        await keep_request(request, signed, body, at=at, unknown=unknown)
    answers = await intake_of(request).take(records, at)
    for answer in answers:
        if answer.kind in (AnswerKind.REJECTED, AnswerKind.CONFLICT):
            _log.warning("feed_record_refused", system=str(system), answer=str(answer.kind), code=answer.code)
    document = {"answers": [answer_document(answer) for answer in answers]}
    return Response(json.dumps(document, ensure_ascii=False).encode(), media_type=JSON)


def _checked(system: FeedSystem, body: bytes, headers: dict[str, str], parts: WebParts) -> SignedWebhook:
    try:
        return check_webhook(system, body, headers, _senders(system, parts))
    except WebhookUnsigned as error:
        raise Problem(Code.BAD_SIGNATURE, str(error)) from None


def _count(webhook: SignedWebhook, parts: WebParts) -> None:
    """Count it in its partner's share. 503 where that is used up: Toast sends nothing again after a 429."""
    try:
        parts.rates.count(_caller(webhook))
    except Problem as problem:
        raise Problem(Code.UNAVAILABLE, problem.detail, retry_after_s=problem.retry_after_s) from None


def _signed_request(webhook: SignedWebhook, request: Request) -> SignedRequest:
    """The webhook as it is kept for reporters: its key is the system, whose header its signature was in."""
    return SignedRequest(_caller(webhook), request.method, target_of(request), "", webhook.signature)


def _caller(webhook: SignedWebhook) -> Caller:
    return Caller(str(webhook.system), webhook.partners[0].code)


def _senders(system: FeedSystem, parts: WebParts) -> Iterator[Sender]:
    for code, partner in parts.partners().items():
        if partner.connection(system) is not None:
            yield Sender(partner, parts.feed_secrets(code, system))


async def _received(request: Request, parts: WebParts) -> bytes:
    """The body, bounded in size and time: nobody is known before all of it is here."""
    body = bytearray()
    try:
        async with asyncio.timeout(parts.limits.body_timeout_s):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MOST_EVENT_BYTES:
                    raise Problem(Code.BODY_TOO_LARGE, f"The event has more than {MOST_EVENT_BYTES} bytes.")
    except TimeoutError:
        raise Problem(Code.BODY_TOO_SLOW, "The event was not here in time: send it again.") from None
    except ClientDisconnect:
        raise Problem(Code.BODY_INCOMPLETE, "The connection ended first: send all of it again.") from None
    return bytes(body)
