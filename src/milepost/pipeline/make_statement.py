"""Puts together what a member is shown: the miles on chain, and the purchases they come from.

Before it settlements were read; after it the member sees every lot, its last day and what earned it.
"""

from collections import Counter
from dataclasses import dataclass
from typing import ClassVar

from milepost.domain.calendar import date_of
from milepost.domain.errors import StoreError
from milepost.domain.lots import Lot
from milepost.domain.purchase import Purchase
from milepost.domain.quantities import DayNumber, Lane, MemberId, Miles, PurchaseNumber, ReportSequence
from milepost.domain.receipt import Settled
from milepost.ports import MemberAccounts, MemberDirectory, ReportState, Store, Work


class MemberUnknown(StoreError):
    """No member has this number, or it was forgotten. Whoever asked checks the number."""

    exit_code: ClassVar[int] = 1

    def __init__(self, number: str) -> None:
        super().__init__(
            f"{number!r} is no member's number: check it, or import the member. A number that was forgotten"
            " or replaced is nobody's."
        )


@dataclass(frozen=True, slots=True)
class StatementLot:
    """A lot as the ledger has it; live through all of its last day."""

    lot: Lot
    is_live: bool


@dataclass(frozen=True, slots=True)
class StatementPurchase:
    """A settled purchase of the member, what it got, and where its report stands."""

    purchase: Purchase
    settled: Settled
    lane: Lane
    sequence: ReportSequence
    number: PurchaseNumber


@dataclass(frozen=True, slots=True)
class Statement:
    """A member's miles at an instant.

    Shape: lots in order of last day, purchases in order of the chain; `differences` are sentences, none when
        the ledger's lots are what the purchases earned. `pending_reports` are on chain and not final yet.
    Units: `at_s` in unix seconds, `day` by the programme's clock; balance and lots by the ledger.
    """

    member_id: MemberId
    at_s: int
    day: DayNumber
    balance: Miles
    lots: tuple[StatementLot, ...]
    purchases: tuple[StatementPurchase, ...]
    pending_reports: int
    differences: tuple[str, ...]

    @property
    def earned(self) -> Miles:
        """All that the purchases credited, lapsed or not."""
        return Miles(sum(_credited(one) for one in self.purchases))


def make_statement(
    number: str, at_s: int, *, store: Store, directory: MemberDirectory, ledger: MemberAccounts
) -> Statement:
    """State what a member has at an instant, for all that has settled until now.

    Shape: purchases later than the instant are shown too, as the ledger counts what settled.
    Raises: MemberUnknown; ChainUnavailable.
    """
    key = directory.key_of(number)
    member_id = directory.ids_of([key]).get(key)
    if member_id is None:
        raise MemberUnknown(number)
    with store.unit_of_work() as work:
        purchases = _purchases(work, member_id)
        pending = len(work.reports.in_states(ReportState.APPLIED))
    day = ledger.day_of(at_s)
    lots = tuple(StatementLot(lot, lot.last_day >= day) for lot in ledger.lots_of(member_id))
    balance = ledger.balance_at(member_id, at_s)
    return Statement(
        member_id=member_id,
        at_s=at_s,
        day=day,
        balance=balance,
        lots=lots,
        purchases=purchases,
        pending_reports=pending,
        differences=tuple(_differences(balance, lots, purchases, day)),
    )


def _purchases(work: Work, member_id: MemberId) -> tuple[StatementPurchase, ...]:
    settled = work.receipts.of_member(member_id)
    purchases = work.purchases.by_ids([one.purchase_id for one in settled])
    reports = {one.content_hash: work.reports.get(one.content_hash) for one in settled}
    found = []
    for one in settled:
        report = reports[one.content_hash]
        assert report is not None, "settled purchases refer to their report"
        purchase = purchases[one.purchase_id].purchase
        found.append(StatementPurchase(purchase, one.settled, report.lane, report.sequence, one.number))
    return tuple(found)


def _differences(
    balance: Miles,
    lots: tuple[StatementLot, ...],
    purchases: tuple[StatementPurchase, ...],
    day: DayNumber,
) -> list[str]:
    """Lapsed lots are not compared: the ledger may have overwritten them."""
    on_chain: Counter[DayNumber] = Counter()
    for one in lots:
        if one.is_live:
            on_chain[one.lot.last_day] += one.lot.miles
    in_store: Counter[DayNumber] = Counter()
    for purchase in purchases:
        if purchase.settled.last_day >= day:
            in_store[purchase.settled.last_day] += _credited(purchase)
    differences = [
        f"The lot that lasts to {date_of(last_day)} holds {on_chain[last_day]} miles on chain, and its"
        f" purchases earned {in_store[last_day]}."
        for last_day in sorted({*on_chain, *in_store})
        if on_chain[last_day] != in_store[last_day]
    ]
    if balance != sum(on_chain.values()):
        differences.append(
            f"The balance on chain is {balance} miles, and the live lots hold {sum(on_chain.values())}."
        )
    return differences


def _credited(one: StatementPurchase) -> int:
    return one.settled.base + one.settled.bonus
