"""A chain in memory that settles reports by the reference model, and refuses what the contracts refuse.

Tests of signing, relaying and reading settlements run against it: with pools, reorgs, finality and a node
that goes away, but without an EVM. Contracts themselves are tested on real ones.
"""

import copy
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from milepost.codec.attached_receipt import attached_of
from milepost.codec.digest import report_digest
from milepost.codec.receipt_leaf import leaf
from milepost.codec.receipt_tree import root, verify
from milepost.codec.report_bytes import decode_report
from milepost.codec.results import encode_results
from milepost.domain.accrual import settle
from milepost.domain.adjustment import Adjustment
from milepost.domain.books import Books, Judged
from milepost.domain.errors import ChainError, ReportMalformed
from milepost.domain.quantities import AdjustmentId, Lane, Miles, PartnerId, PurchaseNumber, ReportSequence
from milepost.domain.report import Attachment, Report
from milepost.ports import (
    AppliedLog,
    Block,
    ChainUnavailable,
    ReporterSet,
    ReportTooLarge,
    Reversal,
    Revert,
    SettledLog,
    SettledSums,
    SignedTx,
    StateForgotten,
    TxFees,
    TxNonceTooLow,
    TxReceipt,
    TxUnderfunded,
)
from milepost.ports.chain import ChainLog
from milepost.testing.fake_keys import FakeReporter
from milepost.testing.fake_pool import FakePool, carried_by, nonce_of, raw_tx, repriced
from milepost.testing.fake_refusals import ContractRefusal, PauseRefusal, require_quorum
from milepost.testing.fake_results import leaves_of, sections_of

T = TypeVar("T")

_NONCE_OF_ANOTHER = (1 << 64) - 1
_PRIORITY_FEE = 10
_GAS_USED = 100_000
"""Of a settled report; a purchase is estimated at as much, so that a test can make reports too large."""


@dataclass
class ChainFacts:
    """All that a block changes, so that a reorg can take it back."""

    books: Books
    sequences: dict[Lane, int] = field(default_factory=dict)
    numbers: dict[PartnerId, int] = field(default_factory=dict)
    mined_nonce: int = 0
    receipts: dict[bytes, TxReceipt] = field(default_factory=dict)
    reverts: dict[bytes, Revert] = field(default_factory=dict)
    logs: list[ChainLog] = field(default_factory=list)
    adjustments: dict[AdjustmentId, Adjustment] = field(default_factory=dict)


class FakeSettlementChain:
    """The port `SettlementChain`.

    Shape: mines each tx at once unless `automine` is off. `sent` lists every raw tx that reached the node.
        Without `keeps_states` it answers as of the newest block only.
    Units: a block comes `seconds_a_block` after its parent; `finality` in blocks below the newest; the newest
        is `idle_s` old. Without `believes_proofs` no amendment is proven. `pool` says what fees a block asks.
    """

    chain_id = 31_337
    start_block = 1

    def __init__(
        self, books: Books, reporters: Sequence[FakeReporter], *, quorum: int, starts_at: int
    ) -> None:
        self.settlement = to_checksum_address(keccak(text="Settlement")[-20:])
        self.receipts = to_checksum_address(keccak(text="ReceiptBook")[-20:])
        self.desk = to_checksum_address(keccak(text="AdjustmentDesk")[-20:])
        self.sender = to_checksum_address(keccak(text="relayer")[-20:])
        self.automine = True
        self.finality = 0
        self.seconds_a_block = 1
        self.idle_s = 0
        self.has_gas_money = True
        self.most_gas = 1_000 * _GAS_USED
        self.is_down = False
        self.keeps_states = True
        self.loses_next_answer = False
        self.is_paused = False
        self.refuses_reports = False
        self.believes_proofs = True
        self.bought = Miles(0)
        self.sent: list[bytes] = []
        self._reporters = list(reporters)
        self._quorum = quorum
        self._version = 1
        self._facts = ChainFacts(books)
        self.pool = FakePool()
        self._fork = 0
        self._blocks = [Block(0, keccak(text="genesis"), starts_at)]
        self._before: list[ChainFacts] = [copy.deepcopy(self._facts)]

    # What a test does to the chain.

    @property
    def books(self) -> Books:
        return self._facts.books

    @property
    def facts(self) -> ChainFacts:
        """What the newest block left, if the node answers."""
        self._answer()
        return self._facts

    def advance_to(self, timestamp: int) -> None:
        """Mine an empty block of that unix second."""
        self._add_block(timestamp)

    def set_reporters(self, reporters: Sequence[FakeReporter], quorum: int) -> None:
        self._reporters, self._quorum = list(reporters), quorum
        self._version += 1

    def remove_reporter(self, reporter: FakeReporter) -> None:
        """Take one out of the set, whose version stays."""
        self._reporters.remove(reporter)

    def replace_settlement(self, reporters: Sequence[FakeReporter], quorum: int) -> None:
        """Let another Settlement take over, with a first set of reporters of its own."""
        self.settlement = to_checksum_address(keccak(text=f"after {self.settlement}")[-20:])
        self._reporters, self._quorum, self._version = list(reporters), quorum, 1

    def use_nonce(self) -> None:
        """Send something else from the relayer's address."""
        self.pool.use(self._facts.mined_nonce)
        self.mine()

    def settle_by_another(self, report_bytes: bytes, signatures: bytes) -> None:
        """Mine a block in which somebody else settles a report, as anyone may who has its signatures."""
        raw = raw_tx(_NONCE_OF_ANOTHER, report_bytes, signatures)
        self._execute(raw, self._add_block(self._blocks[-1].timestamp + self.seconds_a_block))

    def mine(self) -> None:
        """Mine the txs of the pool whose nonces follow, in one block."""
        block = self._add_block(self._blocks[-1].timestamp + max(self.seconds_a_block, self.idle_s))
        self.idle_s = 0
        while (raw := self.pool.take(self._facts.mined_nonce)) is not None:
            self._facts.mined_nonce += 1
            if raw:
                self._execute(raw, block)

    def act(self, act: Callable[[ChainFacts, Block], T]) -> T:
        """Mine a block with what an account other than the relayer does; nothing happens if that raises."""
        self._answer()
        facts = copy.deepcopy(self._facts)
        block = self._add_block(self._blocks[-1].timestamp + self.seconds_a_block)
        try:
            return act(self._facts, block)
        except ChainError:
            self._facts = facts
            raise

    def reorg(self, depth: int) -> None:
        """Take back the newest blocks and forget their txs; as many empty ones come instead."""
        self._facts = copy.deepcopy(self._before[len(self._blocks) - depth])
        del self._before[len(self._blocks) - depth :]
        del self._blocks[-depth:]
        self._fork += 1
        for _ in range(depth):
            self._add_block(self._blocks[-1].timestamp + self.seconds_a_block)

    def forget_pool(self) -> None:
        """Restart the node: what was not mined is gone."""
        self.pool.txs.clear()

    # The port.

    def block_time(self) -> int:
        self._answer()
        return self._blocks[-1].timestamp

    def pending_time(self) -> int:
        return self.block_time() + self.idle_s

    def now(self) -> int:
        """The port `Clock`: the chain's own time."""
        return self.block_time()

    def block(self, number: int) -> Block:
        self._answer()
        return self._blocks[number]

    def newest_block(self) -> Block:
        self._answer()
        return self._blocks[-1]

    def final_block(self) -> Block:
        self._answer()
        return self._blocks[max(len(self._blocks) - 1 - self.finality, 0)]

    def next_sequence(self, lane: Lane) -> ReportSequence:
        self._answer()
        return ReportSequence(self._facts.sequences.get(lane, 0) + 1)

    def partner_last_number(self, partner_id: PartnerId) -> PurchaseNumber:
        self._answer()
        return PurchaseNumber(self._facts.numbers.get(partner_id, 0))

    def ledger_credited(self) -> Miles:
        self._answer()
        return self._facts.books.ledger.credited

    def settled_sums(self, partners: Iterable[PartnerId], *, at: int | None = None) -> SettledSums:
        self._answer()
        facts = self._facts if at is None else self._facts_of(at)
        ledger = facts.books.ledger
        numbers = {one: PurchaseNumber(facts.numbers.get(one, 0)) for one in partners}
        return SettledSums(ledger.credited, ledger.reversed, numbers)

    def miles_bought(self, *, up_to: int | None = None) -> Miles:
        self._answer()
        return self.bought

    def reporter_set(self) -> ReporterSet:
        self._answer()
        return ReporterSet(self._version, self._quorum, len(self._reporters))

    def is_reporter(self, address: str) -> bool:
        self._answer()
        return address in {reporter.address for reporter in self._reporters}

    def check(self, report_bytes: bytes, signatures: bytes) -> None:
        self._answer()
        self._check(report_bytes, signatures)

    def next_nonce(self) -> int:
        self._answer()
        return self.pool.next_nonce(self._facts.mined_nonce)

    def mined_nonce(self) -> int:
        self._answer()
        return self._facts.mined_nonce

    def market_fees(self) -> TxFees:
        self._answer()
        most = 2 * self.pool.base_fee + _PRIORITY_FEE
        return TxFees(most, _PRIORITY_FEE, self._blocks[-1].timestamp)

    def sign_settle(
        self, report_bytes: bytes, signatures: bytes, *, nonce: int, fees: TxFees | None = None
    ) -> SignedTx:
        fees = fees or self.market_fees()
        count = decode_report(report_bytes).purchase_count
        if count * _GAS_USED > self.most_gas:
            raise ReportTooLarge(count * _GAS_USED, self.most_gas)
        return self._signed(raw_tx(nonce, report_bytes, signatures, fees=fees), fees)

    def sign_empty(self, *, nonce: int, fees: TxFees) -> SignedTx:
        return self._signed(raw_tx(nonce, b"", b"", fees=fees), fees)

    def sign_again(self, raw: bytes, fees: TxFees) -> SignedTx:
        return self._signed(repriced(raw, fees), fees)

    def send(self, raw: bytes) -> None:
        self._answer()
        self.sent.append(raw)
        nonce = nonce_of(raw)
        if nonce < self._facts.mined_nonce:
            raise TxNonceTooLow(f"nonce too low: next nonce {self._facts.mined_nonce}, tx nonce {nonce}")
        if not self.has_gas_money and self.pool.txs.get(nonce) != raw:
            raise TxUnderfunded(f"{self.sender} has no funds for gas: send it some.")
        self.pool.add(raw)
        if self.automine:
            self.mine()
        if self.loses_next_answer:
            self.loses_next_answer = False
            raise ChainUnavailable("The node took too long: nothing is known of what was sent.")

    def tx_receipt(self, tx_hash: bytes) -> TxReceipt | None:
        self._answer()
        return self._facts.receipts.get(tx_hash)

    def revert_of(self, tx_hash: bytes) -> Revert:
        self._answer()
        return self._facts.reverts[tx_hash]

    def settled_logs(self, from_block: int, to_block: int) -> list[ChainLog]:
        self._answer()
        return [log for log in self._facts.logs if from_block <= log.block_number <= to_block]

    def applied_since(self, block_number: int) -> list[AppliedLog]:
        self._answer()
        logs = [log for log in self._facts.logs if log.block_number > block_number]
        return [log for log in logs if isinstance(log, AppliedLog)]

    # What the node does.

    def _answer(self) -> None:
        if self.is_down:
            raise ChainUnavailable("No node answers: start it, or correct its URL.")

    def _facts_of(self, number: int) -> ChainFacts:
        """What a block left. Raises: StateForgotten if it is not the newest and the node keeps no others."""
        if number == len(self._blocks) - 1:
            return self._facts
        if not self.keeps_states:
            raise StateForgotten(f"The node keeps no state of block {number}: name one that does.")
        return self._before[number + 1]

    def _signed(self, raw: bytes, fees: TxFees) -> SignedTx:
        return SignedTx(self.sender, nonce_of(raw), keccak(raw), raw, fees, is_empty=not carried_by(raw)[0])

    def _add_block(self, timestamp: int) -> Block:
        number = len(self._blocks)
        self._before.append(copy.deepcopy(self._facts))
        block = Block(number, keccak(text=f"block {number} of fork {self._fork}"), timestamp)
        self._blocks.append(block)
        return block

    def _execute(self, raw: bytes, block: Block) -> None:
        report_bytes, signatures = carried_by(raw)
        tx_hash = keccak(raw)
        if not report_bytes:
            receipt = TxReceipt(tx_hash, block.number, block.block_hash, True, _GAS_USED)
            self._facts.receipts[tx_hash] = receipt
            return
        try:
            self._check(report_bytes, signatures)
        except ContractRefusal as refusal:
            self._facts.reverts[tx_hash] = Revert(str(refusal), blames_report=refusal.blames_report)
            self._facts.receipts[tx_hash] = TxReceipt(
                tx_hash, block.number, block.block_hash, False, _GAS_USED
            )
            return
        report = decode_report(report_bytes)
        judged = self._judge(report, block)
        sections = sections_of(report, [one.settled for one in judged], self._facts.books)
        self._facts.sequences[report.lane] = report.sequence
        for section in report.sections:
            self._facts.numbers[section.partner_id] = section.first_number + len(section.entries) - 1
        self._facts.receipts[tx_hash] = TxReceipt(tx_hash, block.number, block.block_hash, True, _GAS_USED)
        self._facts.logs.append(
            SettledLog(
                lane=report.lane,
                sequence=report.sequence,
                root=root(leaves_of(report, sections)),
                results=encode_results(sections),
                report_bytes=report_bytes,
                block_number=block.number,
                block_hash=block.block_hash,
                tx_hash=tx_hash,
                log_index=sum(log.block_number == block.number for log in self._facts.logs),
                reversals=tuple(
                    Reversal(placed.entry.member, one.settled.returned, one.taken, one.owed)
                    for placed, one in zip(report.placed(), judged, strict=True)
                    if one.settled.returned
                ),
            )
        )

    def _judge(self, report: Report, block: Block) -> list[Judged]:
        """What becomes of each purchase, with the books changed accordingly."""
        attached = attached_of(report)
        if attached is not None:
            given = report.attachments or ()
            attached = [
                one if one is None or attachment is None else replace(one, is_proven=self._proves(attachment))
                for one, attachment in zip(attached, given, strict=True)
            ]
        return settle(report, self._facts.books, now_s=block.timestamp, attached=attached)

    def _proves(self, attachment: Attachment) -> bool:
        words = (attachment.entry, attachment.accrual, attachment.grants, attachment.basis)
        own = leaf(*words, attachment.amended)
        place = (attachment.lane, attachment.sequence)
        return self.believes_proofs and any(
            verify(own, attachment.proof, log.root)
            for log in self._facts.logs
            if isinstance(log, SettledLog) and (log.lane, log.sequence) == place
        )

    def _check(self, report_bytes: bytes, signatures: bytes) -> None:
        if self.is_paused:
            raise PauseRefusal("EnforcedPause")
        if self.refuses_reports:
            raise ContractRefusal("PartnerReportLengthWrong")
        try:
            report = decode_report(report_bytes)
        except ReportMalformed as error:
            raise ContractRefusal(type(error).__name__) from None
        digest = report_digest(
            self.chain_id, self.settlement, reporters_version=self._version, report_bytes=report_bytes
        )
        require_quorum(signatures, digest, self._reporters, quorum=self._quorum)
        expected = self._facts.sequences.get(report.lane, 0) + 1
        if report.sequence != expected:
            raise ContractRefusal("SettlementSequenceNotNext", given=report.sequence, expected=expected)
        for section in report.sections:
            if section.partner_id not in self._facts.books.partners:
                raise ContractRefusal("PartnerUnknown", partner=section.partner_id)
            number = self._facts.numbers.get(section.partner_id, 0) + 1
            if section.first_number != number:
                raise ContractRefusal("PartnerNumberNotNext", given=section.first_number, expected=number)
