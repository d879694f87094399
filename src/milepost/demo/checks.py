"""Compares every sum that the demo shows with what it must equal, on chain, in the store and in the model.

`facts.py` sums up; nothing is called done before all of this agrees.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from milepost.demo.facts import DemoFacts, PromotionSums
from milepost.demo.stage import Stage
from milepost.domain.errors import MilepostError
from milepost.domain.quantities import PromotionId
from milepost.pipeline.ingest_purchase import AnswerKind
from milepost.simulation.model import Model


class SumDiffers(MilepostError):
    """A sum of the demo is not what it must be. Whoever changed the code finds out why."""

    exit_code = 1

    def __init__(self, wrong: list["Check"]) -> None:
        super().__init__(
            "A sum differs: " + "; ".join(f"{one.what}: {one.found}, not {one.due}" for one in wrong)
        )
        self.wrong = wrong


@dataclass(frozen=True, slots=True)
class Check:
    """One sum, and what it must be."""

    what: str
    found: int
    due: int

    @property
    def is_equal(self) -> bool:
        return self.found == self.due


def require_sums(facts: DemoFacts, stage: Stage, model: Model, *, bills: int) -> list[Check]:
    """Check all sums; `bills` were in the source. All that were checked come back.

    Raises: SumDiffers with each that differs.
    """
    checks = [
        *_purchases(facts, bills),
        *_miles(facts),
        *_receipts(facts),
        *_promotions(facts, stage, model),
        *_model(facts, model, stage),
    ]
    wrong = [check for check in checks if not check.is_equal]
    if wrong:
        raise SumDiffers(wrong)
    return checks


def _purchases(facts: DemoFacts, bills: int) -> Iterator[Check]:
    second = facts.second
    yield Check("bills read", facts.read, bills)
    yield Check("bills accepted", facts.answers.get(AnswerKind.ACCEPTED, 0), bills)
    yield Check("purchases settled", facts.settled, bills)
    yield Check("bills read again", second.read, bills)
    yield Check("duplicates of the second feed", second.answers.get(AnswerKind.DUPLICATE, 0), bills)
    yield Check("purchases settled of the second feed", second.settled, 0)
    yield Check("miles credited by the second feed", second.miles_credited, 0)


def _miles(facts: DemoFacts) -> Iterator[Check]:
    credited = facts.books.credited
    yield Check("base and bonus over the receipts", facts.base + facts.bonus, credited)
    yield Check("bonus over the promotions", sum(one.granted for one in facts.promotions), facts.bonus)
    yield Check("balances of all members", sum(facts.books.balances.values()), credited)
    yield Check("miles on chain less miles in the store", facts.reconciliation.difference, 0)
    yield Check("partners whose last number differs", len(facts.reconciliation.numbers), 0)
    yield Check("reports not final", facts.reconciliation.pending_reports, 0)


def _receipts(facts: DemoFacts) -> Iterator[Check]:
    yield Check("receipts issued", facts.issued, facts.settled)
    yield Check("receipts verified by the contract", facts.verified, facts.issued)
    yield Check("changed receipts", int(facts.tampering.before != facts.tampering.after), 1)
    yield Check("changed receipts refused", int(facts.tampering.is_refused), 1)


def _promotions(facts: DemoFacts, stage: Stage, model: Model) -> Iterator[Check]:
    ids = stage.deployment.promotions
    for sums in facts.promotions:
        yield from _promotion(sums, ids[sums.name], facts, model)


def _promotion(
    sums: PromotionSums, promotion_id: PromotionId, facts: DemoFacts, model: Model
) -> Iterator[Check]:
    on_chain, state = facts.books.promotions[promotion_id], model.books.promotions[promotion_id]
    yield Check(f"granted and cut by {sums.name}", sums.granted + sum(sums.cut.values()), sums.desired)
    yield Check(f"granted by {sums.name}", sums.granted, on_chain.granted)
    yield Check(f"awards of {sums.name}", sums.awards, on_chain.awards)
    yield Check(f"granted by {sums.name} in the model", state.granted, on_chain.granted)
    yield Check(f"awards of {sums.name} in the model", state.awards, on_chain.awards)
    members = sum(one.granted > 0 for one in state.progress.values())
    yield Check(f"members of {sums.name}", sums.members, members)
    if sums.budget_left is not None and state.budget_left is not None:
        yield Check(f"budget left of {sums.name}", sums.budget_left, state.budget_left)


def _model(facts: DemoFacts, model: Model, stage: Stage) -> Iterator[Check]:
    """Balances and prepaid miles; that each purchase was judged alike was required when it settled."""
    books, now_s = model.books, stage.settlement.block_time()
    yield Check("miles credited by the model", books.ledger.credited, facts.books.credited)
    for member, balance in facts.books.balances.items():
        yield Check(f"balance of member {member}", balance, books.ledger.balance_at(member, now_s))
    for partner_id, terms in books.partners.items():
        due = 0 if terms.available is None else terms.available
        yield Check(f"miles that partner {partner_id} may issue", facts.books.available[partner_id], due)
