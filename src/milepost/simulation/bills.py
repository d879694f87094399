"""Keeps the newest receipt of every bill that a run settled, so that refunds and changes can bring it.

`playing.py` tells it what settled; an amendment later in the file is attached what comes out of here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from milepost.domain.purchase import DedupeKey, Purchase, PurchaseKind
from milepost.domain.quantities import PartnerCode, ReportSequence, SaleRef
from milepost.domain.receipt import Settled
from milepost.domain.report import Attachment
from milepost.pipeline.issue_receipt import attachment_of
from milepost.ports import SettledLog
from milepost.simulation.stage import ONLY_LANE

_NOWHERE = bytes(32)


@dataclass(slots=True)
class Bills:
    """Sales by partner and reference, and where the newest receipt of each stands: report and position."""

    _sales: dict[tuple[PartnerCode, SaleRef], list[DedupeKey]] = field(default_factory=dict)
    _newest: dict[DedupeKey, tuple[int, int]] = field(default_factory=dict)
    _logs: list[SettledLog] = field(default_factory=list)

    def sale_of(self, purchase: Purchase) -> DedupeKey | None:
        """The sale that a record is or changes: of its own source, else the only one of that reference."""
        if purchase.amends is None:
            return purchase.dedupe_key
        sales = self._sales.get((purchase.partner, purchase.amends), [])
        own = [sale for sale in sales if sale.source == purchase.source]
        if own:
            return own[0]
        return sales[0] if len(sales) == 1 else None

    def attached_to(self, purchase: Purchase) -> Attachment | None:
        """The newest receipt of the sale that an amendment changes; None for a sale that has not settled."""
        sale = self.sale_of(purchase)
        if sale is None:
            return None
        report, position = self._newest[sale]
        return attachment_of(self._logs[report], position)

    def keep(
        self, report: bytes, results: bytes, purchases: Sequence[Purchase], settled: Sequence[Settled]
    ) -> None:
        """Take in a settled report, purchases and what became of them in its order."""
        place = len(self._logs)
        sequence = ReportSequence(place + 1)
        self._logs.append(SettledLog(ONLY_LANE, sequence, _NOWHERE, results, report, 0, _NOWHERE, _NOWHERE))
        for position, (purchase, one) in enumerate(zip(purchases, settled, strict=True)):
            if purchase.kind is PurchaseKind.SALE:
                self._sales.setdefault((purchase.partner, purchase.sale_ref), []).append(purchase.dedupe_key)
                self._newest[purchase.dedupe_key] = place, position
            elif one.amendment is not None:
                sale = self.sale_of(purchase)
                assert sale is not None, "what took effect brought the receipt of a sale"
                self._newest[sale] = place, position
