"""Sums up the history from the store, with the reference model beside every report.

`play.py` and `proof.py` did what is summed up here; `checks.py` compares every sum before it is written.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from milepost.codec.report_bytes import decode_report
from milepost.codec.results import decode_results
from milepost.demo.history.bare import Bare
from milepost.demo.history.feed import History
from milepost.demo.history.play import Play
from milepost.demo.history.proof import Proof
from milepost.demo.on_chain import BooksOnChain
from milepost.demo.stage import Stage
from milepost.domain.outcome import Cut, Outcome
from milepost.domain.quantities import PromotionId
from milepost.pipeline.reconcile import Reconciliation
from milepost.simulation.model import Model


@dataclass(frozen=True, slots=True)
class SettledReport:
    """One report. Units: gas of its tx."""

    purchases: int
    gas: int

    @property
    def gas_per_purchase(self) -> float:
        return self.gas / self.purchases


@dataclass(slots=True)
class SettledSums:
    """Sums over the results of every report as the chain settled them. Units: miles."""

    reports: list[SettledReport] = field(default_factory=list)
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    base: int = 0
    bonus: int = 0
    granted: Counter[PromotionId] = field(default_factory=Counter)
    awards: Counter[PromotionId] = field(default_factory=Counter)
    cuts: Counter[Cut] = field(default_factory=Counter)

    @property
    def purchases(self) -> int:
        return sum(report.purchases for report in self.reports)

    @property
    def gas(self) -> int:
        return sum(report.gas for report in self.reports)


@dataclass(frozen=True, slots=True)
class HistoryFacts:
    """Everything that is shown. Units: unix seconds, miles, real seconds."""

    file: str
    history: History
    starts_at: int
    ends_at: int
    play: Play
    sums: SettledSums
    books: BooksOnChain
    proof: Proof
    bare: Bare
    reconciliation: Reconciliation

    @property
    def purchases_per_s(self) -> float:
        return self.history.purchases / self.play.laps.total

    @property
    def bare_purchases_per_s(self) -> float:
        return self.history.purchases / self.bare.seconds


def sum_up_settled(
    reports: Sequence[bytes], stage: Stage, model: Model, *, on_report: Callable[[int], None] = lambda _: None
) -> SettledSums:
    """Read each report from the store, have the model judge it, and add up what the chain gave.

    Shape: `reports` in order of settlement; `on_report` hears how many purchases each had.
    Raises: ModelDisagrees at the first purchase that the chain judged otherwise.
    """
    sums = SettledSums()
    for content_hash in reports:
        with stage.oracle.store.unit_of_work() as work:
            log = work.receipts.log_of(content_hash)
            gas = sum(tx.gas_used or 0 for tx in work.txs.of_report(content_hash))
        assert log is not None, "settling called it final"
        model.settle(log, now_s=stage.settlement.block(log.block_number).timestamp)
        settled = decode_results(log.results, decode_report(log.report_bytes))
        sums.reports.append(SettledReport(len(settled), gas))
        for one in settled:
            sums.outcomes[one.outcome] += 1
            sums.base += one.base
            sums.bonus += one.bonus
            for grant in one.grants:
                sums.granted[grant.promotion_id] += grant.granted
                sums.awards[grant.promotion_id] += grant.granted > 0
                sums.cuts[grant.cut] += grant.desired - grant.granted
        on_report(len(settled))
    return sums
