"""States what a programme owes its members at one block, and checks that no mile is missing: INV-1.

Before it settlements were read up to that block; after it finance has its sums, or a difference by name.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from milepost.domain.adjustment import AdjustmentKind
from milepost.domain.attribution import Funding, HeldLot, attribute
from milepost.domain.conservation import (
    Flow,
    Flows,
    LedgerTotals,
    add_purchase,
    balance_differences,
    flow_differences,
    sum_differences,
)
from milepost.domain.errors import StoreError
from milepost.domain.liability import Liability
from milepost.domain.quantities import DayNumber, MemberId, Miles, PartnerId
from milepost.domain.standing_rules import Fate, StandingRules
from milepost.pipeline.reconcile import ReconciliationError
from milepost.ports import (
    AppliedLog,
    Block,
    CreditedPurchase,
    HeldAccount,
    LedgerAtBlock,
    LedgerBook,
    LedgerHistory,
    Store,
)

ACCOUNTS_AT_ONCE = 500
"""Accounts read and added up together: what is kept meanwhile does not grow with the number of members."""

MOST_DIFFERENCES = 20
"""Sentences kept; more are counted."""

Family = list[MemberId]
"""The account that goes on, then those merged into it."""


class BlockUnread(StoreError):
    """The store has not read the chain so far. The operator reads settlements, or names an earlier block."""

    exit_code: ClassVar[int] = 2

    def __init__(self, up_to: Block | None) -> None:
        known = "has read none" if up_to is None else f"has read them up to block {up_to.number}"
        super().__init__(
            f"Who funded which miles is known from the settlements that the store read, and it {known}: run"
            " milepost settle without a file, which reads those that are final, or name an earlier block."
        )


@dataclass(slots=True)
class Differences:
    """The first sentences on what does not add up, and how many there are in all."""

    sentences: list[str] = field(default_factory=list)
    count: int = 0

    def add(self, found: Iterator[str]) -> None:
        """Count each, and keep the first."""
        for sentence in found:
            self.count += 1
            if len(self.sentences) < MOST_DIFFERENCES:
                self.sentences.append(sentence)


@dataclass(frozen=True, slots=True)
class LiabilityStatement:
    """What is owed as of a block.

    Shape: `differences` are none when INV-1 holds, in sum and for every account. The store has read up to
        the block `read`; the chain stood at `head` when all was stated.
    """

    block: Block
    read: Block
    head: Block
    rules: StandingRules
    totals: LedgerTotals
    liability: Liability
    differences: Differences


def state_liability(at: int | None, *, store: Store, ledger: LedgerBook) -> LiabilityStatement:
    """State the liability at a block, by default at the last one whose settlements the store has read.

    Raises: BlockUnread; ReconciliationError if the store read another chain; ChainUnavailable.
    """
    with store.unit_of_work() as work:
        up_to = work.receipts.read_up_to()
    if up_to is None or (at is not None and at > up_to.number):
        raise BlockUnread(up_to)
    book = ledger.at(up_to.number)
    if book.block.block_hash != up_to.block_hash:
        raise ReconciliationError(
            f"Block {up_to.number} was {up_to.block_hash.hex()} when the store read it and is"
            f" {book.block.block_hash.hex()}: name the node of that chain, or end what uses this store."
        )
    found = _stated(book if at is None else ledger.at(at), store, read=up_to, head=ledger.newest().block)
    # What was asked by number is of one chain only if that block is still there.
    book.require_unchanged()
    return found


def _stated(book: LedgerAtBlock, store: Store, *, read: Block, head: Block) -> LiabilityStatement:
    rules, totals, history = book.rules(), book.totals(), book.history()
    day = rules.day_of(book.block.timestamp)
    found = LiabilityStatement(book.block, read, head, rules, totals, Liability(day), Differences())
    sums: Flows = Counter()
    for families in batches(totals.enrolled, history.heirs):
        batch = _Batch.read(families, book, store)
        for family in families:
            lots = [HeldLot(one, lot) for one in family for lot in batch.held[one].lots]
            found.liability.add(attribute(lots, batch.fundings(family, rules)), rules, history.tiers)
            for account in family:
                flows = batch.flows(account, history)
                sums.update(flows)
                found.differences.add(_of_account(batch.held[account], flows, found, book))
    found.differences.add(sum_differences(totals, sums, held=found.liability.total.held))
    return found


def batches(enrolled: int, heirs: Mapping[MemberId, MemberId]) -> Iterator[list[Family]]:
    """All accounts by member, so many at once; the accounts of one member stay together.

    Shape: `heirs` of each merged account, the one it went into, be that merged too.
    """
    merged: dict[MemberId, Family] = {}
    for account in sorted(heirs):
        heir = heirs[account]
        while heir in heirs:
            heir = heirs[heir]
        merged.setdefault(heir, []).append(account)
    batch: list[Family] = []
    size = 0
    for number in range(1, enrolled + 1):
        account = MemberId(number)
        if account in heirs:
            continue
        batch.append([account, *merged.get(account, [])])
        size += len(batch[-1])
        if size >= ACCOUNTS_AT_ONCE:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


@dataclass(frozen=True, slots=True)
class _Batch:
    """What chain and store know of some accounts up to the block."""

    held: Mapping[MemberId, HeldAccount]
    credited: Mapping[MemberId, list[CreditedPurchase]]
    adjusted: Mapping[MemberId, list[AppliedLog]]

    @classmethod
    def read(cls, families: Sequence[Family], book: LedgerAtBlock, store: Store) -> "_Batch":
        accounts = [account for family in families for account in family]
        with store.unit_of_work() as work:
            purchases = work.receipts.credited_to(accounts, up_to=book.block.number)
            logs = work.adjustments.of_members(accounts)
        credited: dict[MemberId, list[CreditedPurchase]] = {}
        for purchase in purchases:
            credited.setdefault(purchase.member_id, []).append(purchase)
        adjusted: dict[MemberId, list[AppliedLog]] = {}
        for log in logs:
            if log.block_number <= book.block.number:
                adjusted.setdefault(log.adjustment.member, []).append(log)
        return cls({one.account: one for one in book.accounts(accounts)}, credited, adjusted)

    def fundings(self, family: Family, rules: StandingRules) -> list[Funding]:
        """Of a member's accounts, in order of the chain; what a refund took back was never funded."""
        flowed = [one for account in family for one in self.credited.get(account, [])]
        placed = [
            (one.place, _funding(rules, one.occurred_at_s, one.last_day, one.partner_id, miles))
            for one, miles in _funded(sorted(flowed, key=lambda one: one.place))
        ]
        for log in (log for account in family for log in self.adjusted.get(account, [])):
            if log.adjustment.kind is AdjustmentKind.CREDIT:
                by_hand = log.adjustment
                funding = _funding(rules, by_hand.decided_at, by_hand.last_day, None, by_hand.miles)
                placed.append(((log.block_number, log.log_index, 0), funding))
        return [funding for _, funding in sorted(placed, key=lambda one: one[0])]

    def flows(self, account: MemberId, history: LedgerHistory) -> Flows:
        """Everything that came into an account and left it."""
        flows: Flows = Counter(history.flows.get(account, {}))
        for one in self.credited.get(account, []):
            add_purchase(flows, credited=one.miles, paid=one.debt_offset, taken=one.taken, owed=one.owed)
        for log in self.adjusted.get(account, []):
            # A merge is in the ledger's own logs.
            if log.adjustment.kind is AdjustmentKind.CREDIT:
                flows[Flow.BY_HAND] += log.adjustment.miles
            elif log.adjustment.kind is AdjustmentKind.DEBIT:
                flows[Flow.REVERSED] += log.adjustment.miles
        return flows


def _funded(flowed: Sequence[CreditedPurchase]) -> list[tuple[CreditedPurchase, Miles]]:
    """What each purchase funded, less what refunds of its sale took back since, the newest of it first.

    Shape: in order of the chain. Miles that paid a debt came into no lot.
    """
    funded: list[tuple[CreditedPurchase, Miles]] = []
    for one in flowed:
        left = one.returned
        for place in reversed(range(len(funded))):
            other, miles = funded[place]
            if left and (other.partner_id, other.sale_number) == (one.partner_id, one.sale_number):
                back = min(left, miles)
                left = Miles(left - back)
                funded[place] = other, Miles(miles - back)
        if one.miles > one.debt_offset:
            funded.append((one, Miles(one.miles - one.debt_offset)))
    return [(one, miles) for one, miles in funded if miles]


def _funding(
    rules: StandingRules, earned_at_s: int, last_day: DayNumber, funder: PartnerId | None, miles: Miles
) -> Funding:
    return Funding(rules.key_of(earned_at_s, last_day), last_day, funder, miles)


def _of_account(
    held: HeldAccount, flows: Flows, found: LiabilityStatement, book: LedgerAtBlock
) -> Iterator[str]:
    day, rules = found.liability.day, found.rules
    live = Miles(sum(lot.miles for lot in held.lots if rules.fate_of(lot, day) is Fate.LIVE))
    total = Miles(sum(lot.miles for lot in held.lots))
    yield from flow_differences(held.account, flows, held=total)
    # Few owe anything: the others are not asked.
    debt = Miles(0) if held.balance == live else book.debt_of(held.account)
    yield from balance_differences(held.account, live=live, balance=held.balance, debt=debt)
