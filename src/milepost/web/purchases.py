"""`POST /v1/purchases`: takes purchases as JSON or lines of JSON, and answers each when it is on disk.

Before it a till sent them; after it they wait to be sealed into a report.
"""

import hashlib
import json
from typing import Any

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from milepost.domain.purchase import SubmittedPurchase
from milepost.domain.quantities import PartnerCode
from milepost.feeds.files import read_feed_bytes
from milepost.feeds.json_document import DocumentMalformed, DocumentTooDeep, read_json_document
from milepost.ports import Rejection
from milepost.web.answers import answer_document
from milepost.web.documented import body, problems
from milepost.web.idempotency import answered_once
from milepost.web.ingesting import (
    DEFAULT_SOURCE,
    intake_of,
    keep_request,
    partner_of,
    require_room,
    unknown_among,
)
from milepost.web.judging import judged_at
from milepost.web.media_types import JSON, NDJSON, media_type_of
from milepost.web.models import AnswersOut
from milepost.web.parts import WebParts
from milepost.web.problems import Code, Problem
from milepost.web.receiving import parts_of, receive_bytes

router = APIRouter(tags=["purchases"])

_PARSED_HERE_BYTES = 16_384
"""A larger body is parsed in a thread, so that others are answered meanwhile."""
_RECORD = {"$ref": "#/components/schemas/PurchaseIn"}

Record = SubmittedPurchase | Rejection


@router.post(
    "/v1/purchases",
    response_model=AnswersOut,
    responses=problems(
        Code.MALFORMED_JSON,
        Code.TOO_DEEP,
        Code.WRONG_ENCODING,
        Code.FORBIDDEN,
        Code.TOO_MANY_RECORDS,
        Code.IDEMPOTENCY_KEY_REUSED,
        Code.QUEUE_FULL,
        receives=True,
    ),
    openapi_extra=body(
        {
            JSON: {"oneOf": [_RECORD, {"type": "array", "items": _RECORD, "maxItems": 10_000}]},
            NDJSON: {"type": "string", "description": "A record a line"},
        }
    ),
)
async def post_purchases(
    request: Request,
    source: str = Query(DEFAULT_SOURCE, max_length=128, description="Source of records that name none"),
) -> Response:
    """Take one purchase, a list, or one a line, and answer each in their order: 200 once all are judged.

    `accepted` means that the purchase is on disk. A record that is refused leaves the others alone. Sending
    again is always right: what was accepted before is answered `duplicate`.
    """
    parts = parts_of(request)
    media_type = media_type_of(request, (JSON, NDJSON))
    signed, content = await receive_bytes(request, most_bytes=parts.limits.body_bytes)
    partner = partner_of(signed.caller)

    async def ingest() -> Response:
        await require_room(request)
        records = await _read(content, parts, media_type=media_type, partner=partner, source=source)
        at = await judged_at(request, signed.timestamp)
        await keep_request(request, signed, content, at=at, unknown=unknown_among(records))
        answers = await intake_of(request).take(records, at)
        return _json({"answers": [answer_document(answer) for answer in answers]})

    return await answered_once(request, signed, hashlib.sha256(content).digest(), ingest)


async def _read(
    content: bytes, parts: WebParts, *, media_type: str, partner: PartnerCode, source: str
) -> list[Record]:
    if len(content) <= _PARSED_HERE_BYTES:
        return _records(content, parts, media_type=media_type, partner=partner, source=source)
    return await run_in_threadpool(
        _records, content, parts, media_type=media_type, partner=partner, source=source
    )


def _records(
    content: bytes, parts: WebParts, *, media_type: str, partner: PartnerCode, source: str
) -> list[Record]:
    _require_utf8(content)
    partners, most = parts.partners(), parts.limits.records
    read = (
        read_json_document(content, partners, source=source, sender=partner)
        if media_type == JSON
        else read_feed_bytes(content, partners, source=source, suffix=".ndjson", sender=partner)
    )
    records: list[Record] = []
    try:
        for record in read:
            if len(records) == most:
                raise Problem(Code.TOO_MANY_RECORDS, f"Send at most {most} records in one request.")
            records.append(record)
    except DocumentTooDeep as error:
        raise Problem(Code.TOO_DEEP, str(error)) from None
    except DocumentMalformed as error:
        raise Problem(Code.MALFORMED_JSON, str(error)) from None
    return records


def _require_utf8(content: bytes) -> None:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Problem(
            Code.WRONG_ENCODING, f"The byte at {error.start} is not UTF-8: send the body as UTF-8."
        ) from None


def _json(document: dict[str, Any]) -> Response:
    return Response(json.dumps(document, ensure_ascii=False).encode(), media_type=JSON)
