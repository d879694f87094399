"""Writes what promotions did, or would do, as the JSON that tests and other programs read.

`promotions_simulation.py` prints it; its shape is the one of interfaces: `purchases`, `promotions`, and more.
"""

from collections.abc import Mapping
from typing import Any

from milepost.domain.outcome import Cut
from milepost.domain.receipt import Grant
from milepost.simulation.playing import TriedPurchase
from milepost.simulation.reading import Past
from milepost.simulation.tally import PartnerTally, PromotionTally, Tally, budget_by_day
from milepost.simulation.trial import AGAINST, BASELINE, DRAFT, Trial


def simulation_document(trial: Trial, past: Past) -> dict[str, Any]:
    """What `simulate --json` prints. Units: miles; money as decimals in the partner's currency."""
    names = {place: one.name for place, one in enumerate(trial.draft.plan.promotions, start=1)}
    found = trial.tallies
    document: dict[str, Any] = {
        "purchases": [_purchase(one, names) for one in trial.draft.purchases],
        **_tally(found[DRAFT]),
        "rejected": [
            {
                "file": str(one.file),
                "line": one.rejection.line,
                "code": one.rejection.code,
                "sentence": one.rejection.sentence,
            }
            for one in past.refused
        ],
        "duplicates": past.duplicates,
        "reports": trial.draft.reports,
    }
    for name in (AGAINST, BASELINE):
        if name in found:
            document[name] = _tally(found[name])
            document[f"differs_from_{name}"] = _difference(found[DRAFT], found[name])
    return document


def _purchase(one: TriedPurchase, names: Mapping[int, str]) -> dict[str, Any]:
    purchase, settled = one.submitted.purchase, one.settled
    return {
        "sale_ref": purchase.sale_ref,
        "member": one.submitted.member,
        "outcome": settled.outcome.code,
        "base_miles": settled.base,
        "bonus_miles": settled.bonus,
        "promotions": [_grant(grant, names) for grant in one.grants],
        "line": one.submitted.line,
        "partner": purchase.partner,
        "kind": purchase.kind.name,
        "returned": settled.returned,
        "added": settled.amendment.added if settled.amendment else 0,
    }


def _grant(grant: Grant, names: Mapping[int, str]) -> dict[str, Any]:
    return {
        "promotion": names[grant.promotion_id],
        "desired": grant.desired,
        "granted": grant.granted,
        "cut_by": None if grant.cut is Cut.NONE else grant.cut.code,
    }


def _tally(found: Tally) -> dict[str, Any]:
    return {
        "promotions": [_promotion(one, found) for one in found.promotions.values()],
        "partners": [_partner(one) for one in found.partners.values()],
        "outcomes": {outcome.code: count for outcome, count in sorted(found.outcomes.items())},
    }


def _promotion(one: PromotionTally, found: Tally) -> dict[str, Any]:
    return {
        "promotion": one.promotion.name,
        "members": len(one.members),
        "awards": one.awards,
        "desired": one.desired,
        "granted": one.granted,
        "budget_left": one.budget_left,
        "id": one.promotion_id,
        "budget": one.budget,
        "cut": {cut.code: miles for cut, miles in sorted(one.cut.items()) if miles},
        "ended_on": None if one.ended_on is None else one.ended_on.isoformat(),
        "would_end_on": None if one.would_end_on is None else one.would_end_on.isoformat(),
        "partners": [
            {"partner": code, "miles": miles, **_cost(found.partners[code], miles)}
            for code, miles in sorted(one.by_partner.items())
            if miles
        ],
        "days": [{"day": day.isoformat(), "granted": one.by_day[day]} for day in sorted(one.by_day)],
        "budget_days": [{"day": day.isoformat(), "left": left} for day, left in budget_by_day(one).items()],
    }


def _partner(one: PartnerTally) -> dict[str, Any]:
    return {
        "partner": one.partner.code,
        "base_miles": one.base,
        "bonus_miles": one.bonus,
        **_cost(one, one.miles),
    }


def _cost(partner: PartnerTally, miles: int) -> dict[str, str | None]:
    cost = partner.cost_of(miles)
    return {"cost": None if cost is None else str(cost), "currency": partner.partner.currency}


def _difference(draft: Tally, other: Tally) -> dict[str, Any]:
    """The draft less the other; a promotion that only one of them has counts as 0 in the other."""
    own = {one.promotion.name: one for one in draft.promotions.values()}
    others = {one.promotion.name: one for one in other.promotions.values()}
    return {
        "base_miles": draft.base - other.base,
        "bonus_miles": draft.bonus - other.bonus,
        "promotions": [
            {"promotion": name, **_less(own.get(name), others.get(name))}
            for name in dict.fromkeys((*own, *others))
        ],
    }


def _less(own: PromotionTally | None, other: PromotionTally | None) -> dict[str, int]:
    mine, theirs = _sums(own), _sums(other)
    return {key: mine[key] - theirs[key] for key in mine}


def _sums(one: PromotionTally | None) -> dict[str, int]:
    if one is None:
        return dict.fromkeys(("members", "awards", "desired", "granted"), 0)
    return {
        "members": len(one.members),
        "awards": one.awards,
        "desired": one.desired,
        "granted": one.granted,
    }
