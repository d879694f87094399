"""Sums up what the demo saw, from the chain's own results: what the terminal and `build/demo.json` show.

`season.py` hands over the settled purchases; `checks.py` compares every sum before anything is called done.
"""

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from milepost.codec.receipt_file import write_receipt_text
from milepost.demo.on_chain import BooksOnChain
from milepost.demo.season import CreditedBill, Season
from milepost.demo.stage import Stage
from milepost.demo.tampering import Tampering
from milepost.domain.calendar import shown_instant
from milepost.domain.outcome import Cut, Outcome
from milepost.domain.promotion_terms import NO_BUDGET
from milepost.domain.quantities import Miles, PromotionId
from milepost.domain.receipt import Grant
from milepost.pipeline.ingest_purchase import AnswerKind
from milepost.pipeline.reconcile import Reconciliation

SHOWN_CUTS = (Cut.PER_MEMBER, Cut.BUDGET, Cut.GROUP, Cut.PREPAID)
"""What can cut a bonus of the promotions that this version of the contracts settles."""

_VERSION = 1


@dataclass(frozen=True, slots=True)
class PromotionSums:
    """One promotion over the month. Units: miles; distinct members and purchases that it granted something.

    Shape: `desired` is `granted` plus all of `cut`; what losers of a group desired is cut by the group.
    `budget_left` is None without a budget.
    """

    name: str
    members: int
    awards: int
    desired: int
    granted: int
    cut: Mapping[Cut, int]
    budget_left: int | None


@dataclass(frozen=True, slots=True)
class SecondFeed:
    """What came of feeding the same files again."""

    answers: Mapping[AnswerKind, int]
    settled: int
    miles_credited: int

    @property
    def read(self) -> int:
        return sum(self.answers.values())


@dataclass(frozen=True, slots=True)
class DemoFacts:
    """Everything that is shown. Units: gas, miles, real seconds."""

    source: str
    chain_kind: str
    chain_id: int
    starts_at: int
    answers: Mapping[AnswerKind, int]
    outcomes: Mapping[Outcome, int]
    base: int
    bonus: int
    roots: tuple[bytes, ...]
    receipts_digest: str
    gas: int
    promotions: tuple[PromotionSums, ...]
    till_to_credit_s: tuple[float, ...]
    issued: int
    tampering: Tampering
    second: SecondFeed
    reconciliation: Reconciliation
    books: BooksOnChain

    @property
    def read(self) -> int:
        return sum(self.answers.values())

    @property
    def settled(self) -> int:
        return sum(self.outcomes.values())

    @property
    def verified(self) -> int:
        """Each settled purchase is timed when the contract has confirmed its receipt, and not before."""
        return len(self.till_to_credit_s)

    @property
    def gas_per_purchase(self) -> float:
        return self.gas / self.settled if self.settled else 0.0


def sum_up(
    season: Season, stage: Stage, *, source: str, starts_at: int, tampering: Tampering, second: SecondFeed,
    books: BooksOnChain,
) -> DemoFacts:  # fmt: skip
    """Sum over the receipts as issued. Units: `starts_at` in unix seconds."""
    receipts = [bill.receipt for bill in season.bills]
    with stage.oracle.store.unit_of_work() as work:
        gas = work.txs.gas_used()
    return DemoFacts(
        source=source,
        chain_kind=stage.chain.kind,
        chain_id=stage.deployment.chain_id,
        starts_at=starts_at,
        answers=count_answers(season),
        outcomes=Counter(receipt.settled.outcome for receipt in receipts),
        base=sum(receipt.settled.base for receipt in receipts),
        bonus=sum(receipt.settled.bonus for receipt in receipts),
        roots=tuple(log.root for log in season.reports),
        receipts_digest=hashlib.sha256("".join(map(write_receipt_text, receipts)).encode()).hexdigest(),
        gas=gas,
        promotions=tuple(
            _promotion_sums(name, promotion_id, season.bills, books)
            for name, promotion_id in stage.deployment.promotions.items()
        ),
        till_to_credit_s=tuple(bill.till_to_credit_s for bill in season.bills),
        issued=season.issued,
        tampering=tampering,
        second=second,
        reconciliation=stage.oracle.reconcile(),
        books=books,
    )


def count_answers(season: Season) -> Counter[AnswerKind]:
    return Counter(answer.kind for answer in season.answers)


def percentile(values: Sequence[float], percent: int) -> float:
    """The smallest value that so many percent of all do not exceed; 0 without values."""
    if not values:
        return 0.0
    return sorted(values)[max(math.ceil(len(values) * percent / 100), 1) - 1]


def _promotion_sums(
    name: str, promotion_id: PromotionId, bills: Iterable[CreditedBill], books: BooksOnChain
) -> PromotionSums:
    members = set()
    grants: list[Grant] = []
    for bill in bills:
        # The chain's receipt lists winners of their group; who lost it is known from the model alone.
        for grant in (*bill.receipt.settled.grants, *bill.judged.losers):
            if grant.promotion_id == promotion_id:
                grants.append(grant)
                if grant.granted:
                    members.add(bill.receipt.entry.member)
    cut = Counter(dict.fromkeys(SHOWN_CUTS, 0))
    for grant in grants:
        if grant.cut is not Cut.NONE:
            cut[grant.cut] += grant.desired - grant.granted
    granted = Miles(sum(grant.granted for grant in grants))
    budget = books.promotions[promotion_id].budget
    return PromotionSums(
        name=name,
        members=len(members),
        awards=sum(grant.granted > 0 for grant in grants),
        desired=sum(grant.desired for grant in grants),
        granted=granted,
        cut=cut,
        budget_left=None if budget == NO_BUDGET else budget - granted,
    )


def to_json(facts: DemoFacts, *, wall_s: float) -> dict[str, Any]:
    """The facts under the keys of the interface; `roots` and `digest` tell two runs apart.

    Units: gas and miles as counted, real seconds rounded to milliseconds.
    """
    tampered = int(facts.tampering.before != facts.tampering.after)
    return {
        "version": _VERSION,
        "source": {"file": facts.source, "bills": facts.read},
        "chain": {
            "kind": facts.chain_kind,
            "chain_id": facts.chain_id,
            "starts_at": shown_instant(facts.starts_at),
            "roots": ["0x" + root.hex() for root in facts.roots],
        },
        "purchases": {
            "read": facts.read,
            **{kind.value: facts.answers.get(kind, 0) for kind in AnswerKind},
            "settled": facts.settled,
        },
        "outcomes": {outcome.code: count for outcome, count in sorted(facts.outcomes.items())},
        "miles": {"base": facts.base, "bonus": facts.bonus, "credited": facts.books.credited},
        "reports": len(facts.roots),
        "gas": {"total": facts.gas, "per_purchase": round(facts.gas_per_purchase, 1)},
        "promotions": [_promotion_json(sums) for sums in facts.promotions],
        "till_to_credit_s": {
            "p50": round(percentile(facts.till_to_credit_s, 50), 3),
            "p95": round(percentile(facts.till_to_credit_s, 95), 3),
        },
        "receipts": {
            "issued": facts.issued,
            "verified": facts.verified,
            "tampered": tampered,
            "tampered_refused": int(facts.tampering.is_refused),
            "digest": facts.receipts_digest,
        },
        "second_feed": {
            "read": facts.second.read,
            "accepted": facts.second.answers.get(AnswerKind.ACCEPTED, 0),
            "duplicate": facts.second.answers.get(AnswerKind.DUPLICATE, 0),
            "miles_credited": facts.second.miles_credited,
        },
        "reconciliation": {
            "chain": facts.reconciliation.chain,
            "store": facts.reconciliation.store,
            "difference": facts.reconciliation.difference,
        },
        "wall_s": round(wall_s, 1),
    }


def _promotion_json(sums: PromotionSums) -> dict[str, Any]:
    return {
        "promotion": sums.name,
        "members": sums.members,
        "awards": sums.awards,
        "desired": sums.desired,
        "granted": sums.granted,
        "cut": {cut.code: miles for cut, miles in sums.cut.items()},
        "budget_left": sums.budget_left,
    }
