"""What the core needs to keep reports, their signatures and txs, and to have them checked.

`store` keeps them; `pipeline` seals, signs and relays them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from milepost.domain.purchase import DedupeKey
from milepost.domain.quantities import Lane, MemberId, PartnerId, PurchaseNumber, ReportSequence
from milepost.ports.chain import SignedTx, TxReceipt
from milepost.ports.states import ReportState, TxState


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
    """One reporter's signature over a digest: good for one Settlement and one version of its reporters."""

    digest: bytes
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
        """Store a signature; one by the same signer over the same digest is kept as it is."""
        ...

    def signatures(self, content_hash: bytes, *, digest: bytes) -> list[ReportSignature]: ...


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
        """Store a tx in state `signed`; a nonce may have several, of the same report.

        Raises: StoreError if the nonce carries another report already (R3).
        """
        ...

    def of_report(self, content_hash: bytes) -> list[StoredTx]:
        """In order of nonce, then of signing."""
        ...

    def in_states(self, *states: TxState) -> list[StoredTx]:
        """In order of sender and nonce, then of signing."""
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
