"""Writes what a receiver of webhooks is told of one settled purchase, and the id it knows that by.

The pipeline writes bodies when it stores a settlement; `webhooks` signs and sends the same bytes each time.
Source: docs/webhooks.md; Standard Webhooks.
"""

import json
from datetime import UTC, datetime
from typing import Any

from milepost.codec.keccak import keccak
from milepost.domain.calendar import date_of
from milepost.domain.lots import NO_DAY
from milepost.domain.outcome import Cut
from milepost.domain.purchase import Purchase
from milepost.domain.quantities import DayNumber, Lane, MemberId, PurchaseNumber, ReportSequence
from milepost.domain.receipt import Grant, Settled
from milepost.domain.rules import NEVER
from milepost.domain.webhook import EventType

_ID_DIGITS = 32


def event_id(content_hash: bytes, position: int) -> str:
    """The `webhook-id` of one entry of a settled report: the same whenever and by whomever it is made.

    Shape: `evt_` and 32 hexadecimal digits, of 128 bits of a keccak.
    """
    return "evt_" + keccak(content_hash + position.to_bytes(4, "big")).hex()[:_ID_DIGITS]


def event_data(
    purchase: Purchase, settled: Settled, *, lane: Lane, sequence: ReportSequence, number: PurchaseNumber
) -> dict[str, Any]:
    """The `data` of a message, without whose purchase it was.

    Units: miles are whole; `base`, `bonus` and `promotions` are what the bill earns now, `miles` what this
        record gave, `returned_miles` what it took back.
    """
    return {
        "partner": purchase.partner,
        "sale_ref": purchase.sale_ref,
        "source": purchase.source,
        "kind": purchase.kind.name,
        "revision": purchase.revision,
        "original_sale_ref": purchase.original_sale_ref,
        "occurred_at": purchase.occurred_at.isoformat(),
        "outcome": settled.outcome.code,
        "base": settled.base,
        "bonus": settled.bonus,
        "promotions": [_grant(grant) for grant in settled.grants],
        "miles": settled.credited,
        "returned_miles": settled.returned,
        "last_valid_day": _day(settled.last_day),
        "lane": lane,
        "sequence": sequence,
        "number": number,
    }


def event_body(event: EventType, data: dict[str, Any], *, at: int) -> str:
    """The body as it is signed and sent. Units: `at` in unix seconds."""
    moment = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return json.dumps(
        {"type": event.value, "timestamp": moment, "data": data}, ensure_ascii=False, separators=(",", ":")
    )


def with_member(data: dict[str, Any], member: MemberId) -> dict[str, Any]:
    """What members' systems are told besides: the opaque id, null for a member nobody knows."""
    return {**data, "member": member or None}


def _grant(grant: Grant) -> dict[str, Any]:
    return {
        "promotion": grant.promotion_id,
        "desired": grant.desired,
        "granted": grant.granted,
        "cut_by": None if grant.cut is Cut.NONE else grant.cut.code,
    }


def _day(last_day: DayNumber) -> str | None:
    return None if last_day in (NO_DAY, NEVER) else date_of(last_day).isoformat()
