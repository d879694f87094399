"""What the core needs to keep purchases, and what a feed says of those it refuses.

Feeds give purchases, `store` keeps them; `pipeline` ingests and seals them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from milepost.domain.purchase import DedupeKey, Purchase
from milepost.domain.quantities import PartnerCode, SaleRef
from milepost.ports.states import PurchaseState


@dataclass(frozen=True, slots=True)
class Rejection:
    """A record that is not taken, and why: a stable code and a sentence; `line` counts from 1."""

    line: int
    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class PurchaseRecord:
    """A purchase to be stored: `member_key` stands for the member, `content_hash` binds all of it."""

    purchase: Purchase
    member_key: bytes | None
    content_hash: bytes

    @property
    def key(self) -> DedupeKey:
        return self.purchase.dedupe_key


@dataclass(frozen=True, slots=True)
class KnownPurchase:
    """What the store knows of a dedupe key: enough to answer a repeated record."""

    purchase_id: int
    content_hash: bytes
    state: PurchaseState


@dataclass(frozen=True, slots=True)
class StoredPurchase:
    """A purchase as stored; ids rise in order of arrival."""

    purchase_id: int
    purchase: Purchase
    member_key: bytes | None
    state: PurchaseState
    received_at: int


@dataclass(frozen=True, slots=True)
class Conflict:
    """A record with the dedupe key of a stored purchase and other content; never applied."""

    first_id: int
    record: PurchaseRecord
    received_at: int


class PurchaseStore(Protocol):
    """Purchases, each stored once under its dedupe key."""

    def known(self, keys: Sequence[DedupeKey]) -> Mapping[DedupeKey, KnownPurchase]: ...
    def add(self, records: Sequence[PurchaseRecord], *, state: PurchaseState, received_at: int) -> None: ...
    def add_conflicts(self, conflicts: Sequence[Conflict]) -> None:
        """Keep conflicts; the same content for the same key is kept once."""
        ...

    def conflicts(self) -> list[Conflict]: ...
    def by_key(self, key: DedupeKey) -> StoredPurchase | None: ...
    def by_keys(self, keys: Sequence[DedupeKey]) -> Mapping[DedupeKey, StoredPurchase]: ...
    def of_sale(self, partner: PartnerCode, sale_ref: SaleRef) -> list[StoredPurchase]:
        """All records of one bill, of every source, kind and revision, in order of arrival."""
        ...

    def families(self, partner: PartnerCode, sale_refs: Sequence[SaleRef]) -> list[StoredPurchase]:
        """All records of these bills and those that name one as the sale they change, as they came."""
        ...

    def sale_refs(self, partner: PartnerCode, *, most: int) -> list[SaleRef]:
        """References of the partner's newest purchases, the newest first, at most so many."""
        ...

    def by_ids(self, purchase_ids: Sequence[int]) -> Mapping[int, StoredPurchase]: ...
    def accepted(
        self,
        partners: Sequence[PartnerCode],
        *,
        most: int,
        after: int = 0,
        occurred_by: int | None = None,
    ) -> list[StoredPurchase]:
        """Accepted purchases of these partners in order of arrival, at most so many, of ids above `after`.

        Units: `occurred_by` in unix seconds, included; None for no limit.
        """
        ...

    def supersede(self, purchase_id: int, record: PurchaseRecord) -> None:
        """Give an accepted purchase other content under its key: what the chain settled, not what came first.

        Raises: StoreError if it is not accepted.
        """
        ...

    def move(self, purchase_ids: Sequence[int], *, source: PurchaseState, target: PurchaseState) -> None:
        """Change states.

        Raises: StoreError if one is not in `source`; then none is changed.
        """
        ...

    def count_by_state(self) -> Mapping[PurchaseState, int]: ...
    def newest_received_at(self) -> int | None:
        """When the newest purchase came, in unix seconds; None without any."""
        ...

    def count_waiting(self) -> int:
        """Purchases that are accepted and not final on chain yet; asked often, so it is quick."""
        ...
