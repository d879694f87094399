"""A ledger to be read whole, in memory, over the model of all accounts.

Tests give it to stating the liability and to statements where a programme gives the contracts.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from milepost.domain.account import Account
from milepost.domain.conservation import Flow, Flows, LedgerTotals
from milepost.domain.extending import ExtensionOffer
from milepost.domain.ledger import Ledger
from milepost.domain.lots import NO_DAY
from milepost.domain.quantities import MemberId, Miles
from milepost.domain.standing_rules import StandingRules
from milepost.ports import AccountClock, Block, ChainUnavailable, HeldAccount, LedgerAtBlock, LedgerHistory


@dataclass
class FakeLedgerBook:
    """The port `LedgerBook`; blocks come from the chain beside it, and what they hold is always of now.

    Shape: `flows`, `heirs` and `segments` are what logs would say; miles written off are known from the
        model.
    """

    ledger: Ledger
    block: Callable[[int], Block]
    head: Callable[[], Block]
    flows: dict[MemberId, Flows] = field(default_factory=dict)
    heirs: dict[MemberId, MemberId] = field(default_factory=dict)
    offer: ExtensionOffer | None = None
    segments: dict[MemberId, int] = field(default_factory=dict)

    def at(self, block_number: int) -> LedgerAtBlock:
        return FakeLedgerAtBlock(self, self.block(block_number))

    def newest(self) -> LedgerAtBlock:
        return FakeLedgerAtBlock(self, self.head())


@dataclass(frozen=True)
class FakeLedgerAtBlock:
    """The port `LedgerAtBlock`."""

    book: FakeLedgerBook
    block: Block

    def rules(self) -> StandingRules:
        programme, acts = self.book.ledger.book.programme, self.book.ledger.book.acts
        return StandingRules(
            programme.versions, tuple(acts), programme.late_days, programme.utc_offset_minutes
        )

    def totals(self) -> LedgerTotals:
        ledger = self.book.ledger
        return LedgerTotals(
            ledger.enrolled, ledger.credited, ledger.reversed, ledger.redeemed, ledger.written_off
        )

    def history(self) -> LedgerHistory:
        flows = {account: Counter(one) for account, one in self.book.flows.items()}
        tiers = {}
        for member, account in self.book.ledger.accounts.items():
            tiers[member] = account.tier
            if account.written_off:
                flows.setdefault(member, Counter())[Flow.WRITTEN_OFF] += account.written_off
        return LedgerHistory(flows, dict(self.book.heirs), tiers, dict(self.book.segments))

    def history_of(self, accounts: Sequence[MemberId]) -> LedgerHistory:
        found = self.history()
        return LedgerHistory(
            {one: found.flows[one] for one in accounts if one in found.flows},
            {one: found.heirs[one] for one in accounts if one in found.heirs},
            {one: found.tiers[one] for one in accounts if one in found.tiers},
            {one: found.segments[one] for one in accounts if one in found.segments},
        )

    def accounts(self, accounts: Sequence[MemberId]) -> list[HeldAccount]:
        ledger = self.book.ledger
        return [
            HeldAccount(
                one,
                ledger.balance_at(one, self.block.timestamp),
                tuple(ledger.lots_of(one)),
            )
            for one in accounts
        ]

    def debt_of(self, account: MemberId) -> Miles:
        return self.book.ledger.accounts.get(account, Account()).debt

    def clock_of(self, account: MemberId) -> AccountClock:
        found = self.book.ledger.accounts.get(account, Account())
        former = NO_DAY if found.former is None else found.former.deadline
        return AccountClock(found.current.deadline, found.clock_version, former, found.tier)

    def extension_offer(self) -> ExtensionOffer | None:
        return self.book.offer

    def require_unchanged(self) -> None:
        if self.book.block(self.block.number) != self.block:
            raise ChainUnavailable(f"Block {self.block.number} was replaced.")
