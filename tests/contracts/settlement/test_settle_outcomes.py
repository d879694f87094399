"""settle: a purchase that cannot be credited gets an outcome of its own, its neighbours settle as if alone.

given the programme's state named in the case
  when a report carries the purchase between two good ones
    then it gets the outcome, 0 miles, last day 0, no grants; nothing of it is charged, granted or credited
    and both neighbours are credited in full
  when the purchase lies exactly at an edge of time
    then it is credited, and a second further it is refused
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from milepost.domain.outcome import Outcome
from milepost.domain.purchase import PurchaseKind
from milepost.domain.receipt import Settled
from tests.support.contract_programme import (
    AHEAD_MINUTES,
    MEMBERS,
    OLDEST_DAYS,
    OPEN_PARTNER,
    PREPAID_MILES,
    PREPAID_PARTNER,
    Programme,
    open_terms,
)
from tests.support.purchases import an_entry

GOOD = (an_entry(member=50), an_entry(member=51))


@dataclass(frozen=True, slots=True)
class Case:
    outcome: Outcome
    entry: dict[str, Any] = field(default_factory=dict)
    prepare: Callable[[Programme], None] = lambda programme: None


def close_1(programme: Programme) -> None:
    programme.ledger.close(1, sender=programme.manager)


REFUSED = [
    Case(Outcome.UNKNOWN_MEMBER, {"member": 0}),
    Case(Outcome.UNKNOWN_MEMBER, {"member": MEMBERS + 1}),
    Case(Outcome.UNKNOWN_MEMBER, {"member": 2**40 - 1}),
    Case(Outcome.CLOSED_ACCOUNT, {}, close_1),
    Case(Outcome.UNKNOWN_OUTLET, {"outlet": 3}),
    Case(Outcome.UNKNOWN_OUTLET, {"outlet": 16}),
    Case(Outcome.UNKNOWN_OUTLET, {"outlet": 4095}),
    Case(Outcome.UNPROVEN, {"kind": PurchaseKind.AMEND}),
    Case(Outcome.UNPROVEN, {"kind": PurchaseKind.REFUND}),
    Case(Outcome.UNPROVEN, {"kind": PurchaseKind.VOID}),
    # The first that applies stands, in the order of docs/report-format.md.
    Case(Outcome.UNPROVEN, {"kind": PurchaseKind.VOID, "outlet": 9, "member": 0}),
    Case(Outcome.UNKNOWN_OUTLET, {"outlet": 9, "member": 0}),
]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: f"{case.outcome.code}-{case.entry}")
def test_settle__one_purchase_refused__neighbours_are_credited(programme: Programme, case: Case) -> None:
    case.prepare(programme)
    before = programme.ledger.accountWord(case.entry.get("member", 1))
    bad, good = an_entry(**{"member": 1, **case.entry}), GOOD
    report = programme.a_report(programme.a_section(good[0], bad, good[1]))
    programme.settlement.check(report, programme.sign(report))
    results = programme.settle_bytes(report).results
    assert results[1] == Settled(case.outcome, 0, 0)
    assert [one.outcome for one in (results[0], results[2])] == [Outcome.CREDITED] * 2
    assert [programme.ledger.balanceAt(member, programme.now) for member in (50, 51)] == [25, 25]
    assert programme.ledger.accountWord(case.entry.get("member", 1)) == before
    assert programme.ledger.totals().credited == 50
    assert programme.registry.partnerOf(OPEN_PARTNER).lastNumber == 3


def test_settle__nothing_changed_but_the_case__is_credited(programme: Programme) -> None:
    """The control of the cases above."""
    assert [one.base for one in programme.award(GOOD[0], an_entry(), GOOD[1])] == [25, 25, 25]


def test_settle__suspended_partner__its_section_alone_is_refused(programme: Programme) -> None:
    programme.registry.setSuspended(PREPAID_PARTNER, True, sender=programme.manager)
    results = programme.settle(
        programme.a_section(),
        programme.a_section(an_entry(), an_entry(outlet=99), partner=PREPAID_PARTNER),
    ).results
    assert [one.outcome for one in results] == [Outcome.CREDITED, *[Outcome.SUSPENDED_PARTNER] * 2]
    partner = programme.registry.partnerOf(PREPAID_PARTNER)
    assert (partner.lastNumber, partner.available) == (2, PREPAID_MILES)
    programme.registry.setSuspended(PREPAID_PARTNER, False, sender=programme.manager)
    assert programme.award(an_entry(), partner=PREPAID_PARTNER)[0].outcome is Outcome.CREDITED


def at_the_second(programme: Programme, occurred_at_s: int, settled_at_s: int) -> Outcome:
    """What becomes of one purchase in a block of exactly that date."""
    report = programme.a_report(programme.a_section(an_entry(seconds=0), base_time=occurred_at_s))
    signatures = programme.sign(report)
    programme.chain.pending_timestamp = settled_at_s
    done = programme.settle_bytes(report, signatures)
    assert done.tx.timestamp == settled_at_s
    return done.results[0].outcome


@pytest.mark.parametrize(("late_s", "outcome"), [(0, Outcome.CREDITED), (1, Outcome.TOO_OLD)])
def test_settle__oldest_days_to_the_second__is_the_edge(
    programme: Programme, late_s: int, outcome: Outcome
) -> None:
    occurred = programme.now
    assert at_the_second(programme, occurred, occurred + OLDEST_DAYS * 86_400 + late_s) is outcome


@pytest.mark.parametrize(("late_s", "outcome"), [(0, Outcome.CREDITED), (1, Outcome.IN_FUTURE)])
def test_settle__ahead_minutes_to_the_second__is_the_edge(
    programme: Programme, late_s: int, outcome: Outcome
) -> None:
    settled = programme.now + 100
    assert at_the_second(programme, settled + AHEAD_MINUTES * 60 + late_s, settled) is outcome


def test_settle__too_old_and_in_future__neighbours_are_credited(programme: Programme) -> None:
    """Three entries of one section, 91 days behind, now, and an hour ahead."""
    base = programme.now - 91 * 86_400
    offsets = (0, 91 * 86_400, 91 * 86_400 + 3_600)
    results = programme.award(*(an_entry(seconds=s) for s in offsets), base_time=base)
    assert [one.outcome for one in results] == [Outcome.TOO_OLD, Outcome.CREDITED, Outcome.IN_FUTURE]


@pytest.mark.parametrize(
    ("available", "bases"), [(75, [25, 25, 25]), (74, [25, 25, 24]), (30, [25, 5, 0]), (0, [0, 0, 0])]
)
def test_settle__prepaid_miles_run_out__cuts_from_there_on(
    programme: Programme, available: int, bases: list[int]
) -> None:
    programme.registry.register(1, 400, 1, available, sender=programme.manager)
    programme.registry.addOutlets(4, [(0, 0)], sender=programme.manager)
    results = programme.award(*[an_entry()] * 3, partner=4)
    assert [one.base for one in results] == bases
    assert [one.outcome is Outcome.CUT_BY_PREPAID for one in results] == [base < 25 for base in bases]
    assert programme.registry.partnerOf(4).available == max(available - 75, 0)


def test_settle__refused_purchase__takes_nothing_from_promotions(programme: Programme) -> None:
    promotion = programme.publish(open_terms(programme.now, per_member=1_000), budget=150)
    programme.offer(OPEN_PARTNER, promotion)
    programme.move_to(programme.now + 20 * 86_400)
    results = programme.award(an_entry(member=0), an_entry(outlet=9), an_entry(), an_entry())
    assert [one.bonus for one in results] == [0, 0, 100, 50]
    assert programme.book.budgetOf(promotion).granted == 150
    assert [programme.book.progressOf(promotion, member).granted for member in (0, 1)] == [0, 150]
