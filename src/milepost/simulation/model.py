"""Runs the plain reference model of the award beside the chain, and stops where the two differ.

Simulations and the demos hand it every report as the chain settled it; sums are compared with its books.
"""

from collections.abc import Sequence

from milepost.chain.deployment import offer_sets
from milepost.chain.deployment_plan import DeploymentPlan
from milepost.codec.attached_receipt import attached_of
from milepost.codec.report_bytes import decode_report
from milepost.codec.results import decode_results
from milepost.codec.terms import promotion_budget
from milepost.domain.accrual import Books, EarnTerms, Judged, PromotionState, settle
from milepost.domain.errors import MilepostError
from milepost.domain.ledger import Ledger
from milepost.domain.promotion import Promotion
from milepost.domain.quantities import MemberId, PromotionId
from milepost.domain.receipt import Settled
from milepost.domain.report import Report
from milepost.ports import SettledLog


class ModelDisagrees(MilepostError):
    """Chain and model judged a purchase differently. The operator finds out which is right."""

    exit_code = 1


class Model:
    """The books of the reference model, from the same plan as the deployment."""

    def __init__(self, plan: DeploymentPlan, *, enrolled: int) -> None:
        self.books = books_of(plan)
        self.books.ledger.enrol(enrolled)

    def set_profile(
        self, member: MemberId, *, tier: int, segments: int, enrolled_at_s: int, now_s: int
    ) -> None:
        """Say who a member is to promotions, as the chain was told. Units: unix seconds."""
        if tier:
            self.books.ledger.set_tier(member, tier, today=self.books.ledger.day_of(now_s))
        if segments:
            self.books.segments[member] = segments
        self.books.enrolled_at_s[member] = enrolled_at_s

    def settle(self, log: SettledLog, *, now_s: int) -> list[Judged]:
        """Judge a report's purchases, in its order. Units: `now_s` is the unix second of its block.

        Raises: ModelDisagrees at the first purchase that the chain judged otherwise.
        """
        report = decode_report(log.report_bytes)
        return self.judge(report, decode_results(log.results, report), now_s=now_s)

    def judge(self, report: Report, settled: Sequence[Settled], *, now_s: int) -> list[Judged]:
        """Judge the same report as the chain, which settled it so. Raises: as `settle`."""
        judged = settle(report, self.books, now_s=now_s, attached=attached_of(report))
        for place, (own, chain) in enumerate(zip(judged, settled, strict=True), start=1):
            if own.settled != chain:
                raise ModelDisagrees(
                    f"Purchase {place} of report {report.sequence}: the chain settled {chain}, the reference"
                    f" model {own.settled}."
                )
        return judged


def books_of(plan: DeploymentPlan) -> Books:
    """The model's books as they stand after the plan was deployed, before anybody is enrolled."""
    programme, sets = plan.programme, offer_sets(plan)
    return Books(
        accept=programme.accept,
        ledger=Ledger.of(programme),
        partners={
            plan.partner_ids[partner.code]: EarnTerms(
                earn=partner.earn,
                offsets=tuple(outlet.offsets for outlet in partner.outlets),
                promotions=plan.offers.get(partner.code, ()),
                available=plan.available_of(partner),
                offer_set=sets.get(plan.offers.get(partner.code, ()), 0),
            )
            for partner in plan.partners
        },
        promotions={
            PromotionId(place): PromotionState(plan.terms_of(promotion), _budget(promotion))
            for place, promotion in enumerate(plan.promotions, start=1)
        },
        offer_sets={number: promotions for promotions, number in sets.items()},
    )


def _budget(promotion: Promotion) -> int:
    """What a pot holds once its partners have paid, else the budget as it is published."""
    paid = sum(share.miles for share in promotion.funding)
    return paid or promotion_budget(promotion)
