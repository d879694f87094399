"""What the core needs of the chain: contracts to ask and settle on, keys that sign, and a clock.

The `chain` package speaks to real ones; `pipeline` signs, relays and reads through these.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from milepost.domain.errors import ChainError, WhoActs
from milepost.domain.quantities import (
    Lane,
    MemberId,
    Miles,
    PartnerCode,
    PartnerId,
    PurchaseNumber,
    ReportSequence,
)
from milepost.ports.adjustments import AppliedLog


class ChainUnavailable(ChainError):
    """No answer from the node: nothing is known about what was asked. Retry."""

    who_acts = WhoActs.RETRY


class StateForgotten(ChainError):
    """The node knows a block and keeps no state of it any more. Name one that keeps states for longer."""


class SignerUnavailable(ChainUnavailable):
    """What keeps a key gave no signature in time: nothing was signed, as far as is known. Retry."""


class SignerRefused(ChainError):
    """What keeps a key has not this one, refuses to sign, or answers otherwise. The operator looks at it."""

    who_acts = WhoActs.OPERATOR


class TxUnderfunded(ChainError):
    """The relayer's address has too little for gas. Operator: send it funds."""

    who_acts = WhoActs.OPERATOR
    exit_code = 4


class SettlingPaused(ChainError):
    """Settling is paused. Nothing is sent until a holder of the pause role lifts it; nothing is lost."""


class TxNonceTooLow(ChainError):
    """The node says the nonce was used: by this tx, another attempt, or someone else. Look which."""

    who_acts = WhoActs.RETRY


class TxAlreadyKnown(ChainError):
    """The node has these very bytes already, which is as good as sent. Nobody acts."""

    who_acts = WhoActs.NOBODY


class TxNonceGap(ChainError):
    """The node takes no tx whose nonce does not follow at once. Nobody acts: lower ones are sent first."""

    who_acts = WhoActs.NOBODY


class TxNotReplaced(ChainError):
    """The node keeps another tx of this nonce, whose fees are too near. Nobody acts: fees rise next time."""

    who_acts = WhoActs.NOBODY


class TxFeeTooLow(ChainError):
    """The node takes no tx of so low fees now. Nobody acts: fees rise up to the cap, or the market falls."""

    who_acts = WhoActs.NOBODY


class ReportTooLarge(ChainError):
    """Settling a report takes more gas than a tx may use. Nobody acts: fewer of its purchases are sealed."""

    who_acts = WhoActs.NOBODY

    def __init__(self, gas: int, most: int) -> None:
        super().__init__(
            f"Settling this report takes {gas} gas and a tx may use {most}: seal fewer purchases in a report."
        )
        self.gas, self.most = gas, most

    def fitting(self, purchases: int) -> int:
        """How many of so many purchases fit, rounded down; a tenth less, as they do not cost the same."""
        return purchases * self.most * 9 // (self.gas * 10)


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
class SettledSums:
    """Miles credited to all members and taken back from them, and each partner's last purchase number."""

    credited: Miles
    reversed: Miles
    last_numbers: Mapping[PartnerId, PurchaseNumber]


@dataclass(frozen=True, slots=True)
class TxFees:
    """What a tx pays at most for a unit of gas, and of that at most to who makes the block.

    Shape: `as_of` is the newest block's time when they were made, in unix seconds; without a base fee on the
        chain, `priority` is None and `most` the price. Units: wei.
    """

    most: int
    priority: int | None
    as_of: int


@dataclass(frozen=True, slots=True)
class SignedTx:
    """A tx signed and ready to go out: `raw` is all a node needs, and is stored before it gets it.

    Shape: without `fees` for one that was stored before fees were. One that `is_empty` settles nothing: it
        uses up its nonce.
    """

    sender: str
    nonce: int
    tx_hash: bytes
    raw: bytes
    fees: TxFees | None = None
    is_empty: bool = False


@dataclass(frozen=True, slots=True)
class TxReceipt:
    """What the chain says of a mined tx; gas in units, not wei."""

    tx_hash: bytes
    block_number: int
    block_hash: bytes
    succeeded: bool
    gas_used: int


@dataclass(frozen=True, slots=True)
class Reversal:
    """One `MilesReversed`: of the miles taken back, those that came from lots, and those now owed.

    The others had lapsed, or were spent and are forgiven.
    """

    member: MemberId
    miles: Miles
    taken: Miles
    owed: Miles


@dataclass(frozen=True, slots=True)
class SettledLog:
    """One `ReportSettled` with the report from the input of its tx, and where it stands.

    Shape: `log_index` is its place among the logs of the block, 0 for what was settled before adjustments;
        `reversals` in order of the report; one that comes from the store has none, its purchases have them.
    """

    lane: Lane
    sequence: ReportSequence
    root: bytes
    results: bytes
    report_bytes: bytes
    block_number: int
    block_hash: bytes
    tx_hash: bytes
    log_index: int = 0
    reversals: tuple[Reversal, ...] = ()


ChainLog = SettledLog | AppliedLog
"""What changes miles on chain."""


@dataclass(frozen=True, slots=True)
class Revert:
    """Why a mined tx reverted, in a sentence; `blames_report` unless the same report may still settle.

    It may if who signed it, the Settlement it was sent to or a pause was the reason.
    """

    reason: str
    blames_report: bool


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
    def desk(self) -> str:
        """Checksummed address of the AdjustmentDesk."""
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
        """Unix seconds of the newest block: what views at the head see."""
        ...

    def pending_time(self) -> int:
        """Unix seconds that a block would carry now: what is settled next is judged by it, or by a later one.

        While nobody sends anything, the newest block grows old and this goes on.
        """
        ...

    def block(self, number: int) -> Block: ...
    def newest_block(self) -> Block:
        """The newest block, which may still be replaced."""
        ...

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

    def settled_sums(self, partners: Iterable[PartnerId], *, at: int | None = None) -> SettledSums:
        """The ledger's grand totals and these partners' last numbers, all as of one block.

        Shape: as the block numbered `at` left them, the newest without.
        Raises: StateForgotten.
        """
        ...

    def miles_bought(self, *, up_to: int | None = None) -> Miles:
        """Miles that the shop sold, by its logs up to a block or to the newest: all of them are asked for."""
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

    def market_fees(self) -> TxFees:
        """Fees with which a tx is mined soon, as the newest block has them."""
        ...

    def sign_settle(
        self, report_bytes: bytes, signatures: bytes, *, nonce: int, fees: TxFees | None = None
    ) -> SignedTx:
        """Estimate gas, and sign `settle` with these fees or the market's; nothing is sent.

        Raises: also SignerUnavailable, SignerRefused.
        """
        ...

    def sign_empty(self, *, nonce: int, fees: TxFees) -> SignedTx:
        """Estimate gas, and sign a tx to ourselves that does nothing but use up a nonce; nothing is sent.

        Raises: also SignerUnavailable, SignerRefused.
        """
        ...

    def sign_again(self, raw: bytes, fees: TxFees) -> SignedTx:
        """Sign a tx of ours once more, the same but for its fees; nothing is sent.

        Raises: SignerUnavailable, SignerRefused.
        """
        ...

    def send(self, raw: bytes) -> None:
        """Hand signed bytes to the node.

        Raises: TxAlreadyKnown, TxNonceTooLow, TxNonceGap, TxNotReplaced, TxFeeTooLow, TxUnderfunded,
            ChainUnavailable, or another ChainError.
        """
        ...

    def tx_receipt(self, tx_hash: bytes) -> TxReceipt | None:
        """The receipt of a mined tx; None if the node knows none, which is no proof that there is none."""
        ...

    def revert_of(self, tx_hash: bytes) -> Revert:
        """Why a mined tx reverted: the decoded contract error where there is one."""
        ...

    def settled_logs(self, from_block: int, to_block: int) -> list[ChainLog]:
        """Reports settled and adjustments applied in the blocks from one number to the other, both included.

        Shape: in order of the chain.
        """
        ...

    def applied_since(self, block_number: int) -> list[AppliedLog]:
        """Adjustments applied after a block, up to the newest, which may still be replaced; in order."""
        ...


class Clock(Protocol):
    """What time it is, for the programme by its chain, or for this machine."""

    def now(self) -> int:
        """Unix seconds."""
        ...


class Signer(Protocol):
    """A key, wherever it is kept: in this process, or in another that holds keys and signs."""

    @property
    def address(self) -> str:
        """Checksummed address."""
        ...

    def sign_message(self, message: bytes) -> bytes:
        """Sign keccak-256 of a message; 65 bytes r, s, v with v 27 or 28 and a low s.

        Shape: the whole message, so that what keeps the key can see what it signs, and hashes it itself.
        Raises: SignerUnavailable, SignerRefused where the key is not in this process.
        """
        ...


class Reporter(Signer, Protocol):
    """A key allowed to sign reports."""


class PartnerSecrets(Protocol):
    """The secret each partner shares with the reporters, from which salts are made."""

    def secret_of(self, partner: PartnerCode) -> bytes: ...
