"""What the core needs to read a whole ledger, all of it as it stood at one block.

`chain` reads it through a node; stating the liability and explaining statements go by it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from milepost.domain.conservation import Flows, LedgerTotals
from milepost.domain.extending import ExtensionOffer
from milepost.domain.lots import Lot
from milepost.domain.quantities import DayNumber, MemberId, Miles
from milepost.domain.standing_rules import StandingRules
from milepost.ports.chain import Block


@dataclass(frozen=True, slots=True)
class HeldAccount:
    """What an account holds: the balance by the ledger, lots by the lens, lapsed ones included."""

    account: MemberId
    balance: Miles
    lots: tuple[Lot, ...]


@dataclass(frozen=True, slots=True)
class AccountClock:
    """What an account's clock counts from, before any announced act; 0 for none.

    Shape: `clock_version` numbers the rules whose activity moved the deadline last; `former_deadline` is of
        the life that lapsed before this one. `tier` from 0, the lowest.
    """

    deadline: DayNumber
    clock_version: int
    former_deadline: DayNumber
    tier: int


@dataclass(frozen=True, slots=True)
class LedgerHistory:
    """What the ledger's logs say of accounts.

    Shape: `flows` of all that purchases and the adjustment desk did not do; accounts of which nothing is
        known are missing. `heirs` of merged accounts: the one each went into. `tiers` and `segments`, a bit
        set, as last written.
    """

    flows: Mapping[MemberId, Flows]
    heirs: Mapping[MemberId, MemberId]
    tiers: Mapping[MemberId, int]
    segments: Mapping[MemberId, int] = field(default_factory=dict)


class LedgerAtBlock(Protocol):
    """A ledger as it stood at one block. Every method raises ChainUnavailable without an answer."""

    @property
    def block(self) -> Block: ...
    def rules(self) -> StandingRules: ...
    def totals(self) -> LedgerTotals: ...
    def history(self) -> LedgerHistory:
        """Read the ledger's logs from its deployment to the block."""
        ...

    def history_of(self, accounts: Sequence[MemberId]) -> LedgerHistory:
        """What these logs say of some accounts; of others that gave them miles or got some, only that."""
        ...

    def accounts(self, accounts: Sequence[MemberId]) -> list[HeldAccount]:
        """What some accounts hold at the block's time, in the order asked."""
        ...

    def clock_of(self, account: MemberId) -> AccountClock: ...
    def debt_of(self, account: MemberId) -> Miles:
        """Miles that refunds left owing and nothing has paid; the balance is less by them."""
        ...

    def extension_offer(self) -> ExtensionOffer | None:
        """What the shop asks for extending miles; None where no shop is deployed."""
        ...

    def require_unchanged(self) -> None:
        """Raises: ChainUnavailable if the block was replaced since."""
        ...


class LedgerBook(Protocol):
    """Opens a ledger at a block. Every method raises ChainUnavailable without an answer."""

    def at(self, block_number: int) -> LedgerAtBlock: ...
    def newest(self) -> LedgerAtBlock: ...
