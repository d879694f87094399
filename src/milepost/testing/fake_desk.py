"""The adjustment desk in memory, on the fake chain: records, two people, a daily limit, blocks and logs.

Tests give it to adjusting and merging where a programme gives the contract.
"""

from dataclasses import replace

from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from milepost.domain.adjustment import Adjustment, AdjustmentKind, AdjustmentState
from milepost.domain.calendar import local_day
from milepost.domain.ledger import Ledger
from milepost.domain.quantities import AdjustmentId, DayNumber, MemberId, Miles
from milepost.ports import AdjustmentProposal, AppliedLog, Block, TxNonceTooLow
from milepost.testing.fake_chain import ChainFacts, FakeSettlementChain
from milepost.testing.fake_refusals import ContractRefusal

_ZERO_ADDRESS = "0x" + "0" * 40
_DAILY_LIMIT = Miles(100_000)


class FakeAdjustmentDesk:
    """The port `AdjustmentDesk` for one account; those of one chain share its desk.

    Shape: whom it is named for tells the accounts apart; roles are not looked at.
    """

    def __init__(self, chain: FakeSettlementChain, name: str, *, daily_limit: Miles = _DAILY_LIMIT) -> None:
        self._chain, self._limit = chain, daily_limit
        self.acting = to_checksum_address(keccak(text=name)[-20:])

    def now(self) -> int:
        return self._chain.block_time()

    def count(self) -> int:
        return len(self._facts.adjustments)

    def adjustment(self, adjustment_id: AdjustmentId) -> Adjustment | None:
        return self._facts.adjustments.get(adjustment_id)

    def daily_limit(self) -> Miles:
        return self._limit

    def require_possible(self, proposal: AdjustmentProposal) -> None:
        ledger = self._facts.books.ledger
        _require_open(ledger, proposal.member, may_be_closed=proposal.kind is AdjustmentKind.DEBIT)
        if proposal.kind is AdjustmentKind.MERGE:
            if proposal.member == proposal.into:
                raise ContractRefusal("LedgerIntoItself", member=proposal.member)
            _require_open(ledger, proposal.into)
        live = ledger.balance_at(proposal.member, self.now())
        if proposal.kind is AdjustmentKind.DEBIT and live < proposal.miles:
            raise ContractRefusal(
                "LedgerMilesShort", member=proposal.member, live=live, wanted=proposal.miles
            )

    def next_nonce(self) -> int:
        return self.count()

    def propose(self, proposal: AdjustmentProposal, *, nonce: int) -> AdjustmentId:
        if nonce != self.count():
            raise TxNonceTooLow("A tx of this account was mined since: look again.")
        is_merge = proposal.kind is AdjustmentKind.MERGE
        if is_merge != (proposal.miles == 0) or is_merge != (proposal.into != 0):
            raise ContractRefusal("AdjustmentInvalid", miles=proposal.miles, into=proposal.into)

        def act(facts: ChainFacts, block: Block) -> AdjustmentId:
            number = AdjustmentId(len(facts.adjustments) + 1)
            facts.adjustments[number] = Adjustment(
                adjustment_id=number,
                kind=proposal.kind,
                state=AdjustmentState.PROPOSED,
                reason=proposal.reason,
                member=proposal.member,
                into=proposal.into,
                miles=proposal.miles,
                last_day=DayNumber(0),
                proposed_at=block.timestamp,
                decided_at=0,
                proposer=self.acting,
                decided_by=_ZERO_ADDRESS,
                case_hash=proposal.case_hash,
            )
            return number

        return self._chain.act(act)

    def approve(self, adjustment_id: AdjustmentId) -> None:
        self._chain.act(lambda facts, block: self._approve(facts, block, adjustment_id))

    def reject(self, adjustment_id: AdjustmentId) -> None:
        self._close(adjustment_id, AdjustmentState.REJECTED)

    def withdraw(self, adjustment_id: AdjustmentId) -> None:
        self._close(adjustment_id, AdjustmentState.WITHDRAWN)

    @property
    def _facts(self) -> ChainFacts:
        return self._chain.facts

    def _approve(self, facts: ChainFacts, block: Block, adjustment_id: AdjustmentId) -> None:
        found = _proposed(facts, adjustment_id)
        if found.proposer == self.acting:
            raise ContractRefusal("AdjustmentOwnProposal", id=adjustment_id, proposer=self.acting)
        if not found.is_waiting(block.timestamp):
            raise ContractRefusal("AdjustmentExpired", id=adjustment_id)
        ledger = facts.books.ledger
        day = ledger.day_of(block.timestamp)
        is_merge = found.kind is AdjustmentKind.MERGE
        self._spend_limit(facts, day, ledger.balance_on(found.member, day) if is_merge else found.miles)
        applied = replace(
            _applied(found, ledger, day),
            state=AdjustmentState.APPLIED,
            decided_at=block.timestamp,
            decided_by=self.acting,
        )
        facts.adjustments[adjustment_id] = applied
        log_index = sum(log.block_number == block.number for log in facts.logs)
        tx_hash = keccak(text=f"adjustment {adjustment_id} of {block.block_hash.hex()}")
        facts.logs.append(AppliedLog(applied, block.number, block.block_hash, tx_hash, log_index))

    def _spend_limit(self, facts: ChainFacts, day: DayNumber, miles: Miles) -> None:
        offset = facts.books.ledger.utc_offset_minutes
        used = sum(
            one.miles
            for one in facts.adjustments.values()
            if one.state is AdjustmentState.APPLIED and local_day(one.decided_at, offset) == day
        )
        if used + miles > self._limit:
            raise ContractRefusal("AdjustmentDailyLimit", left=self._limit - used, wanted=miles)

    def _close(self, adjustment_id: AdjustmentId, state: AdjustmentState) -> None:
        def act(facts: ChainFacts, block: Block) -> None:
            found = _proposed(facts, adjustment_id)
            if state is AdjustmentState.WITHDRAWN and found.proposer != self.acting:
                raise ContractRefusal("AdjustmentNotOwnProposal", id=adjustment_id, proposer=found.proposer)
            facts.adjustments[adjustment_id] = replace(
                found, state=state, decided_at=block.timestamp, decided_by=self.acting
            )

        self._chain.act(act)


def _proposed(facts: ChainFacts, adjustment_id: AdjustmentId) -> Adjustment:
    found = facts.adjustments.get(adjustment_id)
    if found is None or found.state is not AdjustmentState.PROPOSED:
        raise ContractRefusal("AdjustmentNotProposed", id=adjustment_id)
    return found


def _applied(found: Adjustment, ledger: Ledger, day: DayNumber) -> Adjustment:
    """The record with what the ledger answered."""
    _require_open(ledger, found.member, may_be_closed=found.kind is AdjustmentKind.DEBIT)
    if found.kind is AdjustmentKind.CREDIT:
        return replace(found, last_day=ledger.adjust_up(found.member, found.miles, today=day))
    if found.kind is AdjustmentKind.MERGE:
        _require_open(ledger, found.into)
        return replace(found, miles=ledger.merge(found.member, found.into, today=day))
    live = ledger.balance_on(found.member, day)
    if live < found.miles:
        raise ContractRefusal("LedgerMilesShort", member=found.member, live=live, wanted=found.miles)
    ledger.adjust_down(found.member, found.miles, today=day)
    return found


def _require_open(ledger: Ledger, member: MemberId, *, may_be_closed: bool = False) -> None:
    if not 1 <= member <= ledger.enrolled:
        raise ContractRefusal("LedgerMemberUnknown", member=member)
    if member in ledger.closed and not may_be_closed:
        raise ContractRefusal("LedgerAccountClosed", member=member)
