"""Compares the lots of some accounts with what is known to have gone into them and out.

A statement hands over what it found; each difference is a sentence for whoever reads the statement.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from milepost.domain.adjustment import AdjustmentKind
from milepost.domain.attribution import HeldLot
from milepost.domain.calendar import date_of
from milepost.domain.conservation import Flow, Flows, add_purchase, flow_differences
from milepost.domain.quantities import DayNumber, MemberId, Miles
from milepost.domain.standing_rules import StandingRules
from milepost.pipeline.explain_lots import RULE_VERSION, explain_lots
from milepost.ports import AppliedLog, LedgerAtBlock, LedgerHistory, SettledLog, SettledPurchase

_Purchases = Sequence[tuple[SettledPurchase, SettledLog]]


@dataclass(frozen=True, slots=True)
class ComparedLots:
    """What the comparison found.

    Shape: `differences` are sentences. `beside` is what moved miles of these accounts beside purchases,
        adjustments by hand and merges, positive amounts alone.
    """

    differences: tuple[str, ...]
    beside: Flows


def compare_lots(
    accounts: Sequence[MemberId],
    lots: Sequence[HeldLot],
    *,
    purchases: _Purchases,
    adjustments: Sequence[AppliedLog],
    book: LedgerAtBlock,
    since: DayNumber,
    time_of: Callable[[int], int],
) -> ComparedLots:
    """Compare by lot where each lapses on its own day and nothing but these moved miles; else by account.

    Shape: lots that lapsed before the day `since` are not compared by lot: anyone may have them written off.
        `time_of` gives the unix second of a block.
    """
    rules, history = book.rules(), book.history_of(accounts)
    beside = _beside(history, accounts, adjustments)
    only = rules.versions[0]
    is_plain = len(rules.versions) == 1 and only.lot is not None and only.account is None and not rules.acts
    if is_plain and not set(beside) - {Flow.WRITTEN_OFF}:
        found = _lot_differences(accounts, lots, purchases, adjustments, rules, since, time_of)
    else:
        found = _account_differences(accounts, lots, purchases, adjustments, history)
    return ComparedLots(tuple(found), beside)


def _beside(history: LedgerHistory, accounts: Sequence[MemberId], adjustments: Sequence[AppliedLog]) -> Flows:
    moved: Flows = sum((history.flows.get(account, Counter()) for account in accounts), Counter())
    for log in adjustments:
        if log.adjustment.kind is AdjustmentKind.MERGE:
            for flow, account in ((Flow.GIVEN, log.adjustment.member), (Flow.RECEIVED, log.adjustment.into)):
                moved[flow] -= log.adjustment.miles if account in accounts else 0
    # Leaves out what is not positive.
    return +moved


def _lot_differences(
    accounts: Sequence[MemberId],
    lots: Sequence[HeldLot],
    purchases: _Purchases,
    adjustments: Sequence[AppliedLog],
    rules: StandingRules,
    since: DayNumber,
    time_of: Callable[[int], int],
) -> Iterator[str]:
    explained = explain_lots(purchases, adjustments, day_of=rules.day_of, time_of=time_of)
    yield from explained.differences
    on_chain = {(one.account, one.lot.last_day, one.lot.version): one.lot.miles for one in lots}
    known = {
        (account, *bucket): miles
        for account in accounts
        for bucket, miles in explained.accounts.get(account, {}).items()
    }
    for account, last_day, version in sorted({*on_chain, *known}):
        place = (account, last_day, version)
        held, left = on_chain.get(place, 0), known.get(place, 0)
        if last_day >= since and held != left:
            where = f" of account {account}" if len(accounts) > 1 else ""
            rule = f" under rule {version}" if version != RULE_VERSION else ""
            yield (
                f"The lot{where} that lasts to {date_of(last_day)}{rule} holds {held} miles on chain, and its"
                f" purchases and adjustments leave {left}."
            )


def _account_differences(
    accounts: Sequence[MemberId],
    lots: Sequence[HeldLot],
    purchases: _Purchases,
    adjustments: Sequence[AppliedLog],
    history: LedgerHistory,
) -> Iterator[str]:
    for account in accounts:
        flows: Flows = Counter(history.flows.get(account, {}))
        for one, _ in purchases:
            if one.member_id == account:
                add_purchase(
                    flows,
                    credited=one.settled.credited,
                    paid=one.settled.debt_offset,
                    taken=one.taken,
                    owed=one.owed,
                )
        for log in adjustments:
            # A merge is in the ledger's own logs.
            if log.adjustment.member == account and log.adjustment.kind is not AdjustmentKind.MERGE:
                is_credit = log.adjustment.kind is AdjustmentKind.CREDIT
                flows[Flow.BY_HAND if is_credit else Flow.REVERSED] += log.adjustment.miles
        held = Miles(sum(one.lot.miles for one in lots if one.account == account))
        yield from flow_differences(account, flows, held=held)
