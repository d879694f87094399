"""Compares the lots of some accounts with what is known to have gone into them and out.

A statement hands over what it found; each difference is a sentence for whoever reads the statement.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from milepost.domain.adjustment import AdjustmentKind
from milepost.domain.attribution import HeldLot
from milepost.domain.calendar import date_of
from milepost.domain.conservation import Flow, Flows, flow_differences
from milepost.domain.quantities import DayNumber, MemberId, Miles
from milepost.domain.standing_rules import StandingRules
from milepost.pipeline.explain_lots import RULE_VERSION, explain_lots
from milepost.ports import AppliedLog, LedgerAtBlock, LedgerHistory, SettledLog, SettledPurchase

_Purchases = Sequence[tuple[SettledPurchase, SettledLog]]


def compare_lots(
    accounts: Sequence[MemberId],
    lots: Sequence[HeldLot],
    *,
    purchases: _Purchases,
    adjustments: Sequence[AppliedLog],
    book: LedgerAtBlock,
    since: DayNumber,
) -> list[str]:
    """Compare by lot where each lapses on its own day and nothing but these moved miles; else by account.

    Shape: lots that lapsed before the day `since` are not compared by lot: anyone may have them written off.
    """
    rules, history = book.rules(), book.history_of(accounts)
    if _is_replayable(rules, history, accounts, adjustments):
        return [*_lot_differences(accounts, lots, purchases, adjustments, rules, since)]
    return [*_account_differences(accounts, lots, purchases, adjustments, history)]


def _is_replayable(
    rules: StandingRules,
    history: LedgerHistory,
    accounts: Sequence[MemberId],
    adjustments: Sequence[AppliedLog],
) -> bool:
    only = rules.versions[0]
    if len(rules.versions) > 1 or rules.acts or only.lot is None or only.account is not None:
        return False
    moved = sum((history.flows.get(account, Counter()) for account in accounts), Counter[Flow]())
    merged = sum(log.adjustment.miles for log in adjustments if log.adjustment.kind is AdjustmentKind.MERGE)
    others = (Flow.REDEEMED, Flow.BOUGHT, Flow.EXTENDED)
    return not any(moved[flow] for flow in others) and moved[Flow.GIVEN] <= merged >= moved[Flow.RECEIVED]


def _lot_differences(
    accounts: Sequence[MemberId],
    lots: Sequence[HeldLot],
    purchases: _Purchases,
    adjustments: Sequence[AppliedLog],
    rules: StandingRules,
    since: DayNumber,
) -> Iterator[str]:
    explained = explain_lots(purchases, adjustments, day_of=rules.day_of)
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
                flows[Flow.EARNED] += one.settled.base + one.settled.bonus
        for log in adjustments:
            # A merge is in the ledger's own logs.
            if log.adjustment.member == account and log.adjustment.kind is not AdjustmentKind.MERGE:
                is_credit = log.adjustment.kind is AdjustmentKind.CREDIT
                flows[Flow.BY_HAND if is_credit else Flow.REVERSED] += log.adjustment.miles
        held = Miles(sum(one.lot.miles for one in lots if one.account == account))
        yield from flow_differences(account, flows, held=held)
