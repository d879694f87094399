"""Cuts purchases into reports so that they settle in the order in which they were given.

A file of purchases comes before it; `playing.py` settles each cut. Sections of a report rise by partner, so a
new one begins wherever the order of the file would not survive.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from milepost.domain.calendar import SECONDS_A_DAY
from milepost.domain.purchase import Purchase, PurchaseKind, SubmittedPurchase
from milepost.domain.quantities import PartnerCode, PartnerId, SaleRef
from milepost.pipeline.build_report import DeployedPartners

MOST_PURCHASES = 500
"""Purchases of one report, as the oracle cuts them."""
MOST_SPAN_S = SECONDS_A_DAY
"""Seconds from the earliest to the latest purchase of a report: all of it is judged at the latest's time."""

_Bill = tuple[PartnerCode, SaleRef]


@dataclass(slots=True)
class FileCut:
    """One report to come: purchases by partner, both in the order of the file."""

    sections: list[tuple[PartnerId, list[SubmittedPurchase]]] = field(default_factory=list)
    count: int = 0
    earliest_s: int = 0
    latest_s: int = 0
    _bills: set[_Bill] = field(default_factory=set)

    @property
    def purchases(self) -> list[SubmittedPurchase]:
        return [one for _, purchases in self.sections for one in purchases]

    def takes(self, partner: PartnerId, purchase: Purchase) -> bool:
        """Whether the purchase can settle in this report after all those before it."""
        if not self.count:
            return True
        last, of_last = self.sections[-1]
        at_s = purchase.occurred_at_s
        return (
            self.count < MOST_PURCHASES
            and partner >= last
            and (partner != last or at_s >= of_last[0].purchase.occurred_at_s)
            and max(self.latest_s, at_s) - min(self.earliest_s, at_s) <= MOST_SPAN_S
            # What changes a bill carries its receipt, which is there once its report has settled.
            and not (purchase.kind is not PurchaseKind.SALE and _bill_of(purchase) in self._bills)
        )

    def add(self, partner: PartnerId, submitted: SubmittedPurchase) -> None:
        """Take one that `takes` allows."""
        at_s = submitted.purchase.occurred_at_s
        self.earliest_s = min(self.earliest_s, at_s) if self.count else at_s
        self.latest_s = max(self.latest_s, at_s) if self.count else at_s
        if not self.sections or self.sections[-1][0] != partner:
            self.sections.append((partner, []))
        self.sections[-1][1].append(submitted)
        self.count += 1
        self._bills.add(_bill_of(submitted.purchase))


def cut_in_order(purchases: Iterable[SubmittedPurchase], partners: DeployedPartners) -> Iterator[FileCut]:
    """Cut purchases of deployed partners into reports that settle them one after the other, as given.

    Shape: each purchase is in one cut; cuts, their sections and the purchases in these keep the given order.
    Raises: PartnerNotDeployed.
    """
    cut = FileCut()
    for submitted in purchases:
        partner = partners.id_of(submitted.purchase.partner)
        if not cut.takes(partner, submitted.purchase):
            yield cut
            cut = FileCut()
        cut.add(partner, submitted)
    if cut.count:
        yield cut


def _bill_of(purchase: Purchase) -> _Bill:
    return purchase.partner, purchase.amends or purchase.sale_ref
