"""Follows bills through their amendments: what of each is left once refunds and voids are taken off.

Settled or submitted records come in; segments and comparing a partner's books go by what is left.
Source: docs of feeds, "Amounts": a refund's amounts are what it returns, an amendment's the new totals.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from milepost.domain.purchase import Purchase, PurchaseKind
from milepost.domain.quantities import MinorUnits, PartnerCode, SaleRef


@dataclass(slots=True)
class Bill:
    """A sale with what its amendments left.

    Shape: `sale` keeps outlet and time for ever; `channel` is that of the newest amendment.
    Units: minor units of the sale's currency.
    """

    sale: Purchase
    total: MinorUnits
    channel: str | None
    refunded: int = 0

    @property
    def left(self) -> MinorUnits:
        return MinorUnits(max(self.total - self.refunded, 0))

    def take(self, record: Purchase) -> None:
        """Apply an amendment, a refund or a void of this bill."""
        if record.kind is PurchaseKind.AMEND:
            self.total, self.channel = record.eligible_minor, record.channel
        elif record.kind is PurchaseKind.REFUND:
            self.refunded += record.eligible_minor
        else:
            self.refunded = self.total


def bills_of(records: Iterable[Purchase]) -> list[Bill]:
    """The bills of records that took effect, in order of their sales.

    Shape: records in the order in which they took effect. An amendment whose sale is not among them, as that
        of an unknown member that is claimed later, is a bill itself; a refund or void of none is
        nothing. A record finds the sale of its own source first, then the only one of its reference.
    """
    bills: list[Bill] = []
    by_ref: dict[tuple[PartnerCode, SaleRef], list[Bill]] = {}
    for record in records:
        ref = record.sale_ref if record.original_sale_ref is None else record.original_sale_ref
        known = by_ref.setdefault((record.partner, ref), [])
        found = None if record.kind is PurchaseKind.SALE else _of_record(record, known)
        if found is not None:
            found.take(record)
        elif record.kind in (PurchaseKind.SALE, PurchaseKind.AMEND):
            bill = Bill(record, record.eligible_minor, record.channel)
            known.append(bill)
            bills.append(bill)
    return bills


def _of_record(record: Purchase, known: list[Bill]) -> Bill | None:
    own = [bill for bill in known if bill.sale.source == record.source]
    candidates = own or known
    return candidates[0] if len(candidates) == 1 else None
