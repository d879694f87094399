"""Settles purchases one after the other on a simulated chain, and says what became of each.

`stage.py` gives the chain and `cutting.py` the reports; `tally.py` sums up what comes out of here.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from milepost.chain.deployment_plan import DeploymentPlan
from milepost.codec.report_bytes import encode_report
from milepost.codec.results import decode_results
from milepost.domain.purchase import DedupeKey, PurchaseKind, SubmittedPurchase
from milepost.domain.quantities import (
    MemberId,
    PartnerCode,
    PromotionId,
    PurchaseNumber,
    ReportSequence,
)
from milepost.domain.receipt import Grant, Settled
from milepost.domain.report import Report
from milepost.pipeline.build_report import Cut, DeployedPartners, ReportBuilder
from milepost.ports import MemberRow, PurchaseState, StoredPurchase
from milepost.simulation.bills import Bills
from milepost.simulation.cutting import FileCut, cut_in_order
from milepost.simulation.model import Model
from milepost.simulation.stage import ONLY_LANE, BudgetLeft, SimulatedChain

OnPurchases = Callable[[int], None]
"""Hears how many more purchases have settled."""


@dataclass(frozen=True, slots=True)
class TriedPurchase:
    """One purchase and what it got.

    Shape: `losers` desired miles and lost their group; `sale` is what the purchase is or changes, None
        for one that changes a sale nobody knows.
    """

    submitted: SubmittedPurchase
    settled: Settled
    losers: tuple[Grant, ...]
    sale: DedupeKey | None

    @property
    def grants(self) -> list[Grant]:
        """Every promotion that desired something, in order of id."""
        return sorted((*self.settled.grants, *self.losers), key=lambda grant: grant.promotion_id)


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of the purchases, in their order, and how the promotions stand after the last.

    Units: `starts_at` is the unix second of the deployment.
    """

    plan: DeploymentPlan
    purchases: tuple[TriedPurchase, ...]
    budgets: Mapping[PromotionId, BudgetLeft]
    reports: int
    starts_at: int


class _NoSecrets:
    """The port `PartnerSecrets`: nobody has to be kept from guessing what a simulation sealed."""

    def secret_of(self, partner: PartnerCode) -> bytes:
        return partner.encode()


def play(
    plan: DeploymentPlan,
    purchases: Sequence[SubmittedPurchase],
    members: Iterable[MemberRow],
    *,
    on_purchases: OnPurchases = lambda _: None,
) -> Tried:
    """Deploy a plan, enrol the members, and settle the purchases in the order given.

    Shape: members in order of enrolment; whoever else the purchases name is enrolled after them, at the
        lowest tier. The clock follows the purchases and never goes back.
    Raises: what `SimulatedChain` raises; ModelDisagrees if contract and reference model ever differ.
    """
    rows = everyone(members, purchases)
    chain = SimulatedChain(plan, first_s=min((one.purchase.occurred_at_s for one in purchases), default=None))
    chain.enrol(rows)
    player = _Player(chain, _model(plan, chain, rows), _member_ids(rows))
    tried: list[TriedPurchase] = []
    partners = DeployedPartners({partner.code: partner for partner in plan.partners}, plan.partner_ids)
    for cut in cut_in_order(purchases, partners):
        tried += player.settle(cut)
        on_purchases(cut.count)
    budgets = {one: chain.budget_of(one) for one in plan.promotion_ids.values()}
    return Tried(plan, tuple(tried), budgets, player.reports, chain.starts_at)


def everyone(members: Iterable[MemberRow], purchases: Iterable[SubmittedPurchase]) -> list[MemberRow]:
    """The members given, then those that only purchases name; each number once."""
    rows = {row.number: row for row in members}
    for one in purchases:
        if one.member is not None and one.member not in rows:
            rows[one.member] = MemberRow(one.member)
    return list(rows.values())


def _model(plan: DeploymentPlan, chain: SimulatedChain, rows: Sequence[MemberRow]) -> Model:
    model = Model(plan, enrolled=len(rows))
    for member, row in enumerate(rows, start=1):
        model.set_profile(
            MemberId(member),
            tier=row.tier,
            segments=row.segments,
            enrolled_at_s=chain.enrolled_at(row),
            now_s=chain.now_s,
        )
    return model


def _member_ids(rows: Sequence[MemberRow]) -> dict[bytes, MemberId]:
    return {row.number.encode(): MemberId(i) for i, row in enumerate(rows, start=1)}


class _Player:
    """Makes each report, settles it, and has the model judge the same."""

    def __init__(self, chain: SimulatedChain, model: Model, ids: Mapping[bytes, MemberId]) -> None:
        self._chain, self._model, self._ids = chain, model, ids
        plan = chain.plan
        self._partners = DeployedPartners({one.code: one for one in plan.partners}, plan.partner_ids)
        self._next = {partner: PurchaseNumber(1) for partner in plan.partner_ids.values()}
        self._bills = Bills()
        self.reports = 0

    def settle(self, cut: FileCut) -> list[TriedPurchase]:
        self.reports += 1
        self._chain.move_to(cut.latest_s)
        report = self._report(cut)
        report_bytes = encode_report(report)
        results = self._chain.settle(report_bytes)
        settled = decode_results(results, report)
        for partner, some in cut.sections:
            self._next[partner] = PurchaseNumber(self._next[partner] + len(some))
        judged = self._model.judge(report, settled, now_s=self._chain.now_s)
        purchases = [one.purchase for one in cut.purchases]
        sales = [self._bills.sale_of(purchase) for purchase in purchases]
        self._bills.keep(report_bytes, results, purchases, settled)
        return [
            TriedPurchase(submitted, chain, own.losers, sale)
            for submitted, chain, own, sale in zip(cut.purchases, settled, judged, sales, strict=True)
        ]

    def _report(self, cut: FileCut) -> Report:
        numbered = enumerate(cut.purchases)
        attachments = {
            place: self._bills.attached_to(one.purchase)
            for place, one in numbered
            if one.purchase.kind is not PurchaseKind.SALE
        }
        builder = ReportBuilder(self._partners, _NoSecrets(), self._ids, attachments)
        places = count()
        sections = tuple(
            (partner, tuple(_stored(next(places), one) for one in some)) for partner, some in cut.sections
        )
        return builder.build(
            Cut(sections), lane=ONLY_LANE, sequence=ReportSequence(self.reports), first_numbers=self._next
        )


def _stored(place: int, submitted: SubmittedPurchase) -> StoredPurchase:
    member = None if submitted.member is None else submitted.member.encode()
    return StoredPurchase(place, submitted.purchase, member, PurchaseState.ACCEPTED, 0)
