"""Stores the purchases that settled reports commit to and the store lacks, from the feeds they came by.

Before it rebuilding read the reports; after it these purchases are accepted, and their reports are linked.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from milepost.codec.facts import canonical_facts, facts16, salt
from milepost.domain.purchase import DedupeKey, Purchase, SubmittedPurchase
from milepost.domain.quantities import MemberId, PartnerId
from milepost.domain.quoting import quoted
from milepost.fail_point import FailPoint, reach
from milepost.pipeline.build_report import DeployedPartners
from milepost.pipeline.ingest_purchase import RECORDS_A_UNIT, record_of
from milepost.pipeline.reconcile import ReconciliationError
from milepost.ports import (
    Conflict,
    MemberDirectory,
    PartnerSecrets,
    PurchaseRecord,
    PurchaseState,
    Rejection,
    Store,
    StoredPurchase,
    Work,
)

Place = tuple[PartnerId, bytes]
"""Partner and facts of an entry: what a purchase is known by on chain."""


class SettledTwice(ReconciliationError):
    """Two settled entries commit to one bill: the reporters broke their promise. The operator looks how."""

    def __init__(self, bill: str) -> None:
        super().__init__(
            f"{bill} was settled twice: its two receipts prove that the reporters signed it twice. Stop, and"
            " find out how."
        )


@dataclass(frozen=True, slots=True)
class Rebuilding:
    """What rebuilding needs besides the chain: the store, its members, the partners and their secrets."""

    store: Store
    members: MemberDirectory
    partners: DeployedPartners
    secrets: PartnerSecrets

    def place_of(self, purchase: Purchase) -> Place:
        """Raises: PartnerNotDeployed."""
        secret = self.secrets.secret_of(purchase.partner)
        facts = facts16(salt(secret, purchase.dedupe_key), canonical_facts(purchase))
        return self.partners.id_of(purchase.partner), facts


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose the keys of some purchases are, by the directory."""

    ids: Mapping[bytes, MemberId]
    members: MemberDirectory

    @classmethod
    def of(cls, keys: Iterable[bytes | None], members: MemberDirectory) -> "Whose":
        return cls(members.ids_of({key for key in keys if key is not None}), members)

    def named(self, key: bytes | None) -> MemberId | None:
        return self.ids.get(key or b"")

    def agrees(self, key: bytes | None, credited: MemberId) -> bool:
        """Whether the chain credited whom the directory names, or one whom it names no more."""
        named = self.named(key)
        if named is None:
            return credited == 0 or self.is_forgotten(credited)
        # Nobody was credited for the bill of a number that was enrolled only afterwards; the account of one
        # that was merged since was another.
        return credited in (0, named) or self.members.heir_of(credited) == named

    def is_forgotten(self, member_id: MemberId) -> bool:
        return member_id != 0 and self.members.number_of(member_id) is None


def restore_purchases(
    feed: Iterable[SubmittedPurchase | Rejection],
    wanted: Mapping[Place, MemberId],
    rebuilding: Rebuilding,
    *,
    now_s: int,
) -> int:
    """Store what the feed has of the purchases looked for, whatever their age, and say how many were new.

    Shape: `wanted` has the member that the chain credited for each. What else the feed holds is passed over.
    Raises: SettledTwice if one of them is settled in the store by another report.
    """
    if not wanted:
        return 0
    settled = (
        record
        for record in feed
        if isinstance(record, SubmittedPurchase) and rebuilding.place_of(record.purchase) in wanted
    )
    restored = 0
    while unit := list(islice(settled, RECORDS_A_UNIT)):
        restored += _restore_unit(unit, wanted, rebuilding, now_s=now_s)
    return restored


def _restore_unit(
    unit: Sequence[SubmittedPurchase],
    wanted: Mapping[Place, MemberId],
    rebuilding: Rebuilding,
    *,
    now_s: int,
) -> int:
    records = _settled_records(unit, wanted, rebuilding)
    with rebuilding.store.unit_of_work() as work:
        known = work.purchases.by_keys(list(records))
        for key, stored in known.items():
            if stored.state is PurchaseState.SETTLED_FINAL:
                raise SettledTwice(f"{quoted(key.sale_ref)} of {key.partner}")
            if rebuilding.place_of(stored.purchase) not in wanted:
                _supersede(stored, records[key], work, now_s=now_s)
        new = [record for key, record in records.items() if key not in known]
        work.purchases.add(new, state=PurchaseState.ACCEPTED, received_at=now_s)
        reach(FailPoint.RESTORE_BEFORE_COMMIT)
    reach(FailPoint.RESTORE_AFTER_COMMIT)
    return len(new)


def _settled_records(
    unit: Sequence[SubmittedPurchase], wanted: Mapping[Place, MemberId], rebuilding: Rebuilding
) -> dict[DedupeKey, PurchaseRecord]:
    given = [record_of(submitted, rebuilding.members) for submitted in unit]
    whose = Whose.of((record.member_key for record in given), rebuilding.members)
    records: dict[DedupeKey, PurchaseRecord] = {}
    for record in given:
        credited = wanted[rebuilding.place_of(record.purchase)]
        # The facts do not hold the member: of two rows that differ in it, the chain says which was taken.
        if record.key not in records or whose.agrees(record.member_key, credited):
            # Who was forgotten stays so, also at a bill that still names the number.
            keeps_key = not whose.is_forgotten(credited)
            records[record.key] = record if keeps_key else replace(record, member_key=None)
    return records


def _supersede(stored: StoredPurchase, record: PurchaseRecord, work: Work, *, now_s: int) -> None:
    """Put what was settled in place of a contradicting record that came first to this store alone."""
    known = work.purchases.known([record.key])[record.key]
    contradicting = PurchaseRecord(stored.purchase, stored.member_key, known.content_hash)
    work.purchases.supersede(stored.purchase_id, record)
    work.purchases.add_conflicts([Conflict(stored.purchase_id, contradicting, now_s)])
