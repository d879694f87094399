"""Writes what became of a purchase as the keys of a receipt file, and reads them back.

`receipt_file.py` puts them beside the bill, its place in a report and its proof.
"""

from typing import Any

from milepost.codec.json_fields import Fields
from milepost.domain.calendar import date_of, day_number
from milepost.domain.errors import DayOutOfRange, ReceiptFileRefused
from milepost.domain.lots import NO_DAY
from milepost.domain.outcome import Cut, Outcome
from milepost.domain.quantities import (
    DayNumber,
    Miles,
    MinorUnits,
    OutletNumber,
    PromotionId,
    PurchaseNumber,
)
from milepost.domain.receipt import (
    MOST_GRANTS,
    OFFERS_IN_A_SET,
    Amendment,
    Basis,
    Grant,
    Settled,
)


def write_settled(settled: Settled) -> dict[str, Any]:
    """The keys from `outcome` to `amendment`, in the file's order."""
    return {
        "outcome": settled.outcome.code,
        "base_miles": settled.base,
        "last_valid_day": date_of(settled.last_day).isoformat() if settled.last_day else None,
        "debt_offset_miles": settled.debt_offset,
        "earn": {"miles": settled.basis.earn_miles, "per_minor": settled.basis.per_minor},
        "offer_set": settled.basis.offer_set,
        "counted": places_counted(settled.counted),
        "grants": [_write_grant(grant) for grant in settled.grants],
        "amendment": None if settled.amendment is None else _write_amendment(settled.amendment),
    }


def read_settled(fields: Fields) -> Settled:
    """The inverse of `write_settled`. Raises: ReceiptFileRefused, naming the key."""
    grants = tuple(_read_grant(one, f"grants[{i}]") for i, one in enumerate(fields.array("grants")))
    ids = [grant.promotion_id for grant in grants]
    if len(grants) > MOST_GRANTS or len(set(ids)) != len(ids):
        raise ReceiptFileRefused("grants hold more than four promotions, or one twice.")
    return Settled(
        outcome=fields.choice("outcome", {outcome.code: outcome for outcome in Outcome}),
        base=Miles(fields.integer("base_miles")),
        last_day=_read_last_day(fields),
        grants=grants,
        debt_offset=Miles(fields.integer("debt_offset_miles")),
        counted=_read_counted(fields),
        amendment=_read_amendment(fields),
        basis=_read_basis(fields),
    )


def _read_basis(fields: Fields) -> Basis:
    earn = Fields(fields.take("earn"), "earn")
    basis = Basis(earn.integer("miles"), earn.integer("per_minor"), fields.integer("offer_set"))
    earn.finish()
    return basis


def _read_counted(fields: Fields) -> int:
    places = fields.array("counted")
    counted = sum(1 << place for place in range(OFFERS_IN_A_SET) if place in places)
    if any(type(place) is not int for place in places) or places != places_counted(counted):
        raise ReceiptFileRefused("counted must be places of the offer set, 0 to 15, each once and rising.")
    return counted


def _read_amendment(fields: Fields) -> Amendment | None:
    value = fields.take("amendment")
    if value is None:
        return None
    inner = Fields(value, "amendment")
    amendment = Amendment(
        number=PurchaseNumber(inner.integer("sale_number")),
        eligible_minor=MinorUnits(inner.integer("eligible_left_minor")),
        refunded_minor=MinorUnits(inner.integer("refunded_minor")),
        occurred_at_s=inner.integer("occurred_at"),
        outlet=OutletNumber(inner.integer("outlet_number")),
        how=inner.integer("how"),
        returned=Miles(inner.integer("returned_miles")),
        added=Miles(inner.integer("added_miles")),
    )
    inner.finish()
    if amendment.number == 0:
        # All zeros would leave the fifth word out of the leaf.
        raise ReceiptFileRefused("amendment.sale_number is 0: no sale has that number.")
    return amendment


def _read_grant(value: object, path: str) -> Grant:
    fields = Fields(value, path)
    cuts = {cut.code: cut for cut in Cut if cut is not Cut.NONE}
    grant = Grant(
        promotion_id=PromotionId(fields.integer("promotion")),
        cut=fields.optional("cut_by", lambda key: fields.choice(key, cuts)) or Cut.NONE,
        desired=Miles(fields.integer("desired")),
        granted=Miles(fields.integer("granted")),
    )
    fields.finish()
    if grant.promotion_id == 0:
        # All zeros would leave the word unchanged, so such a grant could be added unseen.
        raise ReceiptFileRefused(f"{path} names promotion 0: no receipt lists that.")
    return grant


def _read_last_day(fields: Fields) -> DayNumber:
    day = fields.optional("last_valid_day", fields.day)
    if day is None:
        return NO_DAY
    try:
        number = day_number(day)
    except DayOutOfRange as error:
        raise ReceiptFileRefused(f"last_valid_day: {error}") from None
    if number == NO_DAY:
        # Day 0 stands for none, which is written null; two ways to write it would be one too many.
        raise ReceiptFileRefused("last_valid_day is 1990-01-01, which no lot has.")
    return number


def places_counted(counted: int) -> list[int]:
    """Places in the offer set, from 0, of the promotions that counted a purchase."""
    return [place for place in range(OFFERS_IN_A_SET) if counted >> place & 1]


def _write_grant(grant: Grant) -> dict[str, Any]:
    return {
        "promotion": grant.promotion_id,
        "desired": grant.desired,
        "granted": grant.granted,
        "cut_by": None if grant.cut is Cut.NONE else grant.cut.code,
    }


def _write_amendment(amendment: Amendment) -> dict[str, Any]:
    return {
        "sale_number": amendment.number,
        "eligible_left_minor": amendment.eligible_minor,
        "refunded_minor": amendment.refunded_minor,
        "occurred_at": amendment.occurred_at_s,
        "outlet_number": amendment.outlet,
        "how": amendment.how,
        "returned_miles": amendment.returned,
        "added_miles": amendment.added,
    }
