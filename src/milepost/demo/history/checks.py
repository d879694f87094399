"""Compares every sum of the history with what it must equal: by the file, the chain, the store and the model.

`facts.py` summed up; nothing is written or called done before all of this agrees.
"""

from collections.abc import Iterator

from milepost.demo.checks import Check, SumDiffers
from milepost.demo.history.facts import HistoryFacts
from milepost.demo.stage import Stage
from milepost.domain.outcome import Outcome
from milepost.pipeline.ingest_purchase import AnswerKind
from milepost.ports import PurchaseState
from milepost.simulation.model import Model


def require_history_sums(facts: HistoryFacts, stage: Stage, model: Model) -> list[Check]:
    """Check all sums; all that were checked come back.

    Raises: SumDiffers with each that differs.
    """
    checks = [
        *_purchases(facts, stage),
        *_miles(facts, model, stage),
        *_promotions(facts, stage, model),
        *_receipts(facts),
        *_bare(facts, stage),
    ]
    wrong = [check for check in checks if not check.is_equal]
    if wrong:
        raise SumDiffers(wrong)
    return checks


def _purchases(facts: HistoryFacts, stage: Stage) -> Iterator[Check]:
    due = facts.history.purchases
    yield Check("purchases read", facts.play.answers.total(), due)
    yield Check("purchases accepted", facts.play.answers[AnswerKind.ACCEPTED], due)
    yield Check("purchases settled", facts.sums.purchases, due)
    yield Check("purchases credited in full", facts.sums.outcomes[Outcome.CREDITED], due)
    with stage.oracle.store.unit_of_work() as work:
        states = work.purchases.count_by_state()
        stored = work.receipts.totals()
    yield Check("purchases final in the store", states.get(PurchaseState.SETTLED_FINAL, 0), due)
    yield Check("purchases in the store", sum(states.values()), due)
    yield Check("miles credited in the store", stored.credited, facts.sums.base + facts.sums.bonus)
    yield Check("members enrolled on chain", stage.ledger.enrolled(), facts.history.members)


def _miles(facts: HistoryFacts, model: Model, stage: Stage) -> Iterator[Check]:
    credited, books, now_s = facts.books.credited, model.books, stage.settlement.block_time()
    yield Check("base miles by the file", facts.sums.base, facts.history.base)
    yield Check("base and bonus over all results", facts.sums.base + facts.sums.bonus, credited)
    yield Check("miles credited by the model", books.ledger.credited, credited)
    yield Check("miles on chain less miles in the store", facts.reconciliation.difference, 0)
    yield Check("partners whose last number differs", len(facts.reconciliation.numbers), 0)
    yield Check("reports not final", facts.reconciliation.pending_reports, 0)
    for member, balance in facts.books.balances.items():
        yield Check(f"balance of member {member}", balance, books.ledger.balance_at(member, now_s))
    for partner_id, terms in books.partners.items():
        due = 0 if terms.available is None else terms.available
        yield Check(f"miles that partner {partner_id} may issue", facts.books.available[partner_id], due)


def _promotions(facts: HistoryFacts, stage: Stage, model: Model) -> Iterator[Check]:
    yield Check("bonus over the promotions", facts.sums.granted.total(), facts.sums.bonus)
    for name, promotion_id in stage.deployment.promotions.items():
        on_chain, state = facts.books.promotions[promotion_id], model.books.promotions[promotion_id]
        yield Check(f"granted by {name}", facts.sums.granted[promotion_id], on_chain.granted)
        yield Check(f"granted by {name} in the model", state.granted, on_chain.granted)
        yield Check(f"awards of {name}", facts.sums.awards[promotion_id], on_chain.awards)
        yield Check(f"awards of {name} in the model", state.awards, on_chain.awards)


def _receipts(facts: HistoryFacts) -> Iterator[Check]:
    yield Check("receipts verified by the contract", facts.proof.verified, facts.proof.issued)
    yield Check("changed receipts refused", int(facts.proof.tampering.is_refused), 1)


def _bare(facts: HistoryFacts, stage: Stage) -> Iterator[Check]:
    with stage.oracle.store.unit_of_work() as work:
        gas = work.txs.gas_used()
    yield Check("gas over the reports", facts.sums.gas, gas)
    yield Check("gas of the bare txs", facts.bare.gas, gas)
    yield Check("bare txs", facts.bare.txs, len(facts.sums.reports))
    yield Check("miles credited by the bare txs", facts.bare.credited, facts.books.credited)
