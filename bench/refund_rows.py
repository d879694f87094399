"""Settles refunds: whole bills back, under no promotion, three, and offers with every limit and counter.

`gas.py` runs it on the chain it settled the other rows on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bench.floor import NONE, THREE
from bench.node import undone
from bench.offers import LIMITED, VISITS, WINDOW
from bench.reports import Diners, base_time
from bench.settling import LANE, BenchChain, Settlement
from milepost.codec.report_bytes import encode_report
from milepost.domain.purchase import PurchaseKind
from milepost.domain.quantities import PartnerCode
from milepost.domain.report import Attachment, Entry
from milepost.pipeline.issue_receipt import attachment_of
from milepost.ports import SettledLog

SIZES = (1, 20)
OFFERS = (NONE, THREE, LIMITED, VISITS, WINDOW)
TARGET = 60_000
"""Gas that one refund aims at. Source: the gas targets that docs/benchmarks.md states."""

_SALES = 200
_NOWHERE = bytes(32)


@dataclass(frozen=True, slots=True)
class RefundRow:
    """A report of refunds of bills that one kind of offers answered. `gas` is the tx's gasUsed."""

    offers: str
    size: int
    gas: int

    @property
    def per_refund(self) -> float:
        return self.gas / self.size


def measure_refunds(chain: BenchChain, *, on_row: Callable[[], None] = lambda: None) -> list[RefundRow]:
    """Every kind and size, each from the same state: a report of 200 sales, whose receipts have proofs of 8.

    Raises: BenchFailed if a refund takes nothing back.
    """
    diners = Diners(seed=3)
    rows = []
    for offers in OFFERS:
        code = PartnerCode(offers)
        with undone(chain.web3):
            sales = chain.settle([(code, base_time(), diners.entries(diners.members(_SALES)))])
            for size in SIZES:
                with undone(chain.web3):
                    refunds = [_refund_of(entry) for entry in sales.report.sections[0].entries[:size]]
                    part = (code, base_time(), tuple(refunds))
                    rows.append(RefundRow(offers, size, chain.refund(part, _receipts(sales, size)).gas))
                on_row()
    return rows


def _refund_of(sale: Entry) -> Entry:
    """The whole bill back, with facts of its own."""
    return replace(sale, kind=PurchaseKind.REFUND, facts=bytes(byte ^ 0xFF for byte in sale.facts))


def _receipts(sales: Settlement, size: int) -> Sequence[Attachment]:
    log = SettledLog(
        lane=LANE,
        sequence=sales.report.sequence,
        root=_NOWHERE,
        results=sales.results,
        report_bytes=encode_report(sales.report),
        block_number=0,
        block_hash=_NOWHERE,
        tx_hash=sales.tx_hash,
    )
    return [attachment_of(log, position) for position in range(size)]
