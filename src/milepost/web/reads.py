"""Answers what became of purchases: their state, their receipts, a member's statement, the reports.

Before it a worker settles; a partner sees its own, a service of the operator sees all.
"""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from milepost.codec.receipt_file import write_receipt_text
from milepost.pipeline.find_purchase import BillAmbiguous, BillUnknown, MemberForgotten, find_purchase
from milepost.pipeline.issue_receipt import PurchaseNotSettled, PurchaseUnknown
from milepost.pipeline.make_statement import MemberUnknown
from milepost.ports import ReportState
from milepost.web.documented import READ, problems
from milepost.web.media_types import JSON
from milepost.web.models import PurchasesOut, ReportOut, ReportsOut
from milepost.web.parts import WebParts
from milepost.web.problems import Code, Problem
from milepost.web.receiving import caller_of, parts_of
from milepost.web.stored_documents import purchases_of_bill, report_at, reports_in

router = APIRouter(tags=["questions"])

MOST_REPORTS = 1_000
"""Reports of one answer, the newest."""

Partner = Annotated[str, Path(min_length=1, max_length=128, description="The partner's code")]
SaleRef = Annotated[str, Query(min_length=1, max_length=128, description="The till's reference of the bill")]
Source = Annotated[str | None, Query(max_length=128, description="Source of the record")]
Kind = Annotated[str | None, Query(pattern="^(SALE|AMEND|REFUND|VOID)$", description="Kind of the record")]
Revision = Annotated[int | None, Query(ge=0, le=10_000, description="Revision of the record")]


@router.get(
    "/v1/purchases/{partner}",
    response_model=PurchasesOut,
    responses=problems(Code.FORBIDDEN, Code.NOT_FOUND),
    openapi_extra=READ,
)
async def get_purchases(
    request: Request,
    partner: Partner,
    sale_ref: SaleRef,
    source: Source = None,
    kind: Kind = None,
    revision: Revision = None,
) -> Response:
    """Every record of one bill as it is stored, and what each got on chain. The member is not told."""
    parts = await _asked_for(request, partner)
    found = await run_in_threadpool(purchases_of_bill, parts.store, partner, sale_ref)
    wanted = [
        one
        for one in found
        if source in (None, one["source"])
        and kind in (None, one["kind"])
        and revision in (None, one["revision"])
    ]
    if not wanted:
        raise Problem(Code.NOT_FOUND, "No record of that partner and reference is stored: check both.")
    return _answer({"purchases": wanted})


@router.get(
    "/v1/receipts/{partner}",
    responses=problems(Code.FORBIDDEN, Code.NOT_FOUND, Code.AMBIGUOUS, Code.NOT_SETTLED),
    openapi_extra=READ,
)
async def get_receipt(
    request: Request,
    partner: Partner,
    sale_ref: SaleRef,
    source: Source = None,
    kind: Kind = None,
    revision: Revision = None,
) -> Response:
    """The receipt file of a settled purchase: it verifies against any node, and names no member.

    Without `kind` it is the sale's, or of what has the reference; without `revision` the highest.
    """
    parts = await _asked_for(request, partner)

    def issue() -> str:
        key = find_purchase(parts.store, partner, sale_ref, source=source, kind=kind, revision=revision)
        return write_receipt_text(parts.issue(key))

    try:
        text = await run_in_threadpool(issue)
    except (BillUnknown, PurchaseUnknown):
        raise Problem(
            Code.NOT_FOUND, "No such record of that partner is stored: check what you ask."
        ) from None
    except BillAmbiguous:
        raise Problem(Code.AMBIGUOUS, "Several sources sent that reference: name one by source.") from None
    except PurchaseNotSettled as error:
        raise Problem(Code.NOT_SETTLED, str(error)) from None
    except MemberForgotten as error:
        raise Problem(Code.NOT_FOUND, str(error)) from None
    return Response(text.encode(), media_type=JSON)


@router.get(
    "/v1/members/{member}/statement",
    responses=problems(Code.FORBIDDEN, Code.NOT_FOUND),
    openapi_extra=READ,
)
async def get_statement(
    request: Request,
    member: Annotated[str, Path(min_length=1, max_length=128, description="Membership number")],
) -> Response:
    """What a member has, as `milepost statement --json` says it. Only for services of the operator."""
    caller = await caller_of(request)
    if not caller.is_operator:
        raise Problem(Code.FORBIDDEN, "Statements are for the operator's services: ask it, not this server.")
    if request.query_params:
        raise Problem(
            Code.BAD_PARAMETER,
            "A statement over HTTP is of now and takes no parameters: leave them out."
            " `milepost statement --at` states other days.",
        )
    try:
        document = await run_in_threadpool(parts_of(request).state_member, member)
    except MemberUnknown:
        raise Problem(Code.NOT_FOUND, "No member has that number: check it.") from None
    return _answer(document)


@router.get(
    "/v1/reports",
    response_model=ReportsOut,
    responses=problems(),
    openapi_extra=READ,
)
async def get_reports(
    request: Request,
    state: Annotated[ReportState | None, Query(description="Only reports in this state")] = None,
) -> Response:
    """Reports in order of lane and sequence: those in a state, or those that are not final yet."""
    caller, parts = await caller_of(request), parts_of(request)
    states = [state] if state else [one for one in ReportState if one is not ReportState.FINAL]
    found = await run_in_threadpool(
        reports_in, parts.store, states, own=_own(caller.partner, parts), most=MOST_REPORTS
    )
    return _answer({"reports": found})


@router.get(
    "/v1/reports/{lane}/{sequence}",
    response_model=ReportOut,
    responses=problems(Code.NOT_FOUND),
    openapi_extra=READ,
)
async def get_report(
    request: Request,
    lane: Annotated[int, Path(ge=0, lt=1 << 31)],
    sequence: Annotated[int, Path(ge=1, lt=1 << 63)],
) -> Response:
    """One report: how far it is, and the numbers that the purchases of the partner who asks got in it."""
    caller, parts = await caller_of(request), parts_of(request)
    found = await run_in_threadpool(report_at, parts.store, lane, sequence, own=_own(caller.partner, parts))
    if found is None:
        raise Problem(Code.NOT_FOUND, "The lane has no report of that sequence: check both.")
    return _answer(found)


async def _asked_for(request: Request, partner: str) -> WebParts:
    """Raises: Problem, `forbidden`, for the purchases of another partner."""
    caller = await caller_of(request)
    if caller.partner not in (None, partner):
        raise Problem(Code.FORBIDDEN, f"This key is of {caller.partner}: ask for its own purchases.")
    return parts_of(request)


def _own(partner: str | None, parts: WebParts) -> int | None:
    """The id on chain of the partner who asks; None for the operator, who sees all sections."""
    if partner is None:
        return None
    # 0 is no partner's: one that is not deployed sees no section.
    return next((number for code, number in parts.partner_ids().items() if code == partner), 0)


def _answer(document: dict[str, Any]) -> Response:
    return Response(json.dumps(document, ensure_ascii=False).encode(), media_type=JSON)
