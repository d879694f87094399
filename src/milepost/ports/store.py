"""What the core needs to keep what was settled, and the unit of work that holds all stores together.

`store` implements it over a database; every step of `pipeline` works in units of it.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from milepost.domain.errors import StoreError, WhoActs
from milepost.domain.quantities import DayNumber, MemberId, Miles, PartnerCode, PartnerId, PurchaseNumber
from milepost.domain.receipt import Settled
from milepost.ports.adjustments import AdjustmentStore
from milepost.ports.chain import Block, SettledLog
from milepost.ports.outbox import Outbox
from milepost.ports.purchases import PurchaseStore
from milepost.ports.reports import ReportStore, TxStore
from milepost.ports.signing import SigningJournal

_NO_MILES = Miles(0)


class StoreBusy(StoreError):
    """Another process was quicker. Run the step again, at once if need be: nothing of it was stored."""

    who_acts = WhoActs.RETRY

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}: nothing was stored; run the step again.")


class StoreUnavailable(StoreError):
    """The database gives no answer. Run the step again: what was stored is found there, nothing twice."""

    who_acts = WhoActs.RETRY

    def __init__(self, what: str) -> None:
        super().__init__(
            f"The database gives no answer ({what}): see that it runs and is reachable, then run the step"
            " again; nothing is stored twice."
        )


@dataclass(frozen=True, slots=True)
class SettledPurchase:
    """What one purchase got, and where its receipt stands.

    Shape: `sale_number` is of the sale whose newest receipt this was, None for an amendment that changed
        nothing. Of the miles it took back, `taken` came from lots, and the member owes `owed`.
    """

    purchase_id: int
    content_hash: bytes
    position: int
    partner_id: PartnerId
    number: PurchaseNumber
    member_id: MemberId
    settled: Settled
    sale_number: PurchaseNumber | None = None
    taken: Miles = _NO_MILES
    owed: Miles = _NO_MILES


@dataclass(frozen=True, slots=True)
class CreditedPurchase:
    """What one purchase credited or took back, and whose miles they were.

    Shape: `place` orders by the chain: block, log, position in the report.
    Units: `occurred_at_s` in unix seconds of the sale; miles are those it added; `last_day` as its
        receipt says it.
    """

    place: tuple[int, int, int]
    partner_id: PartnerId
    member_id: MemberId
    miles: Miles
    last_day: DayNumber
    occurred_at_s: int
    sale_number: PurchaseNumber | None = None
    debt_offset: Miles = _NO_MILES
    returned: Miles = _NO_MILES
    taken: Miles = _NO_MILES
    owed: Miles = _NO_MILES


@dataclass(frozen=True, slots=True)
class StoredTotals:
    """Sums over all purchases whose report is final.

    Units: `credited` in miles given, by amendments too; `reversed_` in miles that amendments took from lots
        or left as a debt.
    """

    purchases: int
    credited: Miles
    reversed_: Miles = _NO_MILES


class ReceiptStore(Protocol):
    """What settled purchases got, and up to which block the chain was read."""

    def add(self, content_hash: bytes, log: SettledLog, settled: Sequence[SettledPurchase]) -> None:
        """Store the results of a final report, in order of the report."""
        ...

    def of_purchase(self, purchase_id: int) -> SettledPurchase | None:
        """What the purchase got; of one that was not proven and settled again, the last."""
        ...

    def newest_of_sales(
        self, partner_id: PartnerId, sale_numbers: Sequence[PurchaseNumber]
    ) -> Mapping[PurchaseNumber, SettledPurchase]:
        """The newest receipt of each of these sales, by the sale's number."""
        ...

    def of_members(self, member_ids: Sequence[MemberId]) -> list[SettledPurchase]:
        """Of these accounts, in order of the chain."""
        ...

    def credited_to(self, member_ids: Sequence[MemberId], *, up_to: int) -> list[CreditedPurchase]:
        """Purchases that credited these accounts miles or took some back, in order of the chain.

        Shape: those in blocks up to `up_to`, included.
        """
        ...

    def settled_between(
        self, partner: PartnerCode | None, *, since: int, until: int, after: int, most: int
    ) -> list[SettledPurchase]:
        """What purchases of a partner, or of all, got, in order of purchases, of ids above `after`.

        Shape: at most so many, of sales in the time range; without what was not proven, which settles again.
        Units: unix seconds of the sale, `since` included, `until` not.
        """
        ...

    def log_of(self, content_hash: bytes) -> SettledLog | None: ...
    def totals(self) -> StoredTotals: ...
    def last_numbers(self) -> Mapping[PartnerId, PurchaseNumber]:
        """The highest settled purchase number of each partner."""
        ...

    def read_up_to(self) -> Block | None:
        """The last final block whose logs are in the store."""
        ...

    def set_read_up_to(self, block: Block) -> None: ...


class Work(Protocol):
    """One unit of work: everything in it is stored together or not at all."""

    @property
    def purchases(self) -> PurchaseStore: ...
    @property
    def reports(self) -> ReportStore: ...
    @property
    def txs(self) -> TxStore: ...
    @property
    def receipts(self) -> ReceiptStore: ...
    @property
    def adjustments(self) -> AdjustmentStore: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def journal(self) -> SigningJournal: ...


class Store(Protocol):
    """Where the oracle keeps its facts."""

    def unit_of_work(self) -> AbstractContextManager[Work]:
        """Begin a unit of work: leaving it commits, an exception rolls all of it back."""
        ...
