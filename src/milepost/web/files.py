"""`POST /v1/files`: takes a file of purchases and answers for every record.

Before it `file_arrival` put the file on disk; after it the purchases wait to be sealed into a report.
"""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Annotated, Any, BinaryIO

from fastapi import APIRouter, Header, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from milepost.domain.errors import FeedError, MilepostError
from milepost.domain.purchase import SubmittedPurchase
from milepost.domain.quantities import PartnerCode
from milepost.feeds.files import read_feed_file
from milepost.feeds.poslog import read_poslog
from milepost.feeds.rows import RowReader
from milepost.feeds.totals import FeedTotals, poslog_totals_of, totals_of
from milepost.pipeline.ingest_purchase import RECORDS_A_UNIT, Answer
from milepost.ports import Rejection
from milepost.web.answers import FileSummary, answer_document
from milepost.web.documented import body, problems
from milepost.web.file_arrival import ArrivedFile, arrive
from milepost.web.idempotency import answered_once
from milepost.web.ingesting import (
    DEFAULT_SOURCE,
    intake_of,
    keep_request,
    partner_of,
    require_room,
    unknown_among,
)
from milepost.web.intake import Records
from milepost.web.judging import judged_at
from milepost.web.media_types import CSV, JSON, NDJSON, XML, media_type_of, wants_ndjson
from milepost.web.models import FileOut
from milepost.web.problems import RETRY_AFTER_S, Code, Problem, problem_of
from milepost.web.receiving import parts_of

router = APIRouter(tags=["purchases"])

_SUFFIXES = {CSV: ".csv", NDJSON: ".ndjson", XML: ".xml"}
_NUMBER = Header(ge=0, lt=1 << 62)


@dataclass(frozen=True, slots=True)
class _Announced:
    """What the sender says that the file adds up to; None where it says nothing."""

    records: int | None
    gross_minor: int | None

    def require(self, found: FeedTotals) -> None:
        """Raises: Problem, `file_totals_differ`."""
        if self.records not in (None, found.records) or self.gross_minor not in (None, found.gross_minor):
            raise Problem(
                Code.FILE_TOTALS_DIFFER,
                f"The file has {found.records} records of {found.gross_minor} minor units: correct it, or the"
                " totals announced. Nothing was stored.",
            )


@router.post(
    "/v1/files",
    response_model=FileOut,
    responses=problems(
        Code.MALFORMED_FILE,
        Code.FORBIDDEN,
        Code.FILE_TOTALS_DIFFER,
        Code.IDEMPOTENCY_KEY_REUSED,
        Code.QUEUE_FULL,
        receives=True,
    ),
    openapi_extra=body(
        {
            CSV: {"type": "string", "description": "A header row, then a record a row"},
            NDJSON: {"type": "string", "description": "A record a line"},
            XML: {"type": "string", "description": "A POSLog"},
        }
    ),
)
async def post_file(
    request: Request,
    source: Annotated[
        str, Query(max_length=128, description="Source of records that name none")
    ] = DEFAULT_SOURCE,
    milepost_records: Annotated[int | None, _NUMBER] = None,
    milepost_gross_minor: Annotated[int | None, _NUMBER] = None,
) -> Response:
    """Take a file of purchases, CSV with a header row, lines of JSON or POSLog, and answer for its records.

    `Milepost-Records` and `Milepost-Gross-Minor` announce how many records there are and what their bills add
    up to: a file that does not is refused whole. The answer counts, and lists the records that were refused;
    with `Accept: application/x-ndjson` it is a line a record as each is stored, and a summary as the last
    line: an answer that ends without one is of a file to be sent again. That is always right to do. A file
    that the server cannot go on with is answered by a problem whose `stored` says how far it came.
    """
    media_type = media_type_of(request, tuple(_SUFFIXES))
    announced = _Announced(milepost_records, milepost_gross_minor)
    arrived = await arrive(request)
    # What is streamed closes the file when it ends, all else here.
    is_streamed = False
    try:
        units = _answers(request, arrived, suffix=_SUFFIXES[media_type], source=source, announced=announced)
        summary = FileSummary()
        answers = _counted(units, summary)
        if wants_ndjson(request):
            response = await _streamed(answers, summary, arrived)
            is_streamed = True
            return response
        return await answered_once(request, arrived.signed, arrived.digest, lambda: _summed(answers, summary))
    finally:
        if not is_streamed:
            arrived.close()


async def _answers(
    request: Request, arrived: ArrivedFile, *, suffix: str, source: str, announced: _Announced
) -> AsyncIterator[list[Answer]]:
    """The answers of the file, a unit of work at a time."""
    partner, file = partner_of(arrived.signed.caller), arrived.file
    await require_room(request)
    try:
        if announced != _Announced(None, None):
            file.seek(0)
            announced.require(await run_in_threadpool(_totals, request, file, partner=partner, suffix=suffix))
        file.seek(0)
        at = await judged_at(request, arrived.signed.timestamp)
        copy_id = await keep_request(request, arrived.signed, file, at=at, unknown=None)
        file.seek(0)
        unknown, records = 0, _records(request, file, partner=partner, suffix=suffix, source=source)
        while unit := await run_in_threadpool(_next_unit, records):
            unknown += unknown_among(unit)
            yield await intake_of(request).take(unit, at)
        if copy_id is not None:
            await run_in_threadpool(parts_of(request).note_unknown, copy_id, unknown)
    except FeedError as error:
        raise Problem(Code.MALFORMED_FILE, str(error)) from None


def _records(
    request: Request, file: BinaryIO, *, partner: PartnerCode, suffix: str, source: str
) -> Iterator[SubmittedPurchase | Rejection]:
    partners = parts_of(request).partners()
    if suffix == _SUFFIXES[XML]:
        # Only the sender's stores are known: nobody speaks for another.
        own = {code: found for code, found in partners.items() if code == partner}
        return read_poslog(file, own, name="the body")
    return read_feed_file(file, RowReader(partners, source=source, sender=partner), suffix=suffix)


def _totals(request: Request, file: BinaryIO, *, partner: PartnerCode, suffix: str) -> FeedTotals:
    if suffix == _SUFFIXES[XML]:
        return poslog_totals_of(file, parts_of(request).partners().get(partner))
    return totals_of(file, suffix=suffix)


def _next_unit(records: Iterator[Any]) -> Records:
    return list(islice(records, RECORDS_A_UNIT))


async def _counted(units: AsyncIterator[list[Answer]], summary: FileSummary) -> AsyncIterator[list[Answer]]:
    """The units as they come, each counted; one that fails ends them with what was stored before it.

    Raises: Problem, which says so where anything was.
    """
    try:
        async for unit in units:
            summary.add(unit)
            yield unit
    except (MilepostError, OSError, Problem) as error:
        raise _broken_off(error, summary) from None


def _broken_off(error: MilepostError | OSError | Problem, summary: FileSummary) -> Problem:
    problem = _problem(error)
    if not summary.records:
        return problem
    return Problem(
        problem.code,
        f"{problem.detail} The file's first {summary.records} records, to line {summary.last_line}, were"
        " taken in, as `stored` says: send the whole file again; nothing counts twice.",
        retry_after_s=problem.retry_after_s,
        stored=summary.document(),
    )


def _problem(error: MilepostError | OSError | Problem) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, MilepostError):
        return problem_of(error)
    return Problem(
        Code.UNAVAILABLE, "The file cannot be read here now: send it later.", retry_after_s=RETRY_AFTER_S
    )


async def _summed(answers: AsyncIterator[list[Answer]], summary: FileSummary) -> Response:
    async for _ in answers:
        pass
    return Response(_line(summary.document()), media_type=JSON)


async def _streamed(
    answers: AsyncIterator[list[Answer]], summary: FileSummary, arrived: ArrivedFile
) -> Response:
    """What is wrong with the file or the server before the first answer is told as a problem."""
    first: list[Answer] = await anext(answers, [])
    return _LinesResponse(_lines(first, answers, summary), arrived)


class _LinesResponse(StreamingResponse):
    """Lines of answers, which close the file however they end: also where nobody is there to read one."""

    def __init__(self, lines: AsyncIterator[bytes], arrived: ArrivedFile) -> None:
        super().__init__(lines, media_type=NDJSON)
        self._arrived = arrived

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._arrived.close()


async def _lines(
    first: list[Answer],
    rest: AsyncIterator[list[Answer]],
    summary: FileSummary,
) -> AsyncIterator[bytes]:
    try:
        yield _lines_of(first)
        async for unit in rest:
            yield _lines_of(unit)
        yield _line({"summary": summary.document()})
    except Problem as problem:
        yield _line({"problem": problem.document()})


def _lines_of(unit: list[Answer]) -> bytes:
    return b"".join(_line(answer_document(answer)) for answer in unit)


def _line(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode() + b"\n"
