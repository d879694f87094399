"""Says what members spend miles on: rewards, and the orders that take miles for them or for a partner's bill.

The redemption desk keeps each for ever under its number; `milepost rewards` and `milepost orders` show them.
Source: contracts/types/Order.sol and IRedemptionDesk, which number and record the same.
"""

from dataclasses import dataclass

from milepost.domain.outcome import Coded
from milepost.domain.quantities import MemberId, Miles, OrderId, RewardId

UNLIMITED = (1 << 32) - 1
"""Stock of a reward that never runs out."""

NO_END = (1 << 40) - 1
"""First unix second at which a reward without an end is no longer offered."""


class OrderKind(Coded):
    """What miles are redeemed for."""

    REWARD = 0
    BILL = 1


class OrderState(Coded):
    """Where an order stands; NONE for a number that was not given out. A bill is fulfilled at once."""

    NONE = 0
    REQUESTED = 1
    FULFILLED = 2
    CANCELLED = 3


@dataclass(frozen=True, slots=True)
class RewardTerms:
    """Units: `stock` what is left, UNLIMITED without end; unix seconds, `until` the first without it."""

    cost: Miles
    stock: int = UNLIMITED
    starts_at: int = 0
    until: int = NO_END
    lowest_tier: int = 0


@dataclass(frozen=True, slots=True)
class Reward:
    """A reward as the desk keeps it; `details` is the hash of its description."""

    reward_id: RewardId
    terms: RewardTerms
    details: bytes


@dataclass(frozen=True, slots=True)
class Order:
    """The record that the desk keeps.

    Shape: `subject` is a reward or a partner, by the kind; `bill` the hash of a bill's reference, else zeros.
    Units: `miles` of all it took; `amount_minor` of a bill, else 0; unix seconds, `decided_at` 0 while it
        is requested.
    """

    order_id: OrderId
    kind: OrderKind
    state: OrderState
    member: MemberId
    subject: int
    miles: Miles
    amount_minor: int
    placed_at: int
    decided_at: int
    draws_hash: bytes
    bill: bytes


@dataclass(frozen=True, slots=True)
class Draw:
    """What an order took of one member: packed lots as the ledger answered them."""

    member: MemberId
    taken: tuple[int, ...]
