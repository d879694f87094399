"""Settles reports of rich offers: many promotions, limits, counted visits, sums of a window.

`gas.py` runs it on the chain it settled the other rows on; `offers.py` says which promotions they are.
"""

from collections.abc import Callable
from dataclasses import dataclass

from bench.node import undone
from bench.offers import GRANTS, OFFERS, WINDOW, WORST
from bench.reports import Diners, base_time
from bench.settling import BenchChain, BenchFailed
from milepost.domain.quantities import PartnerCode

SIZES = (1, 200)
WORST_SIZES = (1, 10)
"""More of the worst purchases would not fit in a tx."""


@dataclass(frozen=True, slots=True)
class OfferRow:
    """A report of purchases that one kind of offers answers. `gas` is the tx's gasUsed."""

    offers: str
    size: int
    gas: int

    @property
    def per_purchase(self) -> float:
        return self.gas / self.size


def measure_offers(chain: BenchChain, *, on_row: Callable[[], None] = lambda: None) -> list[OfferRow]:
    """Every kind and size, each from the same state: members who dined there that day.

    Shape: the chain keeps what the members had that day, and nothing of the measured reports.
    Raises: BenchFailed if not every purchase got its grants.
    """
    diners = Diners(seed=2)
    rows = []
    for offers in OFFERS:
        sizes = WORST_SIZES if offers == WORST else SIZES
        members = diners.members(max(sizes))
        code = PartnerCode(offers)
        chain.settle([(code, base_time(), diners.entries(members))])
        for size in sizes:
            with undone(chain.web3):
                settled = chain.settle([(code, base_time(), diners.entries(members[:size]))])
            # A window's sum does not pass another row with every purchase.
            least = 0 if offers == WINDOW else GRANTS[offers]
            if not least <= min(settled.grants) <= max(settled.grants) <= GRANTS[offers]:
                raise BenchFailed(f"Purchases under {offers} have {set(settled.grants)} grants.")
            rows.append(OfferRow(offers, size, settled.gas))
            on_row()
    return rows
