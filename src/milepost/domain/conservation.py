"""Holds what flowed into accounts and out of them against what the ledger has: INV-1, to the mile.

Stating the liability counts the flows; each difference is a sentence that names it.
Source: docs/invariants.md INV-1.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from milepost.domain.quantities import MemberId, Miles

_NO_MILES = Miles(0)


class Flow(StrEnum):
    """How miles come into an account or leave it."""

    EARNED = "earned by purchases"
    BY_HAND = "credited by hand"
    BOUGHT = "bought"
    RECEIVED = "received from other accounts"
    REVERSED = "taken back by hand"
    REFUNDED = "taken back for refunds"
    REPAID = "paid of what was owed"
    REDEEMED = "redeemed"
    GIVEN = "given to other accounts"
    WRITTEN_OFF = "written off"
    EXTENDED = "extended"
    """Earned again on another day: they stay in the account."""
    OWED = "left owing by refunds"
    """Spent before they were to come back: no lot had them."""


_COMING = (Flow.EARNED, Flow.BY_HAND, Flow.BOUGHT, Flow.RECEIVED)
_LEAVING = (
    Flow.REVERSED,
    Flow.REFUNDED,
    Flow.REPAID,
    Flow.REDEEMED,
    Flow.GIVEN,
    Flow.WRITTEN_OFF,
)
Flows = Counter[Flow]
"""Miles of an account, or of all, by how they flowed. Redemptions are net of cancelled ones."""


@dataclass(frozen=True, slots=True)
class LedgerTotals:
    """The grand totals of a ledger, in miles over all members; `enrolled` counts members.

    Shape: `reversed` counts miles taken from lots and those left owing; `owed` is what of these is still due.
    """

    enrolled: int
    credited: Miles
    reversed: Miles
    redeemed: Miles
    written_off: Miles
    owed: Miles = _NO_MILES

    @property
    def held(self) -> int:
        """What must stand in lots, live or lapsed."""
        return self.credited + self.owed - self.reversed - self.redeemed - self.written_off


def add_purchase(flows: Flows, *, credited: Miles, paid: Miles, taken: Miles, owed: Miles) -> None:
    """Count what one settled purchase moved: a sale, or what changed one.

    Units: miles; `paid` are those of the credited ones that paid what the member owed.
    """
    flows[Flow.EARNED] += credited
    flows[Flow.REPAID] += paid
    flows[Flow.REFUNDED] += taken
    flows[Flow.OWED] += owed


def left_by(flows: Flows) -> int:
    """What the flows leave in an account."""
    return sum(flows[flow] for flow in _COMING) - sum(flows[flow] for flow in _LEAVING)


def flow_differences(account: MemberId, flows: Flows, *, held: Miles) -> Iterator[str]:
    """Where an account's lots are not what its flows leave."""
    left = left_by(flows)
    if held != left:
        known = ", ".join(f"{flows[flow]} {flow}" for flow in Flow if flows[flow]) or "nothing"
        yield f"Account {account} holds {held} miles in lots, and its flows leave {left}: {known}."


def spendable(live: Miles, *, debt: Miles) -> Miles:
    """A balance: live miles less what is owed, never below 0."""
    return Miles(max(live - debt, 0))


def balance_differences(
    account: MemberId, *, live: Miles, balance: Miles, debt: Miles = _NO_MILES
) -> Iterator[str]:
    """Where an account's balance is not its live lots less what it owes."""
    if balance != spendable(live, debt=debt):
        less = f" less {debt} owed" if debt else ""
        yield f"The balance of account {account} is {balance} miles, and its live lots hold {live}{less}."


def sum_differences(totals: LedgerTotals, flows: Flows, *, held: Miles) -> Iterator[str]:
    """Where the ledger's grand totals are not what its lots and the flows of all accounts add up to."""
    if held != totals.held:
        yield (
            f"All lots hold {held} miles, and the ledger's totals leave {totals.held}: {totals.credited}"
            f" credited, {totals.reversed} taken back, {totals.redeemed} redeemed, {totals.written_off}"
            f" written off{f', {totals.owed} owed' if totals.owed else ''}."
        )
    credited = flows[Flow.EARNED] + flows[Flow.BY_HAND] + flows[Flow.BOUGHT]
    for what, total, found in (
        ("credited", totals.credited, credited),
        ("took back", totals.reversed, flows[Flow.REVERSED] + flows[Flow.REFUNDED] + flows[Flow.OWED]),
        ("is owed", totals.owed, flows[Flow.OWED] - flows[Flow.REPAID]),
        ("redeemed", totals.redeemed, flows[Flow.REDEEMED]),
        ("wrote off", totals.written_off, flows[Flow.WRITTEN_OFF]),
    ):
        if total != found:
            yield f"The ledger {what} {total} miles in all, and store and logs account for {found}."
