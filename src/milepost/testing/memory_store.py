"""The store in memory: the same promises as the SQL one, and the same tests.

Tests of the pipeline work in units of it; a unit that fails leaves no trace.
"""

import copy
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from milepost.domain.adjustment import AdjustmentKind
from milepost.domain.errors import StoreError
from milepost.domain.outcome import Outcome
from milepost.domain.purchase import DedupeKey
from milepost.domain.quantities import (
    AdjustmentId,
    Lane,
    MemberId,
    Miles,
    PartnerCode,
    PartnerId,
    PurchaseNumber,
    ReportSequence,
    SaleRef,
)
from milepost.ports import (
    AdjustedTotals,
    AppliedLog,
    Block,
    Conflict,
    CreditedPurchase,
    KnownPurchase,
    PurchaseRecord,
    PurchaseState,
    ReportSignature,
    ReportState,
    SettledLog,
    SettledPurchase,
    SignedTx,
    StoredPurchase,
    StoredReport,
    StoredTotals,
    StoredTx,
    TxReceipt,
    TxState,
)
from milepost.ports.states import WAITING
from milepost.testing.memory_journal import MemorySigningJournal
from milepost.testing.memory_outbox import MemoryOutbox


@dataclass
class MemoryPurchaseStore:
    """The port `PurchaseStore`."""

    rows: dict[int, StoredPurchase] = field(default_factory=dict)
    hashes: dict[int, bytes] = field(default_factory=dict)
    ids: dict[DedupeKey, int] = field(default_factory=dict)
    kept: list[Conflict] = field(default_factory=list)

    def known(self, keys: Sequence[DedupeKey]) -> Mapping[DedupeKey, KnownPurchase]:
        return {
            key: KnownPurchase(self.ids[key], self.hashes[self.ids[key]], self.rows[self.ids[key]].state)
            for key in keys
            if key in self.ids
        }

    def add(self, records: Sequence[PurchaseRecord], *, state: PurchaseState, received_at: int) -> None:
        for record in records:
            if record.key in self.ids:
                raise StoreError(f"{record.key} is stored already.")
            purchase_id = len(self.rows) + 1
            self.ids[record.key] = purchase_id
            self.hashes[purchase_id] = record.content_hash
            self.rows[purchase_id] = StoredPurchase(
                purchase_id, record.purchase, record.member_key, state, received_at
            )

    def add_conflicts(self, conflicts: Sequence[Conflict]) -> None:
        for conflict in conflicts:
            known = {(other.first_id, other.record.content_hash) for other in self.kept}
            if (conflict.first_id, conflict.record.content_hash) not in known:
                self.kept.append(conflict)

    def conflicts(self) -> list[Conflict]:
        return list(self.kept)

    def by_key(self, key: DedupeKey) -> StoredPurchase | None:
        return self.by_keys([key]).get(key)

    def by_keys(self, keys: Sequence[DedupeKey]) -> Mapping[DedupeKey, StoredPurchase]:
        return {key: self.rows[self.ids[key]] for key in keys if key in self.ids}

    def of_sale(self, partner: PartnerCode, sale_ref: SaleRef) -> list[StoredPurchase]:
        named = (partner, sale_ref)
        return [row for row in self.rows.values() if (row.purchase.partner, row.purchase.sale_ref) == named]

    def families(self, partner: PartnerCode, sale_refs: Sequence[SaleRef]) -> list[StoredPurchase]:
        return [
            row
            for row in self.rows.values()
            if row.purchase.partner == partner
            and (row.purchase.sale_ref in sale_refs or row.purchase.original_sale_ref in sale_refs)
        ]

    def sale_refs(self, partner: PartnerCode, *, most: int) -> list[SaleRef]:
        found = [row.purchase.sale_ref for row in self.rows.values() if row.purchase.partner == partner]
        return found[::-1][:most]

    def by_ids(self, purchase_ids: Sequence[int]) -> Mapping[int, StoredPurchase]:
        return {
            purchase_id: self.rows[purchase_id] for purchase_id in purchase_ids if purchase_id in self.rows
        }

    def accepted(
        self,
        partners: Sequence[PartnerCode],
        *,
        most: int,
        after: int = 0,
        occurred_by: int | None = None,
    ) -> list[StoredPurchase]:
        found = [
            row
            for row in self.rows.values()
            if row.state is PurchaseState.ACCEPTED
            and row.purchase.partner in partners
            and row.purchase_id > after
            and (occurred_by is None or row.purchase.occurred_at_s <= occurred_by)
        ]
        return found[:most]

    def supersede(self, purchase_id: int, record: PurchaseRecord) -> None:
        row = self.rows[purchase_id]
        if row.state is not PurchaseState.ACCEPTED or row.purchase.dedupe_key != record.key:
            raise StoreError(f"Purchase {purchase_id} is not accepted any more.")
        self.hashes[purchase_id] = record.content_hash
        self.rows[purchase_id] = replace(row, purchase=record.purchase, member_key=record.member_key)

    def move(self, purchase_ids: Sequence[int], *, source: PurchaseState, target: PurchaseState) -> None:
        for purchase_id in purchase_ids:
            if self.rows[purchase_id].state is not source:
                raise StoreError(f"Purchase {purchase_id} is not {source} and cannot become {target}.")
            self.rows[purchase_id] = replace(self.rows[purchase_id], state=target)

    def count_by_state(self) -> Mapping[PurchaseState, int]:
        return Counter(row.state for row in self.rows.values())

    def newest_received_at(self) -> int | None:
        return self.rows[max(self.rows)].received_at if self.rows else None

    def count_waiting(self) -> int:
        return sum(row.state in WAITING for row in self.rows.values())


@dataclass
class MemoryReportStore:
    """The port `ReportStore`."""

    rows: dict[bytes, StoredReport] = field(default_factory=dict)
    entries: dict[bytes, list[int]] = field(default_factory=dict)
    signed: dict[bytes, list[ReportSignature]] = field(default_factory=dict)

    def _live(self) -> list[StoredReport]:
        return [row for row in self.rows.values() if row.state is not ReportState.FAILED]

    def add(self, report: StoredReport, purchase_ids: Sequence[int], member_ids: Sequence[MemberId]) -> None:
        if report.content_hash in self.rows or self.at(report.lane, report.sequence) is not None:
            raise StoreError(f"Lane {report.lane} has a report {report.sequence} already.")
        if len(purchase_ids) != len(member_ids):
            raise ValueError("one member a purchase")
        self.rows[report.content_hash] = report
        self.entries[report.content_hash] = list(purchase_ids)

    def get(self, content_hash: bytes) -> StoredReport | None:
        return self.rows.get(content_hash)

    def at(self, lane: Lane, sequence: ReportSequence) -> StoredReport | None:
        return next((row for row in self._live() if (row.lane, row.sequence) == (lane, sequence)), None)

    def in_states(self, *states: ReportState) -> list[StoredReport]:
        found = [row for row in self.rows.values() if row.state in states]
        return sorted(found, key=lambda row: (row.lane, row.sequence))

    def last_sequence(self, lane: Lane) -> ReportSequence:
        return ReportSequence(max((row.sequence for row in self._live() if row.lane == lane), default=0))

    def last_numbers(self) -> Mapping[PartnerId, PurchaseNumber]:
        last: dict[PartnerId, PurchaseNumber] = {}
        for row in self._live():
            for section in row.sections:
                number = PurchaseNumber(section.first_number + section.count - 1)
                last[section.partner_id] = max(last.get(section.partner_id, number), number)
        return last

    def purchase_ids(self, content_hash: bytes) -> list[int]:
        return list(self.entries.get(content_hash, []))

    def move(
        self, content_hash: bytes, *, source: ReportState, target: ReportState, failure: str | None = None
    ) -> None:
        row = self.rows.get(content_hash)
        if row is None or row.state is not source:
            raise StoreError(f"The report {content_hash.hex()} is not {source} and cannot become {target}.")
        if source is ReportState.FAILED and self.at(row.lane, row.sequence) is not None:
            raise StoreError("Its sequence has another report: run the step again.")
        self.rows[content_hash] = replace(row, state=target, failure=failure)

    def add_signature(self, content_hash: bytes, signature: ReportSignature) -> None:
        known = self.signed.setdefault(content_hash, [])
        if (signature.digest, signature.signer) not in {(other.digest, other.signer) for other in known}:
            known.append(signature)

    def signatures(self, content_hash: bytes, *, digest: bytes) -> list[ReportSignature]:
        known = self.signed.get(content_hash, [])
        found = [signature for signature in known if signature.digest == digest]
        return sorted(found, key=lambda signature: signature.signer)


@dataclass
class MemoryTxStore:
    """The port `TxStore`."""

    rows: dict[bytes, StoredTx] = field(default_factory=dict)
    nonces: dict[tuple[str, int], bytes] = field(default_factory=dict)

    def next_nonce(self, sender: str) -> int:
        return max((nonce for owner, nonce in self.nonces if owner == sender), default=-1) + 1

    def add(self, signed: SignedTx, content_hash: bytes) -> None:
        if self.nonces.setdefault((signed.sender, signed.nonce), content_hash) != content_hash:
            raise StoreError(f"Nonce {signed.nonce} of {signed.sender} carries another report.")
        self.rows[signed.tx_hash] = StoredTx(signed, content_hash, TxState.SIGNED)

    def of_report(self, content_hash: bytes) -> list[StoredTx]:
        return self._all(row for row in self.rows.values() if row.content_hash == content_hash)

    def in_states(self, *states: TxState) -> list[StoredTx]:
        return self._all(row for row in self.rows.values() if row.state in states)

    @staticmethod
    def _all(rows: Iterator[StoredTx]) -> list[StoredTx]:
        return sorted(rows, key=lambda row: (row.signed.sender, row.signed.nonce))

    def move(
        self, tx_hash: bytes, *, source: TxState, target: TxState, mined: TxReceipt | None = None
    ) -> None:
        row = self.rows.get(tx_hash)
        if row is None or row.state is not source:
            raise StoreError(f"The tx {tx_hash.hex()} is not {source} and cannot become {target}.")
        self.rows[tx_hash] = replace(
            row,
            state=target,
            block_number=None if mined is None else mined.block_number,
            block_hash=None if mined is None else mined.block_hash,
            gas_used=None if mined is None else mined.gas_used,
        )

    def gas_used(self) -> int:
        return sum(row.gas_used or 0 for row in self.rows.values())


@dataclass
class MemoryReceiptStore:
    """The port `ReceiptStore`; purchases are looked up where they are kept."""

    purchases: MemoryPurchaseStore = field(default_factory=MemoryPurchaseStore)
    logs: dict[bytes, SettledLog] = field(default_factory=dict)
    rows: list[SettledPurchase] = field(default_factory=list)
    cursor: Block | None = None

    def add(self, content_hash: bytes, log: SettledLog, settled: Sequence[SettledPurchase]) -> None:
        numbers = {(row.partner_id, row.number) for row in self.rows}
        if content_hash in self.logs or any((row.partner_id, row.number) in numbers for row in settled):
            raise StoreError(f"Report {content_hash.hex()} or a number of it is settled already.")
        self.logs[content_hash] = log
        self.rows += settled

    def of_purchase(self, purchase_id: int) -> SettledPurchase | None:
        found = [row for row in self.rows if row.purchase_id == purchase_id]
        return max(found, key=lambda row: row.number, default=None)

    def newest_of_sales(
        self, partner_id: PartnerId, sale_numbers: Sequence[PurchaseNumber]
    ) -> Mapping[PurchaseNumber, SettledPurchase]:
        found = [row for row in self.rows if row.partner_id == partner_id]
        return {
            row.sale_number: row
            for row in sorted(found, key=lambda row: row.number)
            if row.sale_number in sale_numbers and row.sale_number is not None
        }

    def of_members(self, member_ids: Sequence[MemberId]) -> list[SettledPurchase]:
        found = [row for row in self.rows if row.member_id in member_ids]
        return sorted(found, key=self._order)

    def credited_to(self, member_ids: Sequence[MemberId], *, up_to: int) -> list[CreditedPurchase]:
        found = [
            CreditedPurchase(
                place=self._order(row),
                partner_id=row.partner_id,
                member_id=row.member_id,
                miles=row.settled.credited,
                last_day=row.settled.last_day,
                occurred_at_s=self._occurred_at_s(row),
                sale_number=row.sale_number,
                debt_offset=row.settled.debt_offset,
                returned=row.settled.returned,
                taken=row.taken,
                owed=row.owed,
            )
            for row in self.of_members(member_ids)
        ]
        return [one for one in found if one.miles + one.returned and one.place[0] <= up_to]

    def _order(self, row: SettledPurchase) -> tuple[int, int, int]:
        log = self.logs[row.content_hash]
        return log.block_number, log.log_index, row.position

    def _occurred_at_s(self, row: SettledPurchase) -> int:
        amendment = row.settled.amendment
        purchase = self.purchases.rows[row.purchase_id].purchase
        return purchase.occurred_at_s if amendment is None else amendment.occurred_at_s

    def settled_between(
        self, partner: PartnerCode | None, *, since: int, until: int, after: int, most: int
    ) -> list[SettledPurchase]:
        bought = {row.purchase_id: self.purchases.rows[row.purchase_id].purchase for row in self.rows}
        found = [
            row
            for row in self.rows
            if row.purchase_id > after
            and row.settled.outcome is not Outcome.UNPROVEN
            and since <= bought[row.purchase_id].occurred_at_s < until
            and partner in (None, bought[row.purchase_id].partner)
        ]
        return sorted(found, key=lambda row: row.purchase_id)[:most]

    def log_of(self, content_hash: bytes) -> SettledLog | None:
        return self.logs.get(content_hash)

    def totals(self) -> StoredTotals:
        return StoredTotals(
            len(self.rows),
            Miles(sum(row.settled.credited for row in self.rows)),
            Miles(sum(row.taken + row.owed for row in self.rows)),
        )

    def last_numbers(self) -> Mapping[PartnerId, PurchaseNumber]:
        last: dict[PartnerId, PurchaseNumber] = {}
        for row in self.rows:
            last[row.partner_id] = max(last.get(row.partner_id, row.number), row.number)
        return last

    def read_up_to(self) -> Block | None:
        return self.cursor

    def set_read_up_to(self, block: Block) -> None:
        self.cursor = block


@dataclass
class MemoryAdjustmentStore:
    """The port `AdjustmentStore`."""

    logs: dict[AdjustmentId, AppliedLog] = field(default_factory=dict)

    def add(self, log: AppliedLog) -> None:
        if log.adjustment.adjustment_id in self.logs:
            raise StoreError(f"Adjustment {log.adjustment.adjustment_id} is stored already.")
        self.logs[log.adjustment.adjustment_id] = log

    def get(self, adjustment_id: AdjustmentId) -> AppliedLog | None:
        return self.logs.get(adjustment_id)

    def of_members(self, member_ids: Sequence[MemberId]) -> list[AppliedLog]:
        found = [
            log
            for log in self.logs.values()
            if log.adjustment.member in member_ids or log.adjustment.into in member_ids
        ]
        return sorted(found, key=lambda log: (log.block_number, log.log_index))

    def totals(self) -> AdjustedTotals:
        return AdjustedTotals(self._sum(AdjustmentKind.CREDIT), self._sum(AdjustmentKind.DEBIT))

    def _sum(self, kind: AdjustmentKind) -> Miles:
        adjustments = [log.adjustment for log in self.logs.values()]
        return Miles(sum(one.miles for one in adjustments if one.kind is kind))


@dataclass
class MemoryWork:
    """The port `Work`."""

    purchases: MemoryPurchaseStore = field(default_factory=MemoryPurchaseStore)
    reports: MemoryReportStore = field(default_factory=MemoryReportStore)
    txs: MemoryTxStore = field(default_factory=MemoryTxStore)
    receipts: MemoryReceiptStore = field(default_factory=MemoryReceiptStore)
    adjustments: MemoryAdjustmentStore = field(default_factory=MemoryAdjustmentStore)
    outbox: MemoryOutbox = field(default_factory=MemoryOutbox)
    journal: MemorySigningJournal = field(default_factory=MemorySigningJournal)

    def __post_init__(self) -> None:
        self.receipts.purchases = self.purchases


class MemoryStore:
    """The port `Store`; one unit of work at a time, as a database that takes its write lock at once."""

    def __init__(self) -> None:
        self._kept = MemoryWork()
        self._is_busy = False

    @contextmanager
    def unit_of_work(self) -> Iterator[MemoryWork]:
        if self._is_busy:
            raise StoreError("A unit of work is open already: close it first.")
        work = copy.deepcopy(self._kept)
        self._is_busy = True
        try:
            yield work
        finally:
            self._is_busy = False
        self._kept = work
