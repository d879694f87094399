"""Says what a purchase is once its till's own format is forgotten.

Feeds make purchases; the pipeline stores each once under its dedupe key and seals it into a report.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import IntEnum, StrEnum

from milepost.domain.errors import PurchaseInvalid
from milepost.domain.quantities import MinorUnits, OutletCode, PartnerCode, SaleRef
from milepost.domain.quoting import quoted


class PurchaseKind(IntEnum):
    """What a record does to its bill. The numbers stand in the sealed entry."""

    SALE = 0
    AMEND = 1
    REFUND = 2
    VOID = 3


class Channel(StrEnum):
    """How the meal reached the guest."""

    DINE_IN = "dine-in"
    TAKEAWAY = "takeaway"
    DELIVERY = "delivery"


@dataclass(frozen=True, slots=True)
class DedupeKey:
    """What makes two records the same purchase."""

    partner: PartnerCode
    source: str
    sale_ref: SaleRef
    kind: PurchaseKind
    revision: int


@dataclass(frozen=True, slots=True)
class Purchase:
    """One record of a till, without the member: who dined is kept apart, so that a member can be forgotten.

    Units: amounts in minor units of `currency`; `occurred_at` in whole seconds with the outlet's UTC offset.
    Raises: PurchaseInvalid if `occurred_at` has no offset, or parts of a second or of a minute of offset.
    """

    partner: PartnerCode
    source: str
    sale_ref: SaleRef
    kind: PurchaseKind
    revision: int
    original_sale_ref: SaleRef | None
    outlet: OutletCode
    terminal: str | None
    occurred_at: datetime
    business_date: date | None
    currency: str
    gross_minor: MinorUnits
    tax_minor: MinorUnits
    service_minor: MinorUnits
    tip_minor: MinorUnits
    eligible_minor: MinorUnits
    channel: str | None = None
    party_size: int | None = None

    def __post_init__(self) -> None:
        offset = self.occurred_at.utcoffset()
        if offset is None or self.occurred_at.microsecond or offset % timedelta(minutes=1):
            raise PurchaseInvalid(
                f"occurred_at of {quoted(self.sale_ref)} is {self.occurred_at.isoformat()}: state whole"
                " seconds and the outlet's UTC offset in whole minutes."
            )

    @property
    def dedupe_key(self) -> DedupeKey:
        return DedupeKey(self.partner, self.source, self.sale_ref, self.kind, self.revision)

    @property
    def amends(self) -> SaleRef | None:
        """The reference of the sale that this record changes; None for a sale.

        Shape: a REFUND names it beside its own reference, and a VOID may; else it is the record's own.
        """
        if self.kind is PurchaseKind.SALE:
            return None
        return self.original_sale_ref or self.sale_ref

    @property
    def occurred_at_s(self) -> int:
        """Units: unix seconds."""
        return int((self.occurred_at - _EPOCH) // timedelta(seconds=1))

    @property
    def utc_offset_minutes(self) -> int:
        offset = self.occurred_at.utcoffset()
        assert offset is not None, "checked when the purchase was made"
        return offset // timedelta(minutes=1)


_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


@dataclass(frozen=True, slots=True)
class SubmittedPurchase:
    """What a feed yields: a purchase and the membership number or token that came with it.

    Shape: `line` is where its row stood in a file, from 1; two sendings of a bill differ in nothing by it.
    """

    purchase: Purchase
    member: str | None
    line: int | None = field(default=None, compare=False)
