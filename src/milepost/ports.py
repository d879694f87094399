"""What the core needs from outside, as Protocols; adapters and their fakes keep them.

Before it on the main path stand feeds, the store and the chain, which implement it; after it `pipeline`, which
knows nothing else of them. Values that only travel through a port, with the states they can be in, are here too.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from milepost.domain.errors import ChainError, WhoActs
from milepost.domain.purchase import DedupeKey, Purchase
from milepost.domain.quantities import (
    Lane,
    MemberId,
    Miles,
    PartnerCode,
    PartnerId,
    PurchaseNumber,
    ReportSequence,
)
from milepost.domain.receipt import Settled


class PurchaseState(StrEnum):
    """Where a purchase is; `pipeline/states.py` says what may follow what."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    CONFLICTED = "conflicted"
    REPORTED = "reported"
    SETTLED_PENDING = "settled_pending"
    SETTLED_FINAL = "settled_final"


class ReportState(StrEnum):
    """Where a report is; `pipeline/states.py` says what may follow what."""

    OPEN = "open"
    SEALED = "sealed"
    SIGNED = "signed"
    RELAYING = "relaying"
    APPLIED = "applied"
    FINAL = "final"
    FAILED = "failed"


class TxState(StrEnum):
    """Where an EVM tx is; `pipeline/states.py` says what may follow what."""

    SIGNED = "signed"
    ACCEPTED = "accepted"
    MINED = "mined"
    CONFIRMED = "confirmed"
    FINAL = "final"
    REVERTED = "reverted"
    DISPLACED = "displaced"
    CANCELLED = "cancelled"


# --- the chain ---------------------------------------------------------------------------------------------------


class ChainUnavailable(ChainError):
    """No answer from the node: nothing is known about what was asked. Retry."""

    who_acts = WhoActs.RETRY


class TxUnderfunded(ChainError):
    """The relayer's address has too little for gas. Operator: send it funds."""

    who_acts = WhoActs.OPERATOR
    exit_code = 4


class TxNonceTooLow(ChainError):
    """The node says the nonce was used: by this tx, another attempt, or someone else. Look for tx receipts."""

    who_acts = WhoActs.RETRY


class TxAlreadyKnown(ChainError):
    """The node has these very bytes already, which is as good as sent. Nobody acts."""

    who_acts = WhoActs.NOBODY


@dataclass(frozen=True, slots=True)
class Block:
    """A block; `timestamp` in unix seconds."""

    number: int
    block_hash: bytes
    timestamp: int


@dataclass(frozen=True, slots=True)
class ReporterSet:
    """The reporters in force: version from 1, signatures a report needs, reporters in the set."""

    version: int
    quorum: int
    count: int


@dataclass(frozen=True, slots=True)
class SignedTx:
    """A tx signed and ready to go out: `raw` is all a node needs, and what must be stored before it gets it."""

    sender: str
    nonce: int
    tx_hash: bytes
    raw: bytes


@dataclass(frozen=True, slots=True)
class TxReceipt:
    """What the chain says of a mined tx; gas in units, not wei."""

    tx_hash: bytes
    block_number: int
    block_hash: bytes
    succeeded: bool
    gas_used: int


@dataclass(frozen=True, slots=True)
class SettledLog:
    """One `ReportSettled` with the report from the input of its tx, and where it stands."""

    lane: Lane
    sequence: ReportSequence
    root: bytes
    results: bytes
    report_bytes: bytes
    block_number: int
    block_hash: bytes
    tx_hash: bytes


class SettlementChain(Protocol):
    """The contracts of one programme on one chain, and the relayer's own address there.

    Every method raises ChainUnavailable when the node gives no answer: never a guess, an empty list or None.
    """

    @property
    def chain_id(self) -> int: ...
    @property
    def settlement(self) -> str:
        """Checksummed address of the Settlement contract."""
        ...

    @property
    def receipts(self) -> str:
        """Checksummed address of the ReceiptBook."""
        ...

    @property
    def sender(self) -> str:
        """Checksummed address the relayer sends from."""
        ...

    @property
    def start_block(self) -> int:
        """First block that can hold a `ReportSettled` of this deployment."""
        ...

    def block_time(self) -> int:
        """Unix seconds of the newest block: the clock purchases are judged by."""
        ...

    def block(self, number: int) -> Block: ...
    def final_block(self) -> Block:
        """The newest block that the finality policy calls final."""
        ...

    def next_sequence(self, lane: Lane) -> ReportSequence: ...
    def partner_last_number(self, partner_id: PartnerId) -> PurchaseNumber:
        """Number of the partner's last settled purchase, 0 for none."""
        ...

    def ledger_credited(self) -> Miles:
        """Miles credited to all members so far, as the ledger's grand total has it."""
        ...

    def reporter_set(self) -> ReporterSet: ...
    def is_reporter(self, address: str) -> bool: ...
    def check(self, report_bytes: bytes, signatures: bytes) -> None:
        """Ask whether the report would be accepted now.

        Raises: the decoded contract error, a ChainError, if not.
        """
        ...

    def next_nonce(self) -> int:
        """Nonces of the sender that are used or pending, which is the next free one."""
        ...

    def mined_nonce(self) -> int:
        """Nonces of the sender that are mined: a lower one can no longer be used."""
        ...

    def sign_settle(self, report_bytes: bytes, signatures: bytes, *, nonce: int) -> SignedTx:
        """Estimate gas and fees, and sign `settle`; nothing is sent."""
        ...

    def send(self, raw: bytes) -> None:
        """Hand signed bytes to the node.

        Raises: TxAlreadyKnown, TxNonceTooLow, TxUnderfunded, ChainUnavailable, or another ChainError if refused.
        """
        ...

    def tx_receipt(self, tx_hash: bytes) -> TxReceipt | None:
        """The receipt of a mined tx; None if the node knows none, which is no proof that there is none."""
        ...

    def revert_reason(self, tx_hash: bytes) -> str:
        """A sentence that says why a mined tx reverted: the decoded contract error where there is one."""
        ...

    def settled_logs(self, from_block: int, to_block: int) -> list[SettledLog]:
        """Reports settled in the blocks from one number to the other, both included, in order of the chain."""
        ...


class Clock(Protocol):
    """What time it is for the programme; in the demo that is the chain's time."""

    def now(self) -> int:
        """Unix seconds."""
        ...


class Reporter(Protocol):
    """A key allowed to sign reports, wherever it is kept."""

    @property
    def address(self) -> str:
        """Checksummed address."""
        ...

    def sign(self, digest: bytes) -> bytes:
        """Sign the 32 bytes of a report's digest; 65 bytes r, s, v with v 27 or 28 and a low s."""
        ...


class PartnerSecrets(Protocol):
    """The secret each partner shares with the reporters, from which salts are made."""

    def secret_of(self, partner: PartnerCode) -> bytes: ...


# --- members -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member to enrol; `tier` counts from 0, the lowest, `segments` is a bit set, `enrolled_at` unix seconds."""

    number: str
    tier: int = 0
    segments: int = 0
    enrolled_at: int | None = None


@dataclass(frozen=True, slots=True)
class EnrolledMember:
    """What the directory answers to a row; `is_new` is False for a number that was enrolled before."""

    member_id: MemberId
    tier: int
    segments: int
    is_new: bool


class MemberDirectory(Protocol):
    """The link from membership numbers to member ids, which no chain and no purchase table holds."""

    def key_of(self, number: str) -> bytes:
        """Keyed hash of a membership number: stands for it wherever it must not be stored."""
        ...

    def ids_of(self, keys: Iterable[bytes]) -> Mapping[bytes, MemberId]:
        """Member ids by key; keys of unknown and forgotten members are missing."""
        ...

    def import_members(self, rows: Iterable[MemberRow]) -> list[EnrolledMember]:
        """Enrol in order, one answer a row; a number enrolled before keeps its id and gets the row's profile."""
        ...

    def number_of(self, member_id: MemberId) -> str | None: ...
    def count(self) -> int:
        """The highest member id given out, forgotten ones included."""
        ...

    def forget(self, number: str) -> bool:
        """Delete the link of a number; False if there was none. The id stays used."""
        ...

    def replace(self, old: str, new: str) -> MemberId:
        """Give the member of a lost card a new number.

        Raises: StoreError if the old number is unknown or the new one taken.
        """
        ...


@dataclass(frozen=True, slots=True)
class Rejection:
    """A record that is not taken, and why: a stable code and a sentence; `line` counts from 1."""

    line: int
    code: str
    sentence: str


# --- the store ---------------------------------------------------------------------------------------------------


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
    def by_ids(self, purchase_ids: Sequence[int]) -> Mapping[int, StoredPurchase]: ...
    def accepted(self, partners: Sequence[PartnerCode], *, most: int) -> list[StoredPurchase]:
        """Accepted purchases of these partners in order of arrival, at most so many."""
        ...

    def move(self, purchase_ids: Sequence[int], *, source: PurchaseState, target: PurchaseState) -> None:
        """Change states.

        Raises: StoreError if one is not in `source`; then none is changed.
        """
        ...

    def count_by_state(self) -> Mapping[PurchaseState, int]: ...


@dataclass(frozen=True, slots=True)
class ReportSection:
    """The purchase numbers a report uses of one partner: from `first_number` on, `count` of them."""

    partner_id: PartnerId
    first_number: PurchaseNumber
    count: int


@dataclass(frozen=True, slots=True)
class StoredReport:
    """A sealed report, named by the keccak of its bytes; `failure` says why it failed."""

    content_hash: bytes
    lane: Lane
    sequence: ReportSequence
    report_bytes: bytes
    sections: tuple[ReportSection, ...]
    state: ReportState
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class ReportSignature:
    """One reporter's signature over a report, good for one version of the reporter set only."""

    reporters_version: int
    signer: str
    signature: bytes


class ReportStore(Protocol):
    """Sealed reports, their purchases in order, and the signatures collected for them."""

    def add(self, report: StoredReport, purchase_ids: Sequence[int], member_ids: Sequence[MemberId]) -> None:
        """Store a sealed report with the purchase and the member of each entry, in order.

        Raises: StoreError if the lane has another report of that sequence that did not fail.
        """
        ...

    def get(self, content_hash: bytes) -> StoredReport | None: ...
    def at(self, lane: Lane, sequence: ReportSequence) -> StoredReport | None:
        """The report of a sequence that did not fail."""
        ...

    def in_states(self, *states: ReportState) -> list[StoredReport]:
        """In order of lane and sequence."""
        ...

    def last_sequence(self, lane: Lane) -> ReportSequence:
        """The highest sequence of a report that did not fail, 0 for none."""
        ...

    def last_numbers(self) -> Mapping[PartnerId, PurchaseNumber]:
        """The highest purchase number a partner has in a report that did not fail."""
        ...

    def purchase_ids(self, content_hash: bytes) -> list[int]: ...
    def move(
        self, content_hash: bytes, *, source: ReportState, target: ReportState, failure: str | None = None
    ) -> None:
        """Change the state.

        Raises: StoreError if it is not in `source`.
        """
        ...

    def add_signature(self, content_hash: bytes, signature: ReportSignature) -> None:
        """Store a signature; one by the same signer over the same reporter set is kept as it is."""
        ...

    def signatures(self, content_hash: bytes, *, reporters_version: int) -> list[ReportSignature]: ...


@dataclass(frozen=True, slots=True)
class StoredTx:
    """A signed tx that carries a report; block and gas once it is mined."""

    signed: SignedTx
    content_hash: bytes
    state: TxState
    block_number: int | None = None
    block_hash: bytes | None = None
    gas_used: int | None = None


class TxStore(Protocol):
    """Every raw tx ever signed, stored with its nonce before it is sent."""

    def next_nonce(self, sender: str) -> int:
        """The highest stored nonce plus 1, 0 for none."""
        ...

    def add(self, signed: SignedTx, content_hash: bytes) -> None:
        """Store a tx in state `signed`.

        Raises: StoreError if the nonce carries another report already (R3).
        """
        ...

    def of_report(self, content_hash: bytes) -> list[StoredTx]:
        """In order of nonce, then of signing."""
        ...

    def move(
        self, tx_hash: bytes, *, source: TxState, target: TxState, mined: TxReceipt | None = None
    ) -> None:
        """Change the state; sets block and gas from `mined`, or clears them when None.

        Raises: StoreError if it is not in `source`.
        """
        ...

    def gas_used(self) -> int:
        """Gas of all mined txs, reverted ones included."""
        ...


@dataclass(frozen=True, slots=True)
class SettledPurchase:
    """What one purchase got, and where its receipt stands."""

    purchase_id: int
    content_hash: bytes
    position: int
    partner_id: PartnerId
    number: PurchaseNumber
    member_id: MemberId
    settled: Settled


@dataclass(frozen=True, slots=True)
class StoredTotals:
    """Sums over all purchases whose report is final; miles are base plus granted bonuses."""

    purchases: int
    base: Miles
    bonus: Miles

    @property
    def credited(self) -> Miles:
        return Miles(self.base + self.bonus)


class ReceiptStore(Protocol):
    """What settled purchases got, and up to which block the chain was read."""

    def add(self, content_hash: bytes, log: SettledLog, settled: Sequence[SettledPurchase]) -> None:
        """Store the results of a final report, in order of the report."""
        ...

    def of_purchase(self, purchase_id: int) -> SettledPurchase | None: ...
    def of_member(self, member_id: MemberId) -> list[SettledPurchase]:
        """In order of lane, sequence and position."""
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


class Store(Protocol):
    """Where the oracle keeps its facts."""

    def unit_of_work(self) -> AbstractContextManager[Work]:
        """Begin a unit of work: leaving it commits, an exception rolls all of it back."""
        ...


@dataclass(frozen=True, slots=True)
class Proposal:
    """A sealed report as one reporter proposes it to the others, with the purchases it names in order."""

    lane: Lane
    sequence: ReportSequence
    report_bytes: bytes
    keys: tuple[DedupeKey, ...]
    first_numbers: Mapping[PartnerId, PurchaseNumber]


class ReporterCopy(Protocol):
    """A reporter's own copy of the purchases, fed apart from the proposer's."""

    def rebuild(self, proposal: Proposal) -> bytes:
        """The report bytes this reporter would itself seal of these purchases, from its own copy alone.

        Raises: StoreError if its copy lacks one of them.
        """
        ...
