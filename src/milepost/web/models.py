"""Describes what requests and answers hold, for the OpenAPI document; the pipeline itself checks records.

`purchases`, `files` and `reads` name these at their routes.
"""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from milepost.domain.outcome import Outcome
from milepost.domain.purchase import PurchaseKind
from milepost.ports import PurchaseState, ReportState

_TEXT = Field(min_length=1, max_length=128)
_MINOR = Field(ge=0, le=(1 << 40) - 1)
Kind = StrEnum("Kind", [(kind.name, kind.name) for kind in PurchaseKind])  # type: ignore[misc]
OutcomeCode = StrEnum("OutcomeCode", [(outcome.name, outcome.code) for outcome in Outcome])  # type: ignore[misc]
_DECIMAL = Field(description="Decimal of the currency, as text or number; instead of the one with _minor")


class PurchaseIn(BaseModel):
    """One record of a till. Amounts are whole minor units, or decimals under the name without `_minor`."""

    partner: Annotated[str, _TEXT]
    source: Annotated[str | None, Field(max_length=128)] = None
    sale_ref: Annotated[str, _TEXT]
    kind: Literal["SALE", "AMEND", "REFUND", "VOID"] = "SALE"
    revision: Annotated[int, Field(ge=0, le=10_000)] = 0
    original_sale_ref: Annotated[str | None, Field(max_length=128)] = None
    outlet: Annotated[str, _TEXT]
    terminal: Annotated[str | None, Field(max_length=128)] = None
    occurred_at: Annotated[str, Field(examples=["2021-05-01T19:30:00+08:00"])]
    business_date: Annotated[str | None, Field(examples=["2021-05-01"])] = None
    currency: Annotated[str, Field(examples=["HKD"])]
    gross_minor: Annotated[int | None, _MINOR] = None
    tax_minor: Annotated[int | None, _MINOR] = None
    service_minor: Annotated[int | None, _MINOR] = None
    tip_minor: Annotated[int | None, _MINOR] = None
    eligible_minor: Annotated[int | None, _MINOR] = None
    gross: Annotated[str | float | None, _DECIMAL] = None
    tax: Annotated[str | float | None, _DECIMAL] = None
    service: Annotated[str | float | None, _DECIMAL] = None
    tip: Annotated[str | float | None, _DECIMAL] = None
    eligible: Annotated[str | float | None, _DECIMAL] = None
    channel: Literal["dine-in", "takeaway", "delivery"] | None = None
    party_size: Annotated[int | None, Field(ge=0, le=10_000)] = None
    member: Annotated[str | None, Field(max_length=128)] = None


class AnswerOut(BaseModel):
    """The answer to one record; `code` and `sentence` say why one was not taken."""

    line: Annotated[int | None, Field(description="Place of the record in the request, from 1")]
    sale_ref: str | None
    kind: Kind | None
    revision: int | None
    answer: Literal["accepted", "duplicate", "conflict", "rejected"]
    code: str | None
    sentence: str | None


class AnswersOut(BaseModel):
    """An answer a record, in their order."""

    answers: list[AnswerOut]


class FileOut(BaseModel):
    """What became of a file. `refused` holds the first of the records that were not taken."""

    records: int
    last_line: Annotated[int | None, Field(description="Line, or place, of the last record answered")]
    accepted: int
    duplicate: int
    conflict: int
    rejected: int
    refused: list[AnswerOut]
    refused_left_out: Annotated[int, Field(description="Refused records beyond those listed")]


class SettledOut(BaseModel):
    """What a purchase got on chain."""

    outcome: OutcomeCode
    base: int
    bonus: int
    credited: int
    returned: int
    last_valid_day: str | None
    number: Annotated[int, Field(description="The purchase's number among the partner's")]
    lane: int
    sequence: int


class PurchaseOut(BaseModel):
    """A stored record and what became of it. The member is not told."""

    partner: str
    source: str
    sale_ref: str
    kind: Kind
    revision: int
    original_sale_ref: str | None
    outlet: str
    terminal: str | None
    occurred_at: str
    business_date: str | None
    currency: str
    gross_minor: int
    tax_minor: int
    service_minor: int
    tip_minor: int
    eligible_minor: int
    channel: str | None
    party_size: int | None
    state: PurchaseState
    received_at: str
    settled: SettledOut | None


class PurchasesOut(BaseModel):
    """The records of one bill in order of arrival."""

    purchases: list[PurchaseOut]


class ReportOut(BaseModel):
    """A report and how far it is. Sections are those of the partner who asks."""

    lane: int
    sequence: int
    state: ReportState
    content_hash: str
    purchases: int
    failure: str | None
    sections: list[dict[str, Any]]
    tx_hash: str | None
    block_number: int | None


class ReportsOut(BaseModel):
    """Reports in order of lane and sequence, the newest last."""

    reports: list[ReportOut]


class ProblemOut(BaseModel):
    """What a request was refused for (RFC 9457); `code` never changes its meaning."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    stored: Annotated[
        FileOut | None, Field(description="What became of a file's records before it could not go on")
    ] = None
