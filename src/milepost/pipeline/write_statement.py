"""Writes a member's statement as JSON values, the same to a command and over HTTP.

Before it a statement was made and its coming days explained; after it a program reads them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from milepost.domain.adjustment import NO_CASE, PROPOSAL_LIFE_S, Adjustment
from milepost.domain.calendar import shown_instant, void_at
from milepost.domain.outcome import Cut
from milepost.domain.receipt import Grant
from milepost.domain.rules import POOL_DAY, last_day_text
from milepost.pipeline.explain_coming import Coming, ComingLapse
from milepost.pipeline.make_statement import Statement, StatementLot, StatementPurchase


@dataclass(frozen=True, slots=True)
class Names:
    """What a deployment calls things: its programme, and promotions by the id they have on chain."""

    programme: str
    utc_offset_minutes: int
    promotions: Mapping[int, str]


def statement_document(member: str, found: Statement, coming: Coming, names: Names) -> dict[str, Any]:
    """The statement as JSON values; days and instants of what never lapses are null."""
    differences = [*found.differences, *coming.differences]
    return {
        "member": member,
        "member_id": found.member_id,
        "programme": names.programme,
        "at": shown_instant(found.at_s),
        "day": last_day_text(found.day),
        "balance": found.balance,
        "merged_member_ids": list(found.accounts[1:]),
        "lots": [_lot_document(one, names) for one in found.lots],
        "coming": [coming_document(one) for one in coming.lapses],
        "purchases": [_purchase_document(one, names) for one in found.purchases],
        "adjustments": [
            {**adjustment_document(one.adjustment), "final": one.is_final} for one in found.adjustments
        ],
        "earned": found.earned,
        "returned": found.returned,
        "debt": found.debt,
        "beside": {flow.name.lower(): miles for flow, miles in sorted(found.beside.items())},
        "pending_reports": found.pending_reports,
        "agrees": not differences,
        "differences": differences,
    }


def coming_document(one: ComingLapse) -> dict[str, Any]:
    """One coming lapse as JSON values; `version` is null for the pool, which is of no version."""
    words = one.explanation
    is_pool = one.lot.own_day == POOL_DAY
    return {
        "member_id": one.account,
        "last_valid_day": last_day_text(one.lot.last_day),
        "void_at": None if one.void_at_s is None else shown_instant(one.void_at_s),
        "miles": one.lot.miles,
        "status": "live" if one.revivable_until is None else "revivable",
        "revivable_until": None if one.revivable_until is None else last_day_text(one.revivable_until),
        "rule": one.rule,
        "pool": is_pool,
        "version": None if is_pool else one.lot.version,
        "why": list(words.why),
        "keeping": list(words.keeping),
        "cost": list(words.cost),
        "explanation": str(words),
    }


def adjustment_document(adjustment: Adjustment) -> dict[str, Any]:
    """An adjustment as JSON values."""
    is_decided = adjustment.decided_at != 0
    return {
        "adjustment": adjustment.adjustment_id,
        "kind": adjustment.kind.code,
        "state": adjustment.state.code,
        "reason": adjustment.reason.code,
        "member_id": adjustment.member,
        "into_member_id": adjustment.into or None,
        "miles": adjustment.miles,
        "last_valid_day": last_day_text(adjustment.last_day),
        "proposed_at": shown_instant(adjustment.proposed_at),
        "proposer": adjustment.proposer,
        "approvable_until": shown_instant(adjustment.proposed_at + PROPOSAL_LIFE_S),
        "decided_at": shown_instant(adjustment.decided_at) if is_decided else None,
        "decided_by": adjustment.decided_by if is_decided else None,
        "case_hash": None if adjustment.case_hash == NO_CASE else f"0x{adjustment.case_hash.hex()}",
    }


def grant_document(grant: Grant, names: Mapping[int, str]) -> dict[str, Any]:
    """What one promotion gave, as JSON values."""
    return {
        "promotion": names.get(grant.promotion_id),
        "promotion_id": grant.promotion_id,
        "desired": grant.desired,
        "granted": grant.granted,
        "cut_by": None if grant.cut is Cut.NONE else grant.cut.code,
    }


def _lot_document(one: StatementLot, names: Names) -> dict[str, Any]:
    return {
        "member_id": one.account,
        "last_valid_day": last_day_text(one.lot.last_day),
        "miles": one.lot.miles,
        "void_at": None
        if last_day_text(one.lot.last_day) is None
        else shown_instant(void_at(one.lot.last_day, names.utc_offset_minutes)),
        "live": one.is_live,
    }


def _purchase_document(one: StatementPurchase, names: Names) -> dict[str, Any]:
    settled, purchase = one.settled, one.purchase
    return {
        "member_id": one.account,
        "partner": purchase.partner,
        "source": purchase.source,
        "sale_ref": purchase.sale_ref,
        "kind": purchase.kind.name,
        "revision": purchase.revision,
        "outlet": purchase.outlet,
        "occurred_at": purchase.occurred_at.isoformat(),
        "currency": purchase.currency,
        "eligible_minor": purchase.eligible_minor,
        "outcome": settled.outcome.code,
        "base": settled.base,
        "bonus": settled.bonus,
        "last_valid_day": last_day_text(settled.last_day),
        "grants": [grant_document(grant, names.promotions) for grant in settled.grants],
        "amends": None if settled.amendment is None else settled.amendment.number,
        "original_sale_ref": purchase.amends,
        "eligible_left_minor": None if settled.amendment is None else settled.amendment.eligible_minor,
        "credited": settled.credited,
        "returned": settled.returned,
        "taken": one.taken,
        "owed": one.owed,
        "debt_offset": settled.debt_offset,
        "newest": one.is_newest,
        "lane": one.lane,
        "sequence": one.sequence,
        "number": one.number,
    }
