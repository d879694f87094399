"""The award by hand-worked cases, and its promises on random input."""

from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.domain.accrual import Books, EarnTerms, Judged, PromotionState, settle
from milepost.domain.outcome import Cut, Outcome
from milepost.domain.partner import EarnRate
from milepost.domain.promotion_terms import OutletMask
from milepost.domain.purchase import PurchaseKind
from milepost.domain.receipt import MOST_BASE, MOST_DESIRED, Grant, Settled
from milepost.domain.report import Entry, Report, Section
from tests.support.promotions import OPENING, OPENING_DAY, a_promotion, some_books
from tests.support.purchases import an_entry

LAST_DAY = OPENING_DAY + 1096
"""36 months after the opening day, by day."""


def _settle(books: Books, *entries: Entry, base_time: int = OPENING, now_s: int = OPENING) -> list[Judged]:
    return settle(Report(0, 1, (Section(1, 1, base_time, entries),)), books, now_s=now_s)


def _settle_one(books: Books, now_s: int = OPENING, **changes: Any) -> Settled:
    return _settle(books, an_entry(**changes), now_s=now_s)[0].settled


@pytest.mark.parametrize(("eligible", "base"), [(0, 0), (399, 0), (400, 1), (60_000, 150), (61_599, 153)])
def test_settle__no_promotion__credits_base_rounded_down(eligible: int, base: int) -> None:
    books = some_books()
    assert _settle_one(books, eligible_minor=eligible) == Settled(Outcome.CREDITED, base, LAST_DAY)
    assert books.ledger.balance_on(1, LAST_DAY) == base


def test_settle__base_beyond_its_field__is_cut_to_the_most() -> None:
    books = some_books()
    books.partners[1].earn = EarnRate(65_535, 1)
    assert _settle_one(books, eligible_minor=(1 << 40) - 1).base == MOST_BASE


def test_settle__putiens_bill_of_600__doubles_to_one_mile_a_dollar() -> None:
    """PUTIEN x Asia Miles: from HKD 600, four times the base of a mile for HKD 4."""
    books = some_books(a_promotion(multiple_bps=40_000, minimum=60_000))
    settled = [_settle_one(books, eligible_minor=eligible) for eligible in (60_000, 59_999, 61_600)]
    assert [one.base + one.bonus for one in settled] == [600, 149, 616]


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"kind": PurchaseKind.REFUND, "member": 0}, Outcome.UNPROVEN),
        ({"outlet": 3, "member": 0}, Outcome.UNKNOWN_OUTLET),
        ({"member": 0}, Outcome.UNKNOWN_MEMBER),
        ({"member": 101}, Outcome.UNKNOWN_MEMBER),
        ({"member": 100}, Outcome.CREDITED),
        ({"member": 9}, Outcome.CLOSED_ACCOUNT),
        ({"seconds": 600}, Outcome.CREDITED),
        ({"seconds": 601, "member": 0}, Outcome.IN_FUTURE),
    ],
)
def test_settle__purchase_refused__credits_and_uses_up_nothing(
    changes: dict[str, Any], outcome: Outcome
) -> None:
    books = some_books(a_promotion(budget=1000), available=1000)
    books.ledger.closed.add(9)
    before = deepcopy(books)
    settled = _settle_one(books, **changes)
    assert settled.outcome is outcome
    if outcome is not Outcome.CREDITED:
        before.issued = books.issued
        assert (settled, books) == (Settled(outcome, 0, 0), before)


def test_settle__suspended_partner__comes_before_outlet_and_age() -> None:
    books = some_books()
    books.partners[1].is_suspended = True
    assert _settle_one(books, outlet=9, now_s=OPENING + 10**9).outcome is Outcome.SUSPENDED_PARTNER
    assert _settle_one(books, kind=PurchaseKind.VOID).outcome is Outcome.UNPROVEN


@pytest.mark.parametrize(("late_s", "outcome"), [(0, Outcome.CREDITED), (1, Outcome.TOO_OLD)])
def test_settle__exactly_oldest_days__is_accepted(late_s: int, outcome: Outcome) -> None:
    assert _settle_one(some_books(), now_s=OPENING + 90 * 86_400 + late_s).outcome is outcome


def test_settle__lot_lapsed_already__is_lot_void() -> None:
    books = some_books()
    books.accept = replace(books.accept, oldest_days=2000)
    # The programme's day after the last valid one begins eight hours before that of UTC.
    first_void_s = OPENING + 1097 * 86_400 - 8 * 3600
    assert _settle_one(books, now_s=first_void_s - 1).outcome is Outcome.CREDITED
    assert _settle_one(books, now_s=first_void_s).outcome is Outcome.LOT_VOID


@pytest.mark.parametrize(
    ("terms", "changes", "is_met"),
    [
        ({"first_day": OPENING_DAY}, {}, True),
        ({"first_day": OPENING_DAY + 1}, {}, False),
        ({"last_day": OPENING_DAY}, {}, True),
        ({"last_day": OPENING_DAY}, {"seconds": 16 * 3600 - 1}, True),
        ({"last_day": OPENING_DAY}, {"seconds": 16 * 3600}, False),
        ({"weekdays": 0b0000001}, {}, True),
        ({"weekdays": 0b1111110}, {}, False),
        ({"weekdays": 0b0000010}, {"seconds": 16 * 3600}, True),
        ({"from_minute": 480, "until_minute": 481}, {}, True),
        ({"from_minute": 481}, {}, False),
        ({"until_minute": 480}, {}, False),
        ({"from_minute": 1320, "until_minute": 481}, {}, True),
        ({"from_minute": 1320, "until_minute": 480}, {}, False),
        ({"from_minute": 480, "until_minute": 60}, {}, True),
        ({"minimum": 10_000}, {}, True),
        ({"minimum": 10_001}, {}, False),
        ({"outlets": (OutletMask(1, 0b101),)}, {"outlet": 2}, True),
        ({"outlets": (OutletMask(1, 0b101),)}, {"outlet": 1}, False),
        ({"outlets": (OutletMask(2, 0),)}, {}, True),
        ({"outlets": (OutletMask(2, 1),), "listed": True}, {}, False),
        ({"outlets": (OutletMask(1, 1),), "listed": True}, {}, True),
    ],
)
def test_settle__terms_met_or_not__decides_the_bonus(terms: dict, changes: dict, is_met: bool) -> None:
    """The outlet's clock stands at Monday 08:00 when the opening second passes."""
    books = some_books(a_promotion(**terms))
    now_s = OPENING + changes.get("seconds", 0)
    assert _settle_one(books, now_s=now_s, **changes).bonus == (100 if is_met else 0)


@pytest.mark.parametrize(("stop_at", "bonus"), [(OPENING + 1, 100), (OPENING, 0)])
def test_settle__stopped_promotion__counts_purchases_before_its_end(stop_at: int, bonus: int) -> None:
    promotion = a_promotion()
    promotion.stop_at = stop_at
    assert _settle_one(some_books(promotion)).bonus == bonus


def test_settle__offset_choice__picks_the_outlets_clock() -> None:
    books = some_books(a_promotion(last_day=OPENING_DAY))
    books.partners[1].offsets = ((-20, 36),)
    assert [_settle_one(books, seconds=0, offset_choice=choice).bonus for choice in (0, 1)] == [100, 100]
    late = {"seconds": 15 * 3600, "now_s": OPENING + 15 * 3600}
    assert [_settle_one(books, offset_choice=choice, **late).bonus for choice in (0, 1)] == [100, 0]


def test_settle__same_member_three_times__limit_is_used_up() -> None:
    books = some_books(a_promotion(per_member=250))
    judged = _settle(books, *[an_entry()] * 4, an_entry(member=2))
    grants = [one.settled.grants[0] for one in judged]
    assert [(grant.granted, grant.cut) for grant in grants] == [
        (100, Cut.NONE),
        (100, Cut.NONE),
        (50, Cut.PER_MEMBER),
        (0, Cut.PER_MEMBER),
        (100, Cut.NONE),
    ]
    assert [books.promotions[1].granted_to(member) for member in (1, 2, 3)] == [250, 100, 0]
    assert (books.promotions[1].granted, books.promotions[1].awards) == (350, 4)


def test_settle__budget_shared_by_partners__later_section_gets_what_is_left() -> None:
    books = some_books(a_promotion(budget=150))
    books.partners[2] = EarnTerms(EarnRate(1, 100), ((32, 32),), promotions=(1,))
    report = Report(0, 1, tuple(Section(partner, 1, OPENING, (an_entry(),)) for partner in (1, 2)))
    first, second = (judged.settled for judged in settle(report, books, now_s=OPENING))
    assert (first.base, first.grants) == (25, (Grant(1, Cut.NONE, 100, 100),))
    assert (second.base, second.grants) == (100, (Grant(1, Cut.BUDGET, 100, 50),))
    assert books.promotions[1].budget_left == 0
    assert books.ledger.balance_on(1, LAST_DAY) == 275


@pytest.mark.parametrize(("budget", "cut"), [(40, Cut.PER_MEMBER), (39, Cut.BUDGET), (None, Cut.PER_MEMBER)])
def test_settle__two_limits__the_one_that_leaves_least_is_named(budget: int | None, cut: Cut) -> None:
    settled = _settle_one(some_books(a_promotion(per_member=40, budget=budget)))
    assert settled.grants[0].cut is cut


def test_settle__exclusive_group__most_room_wins_and_losers_consume_nothing() -> None:
    books = some_books(
        a_promotion(group=5, fixed_miles=300, budget=90),
        a_promotion(group=5, fixed_miles=200, per_member=1000),
        a_promotion(group=5, fixed_miles=200),
        a_promotion(fixed_miles=7),
    )
    judged = _settle(books, an_entry())[0]
    assert judged.settled.grants == (Grant(2, Cut.NONE, 200, 200), Grant(4, Cut.NONE, 7, 7))
    assert judged.losers == (Grant(1, Cut.GROUP, 300, 0), Grant(3, Cut.GROUP, 200, 0))
    assert [state.granted for state in books.promotions.values()] == [0, 200, 0, 7]
    assert [state.awards for state in books.promotions.values()] == [0, 1, 0, 1]


def test_settle__group_around_another_promotion__is_paid_in_the_order_of_the_set() -> None:
    """Ids 1 and 3 form a group: its winner comes before 2 even if 1 does not apply."""
    books = some_books(
        a_promotion(group=5, minimum=1 << 39), a_promotion(), a_promotion(group=5), available=150
    )
    settled = _settle_one(books)
    assert settled.grants == (Grant(3, Cut.NONE, 100, 100), Grant(2, Cut.PREPAID, 100, 25))


def test_settle__reward_beyond_its_field__is_cut_to_the_most() -> None:
    books = some_books(a_promotion(multiple_bps=1_000_000))
    books.partners[1].earn = EarnRate(100, 1)
    assert _settle_one(books).grants == (Grant(1, Cut.NONE, MOST_DESIRED, MOST_DESIRED),)


def test_settle__multiple_that_adds_nothing__does_not_keep_a_cut_promotion_out() -> None:
    """Both have no room, and the lower id desires nothing: the receipt shows what the other was cut to."""
    books = some_books(a_promotion(multiple_bps=10_001, group=3), a_promotion(group=3, budget=0))
    assert _settle_one(books).grants == (Grant(2, Cut.BUDGET, 100, 0),)


def test_settle__multiple_that_adds_nothing__stands_in_no_receipt() -> None:
    books = some_books(a_promotion(multiple_bps=10_001))
    assert _settle_one(books).grants == ()


@pytest.mark.parametrize(
    ("available", "outcome", "base", "grants"),
    [
        (225, Outcome.CREDITED, 25, ((100, Cut.NONE), (100, Cut.NONE))),
        (224, Outcome.CUT_BY_PREPAID, 25, ((100, Cut.NONE), (99, Cut.PREPAID))),
        (60, Outcome.CUT_BY_PREPAID, 25, ((35, Cut.PREPAID), (0, Cut.PREPAID))),
        (25, Outcome.CUT_BY_PREPAID, 25, ((0, Cut.PREPAID), (0, Cut.PREPAID))),
        (24, Outcome.CUT_BY_PREPAID, 24, ((0, Cut.PREPAID), (0, Cut.PREPAID))),
        (0, Outcome.CUT_BY_PREPAID, 0, ((0, Cut.PREPAID), (0, Cut.PREPAID))),
    ],
)
def test_settle__too_few_prepaid_miles__base_first(
    available: int, outcome: Outcome, base: int, grants: tuple
) -> None:
    books = some_books(a_promotion(), a_promotion(), available=available)
    settled = _settle_one(books)
    assert (settled.outcome, settled.base, settled.last_day) == (outcome, base, LAST_DAY)
    assert tuple((grant.granted, grant.cut) for grant in settled.grants) == grants
    assert books.partners[1].available == max(available - 225, 0)


def test_settle__prepaid_and_budget_leave_the_same__budget_is_named() -> None:
    """On ties the earlier limit of the list stands, so prepaid miles cut nothing here."""
    settled = _settle_one(some_books(a_promotion(budget=40), available=65))
    assert (settled.outcome, settled.grants) == (Outcome.CREDITED, (Grant(1, Cut.BUDGET, 100, 40),))


def _states() -> st.SearchStrategy[PromotionState]:
    return st.builds(
        lambda is_multiple, reward, **terms: a_promotion(
            **terms, **({"multiple_bps": 10_000 + reward * 50} if is_multiple else {"fixed_miles": reward})
        ),
        st.booleans(),
        st.integers(1, 1000),
        budget=st.none() | st.integers(0, 2000),
        per_member=st.just(0) | st.integers(1, 600),
        group=st.integers(0, 2),
        minimum=st.sampled_from([0, 20_000]),
        weekdays=st.sampled_from([127, 1, 126]),
    )


entries = st.builds(
    lambda member, eligible, outlet: an_entry(member=member, eligible_minor=eligible, outlet=outlet),
    st.integers(0, 4),
    st.integers(0, 100_000),
    st.integers(0, 3),
)


@given(
    st.lists(_states(), max_size=4),
    st.none() | st.integers(0, 3000),
    st.lists(st.lists(entries, min_size=1, max_size=6), min_size=1, max_size=3),
)
def test_settle__random_reports__keep_every_limit(
    states: list[PromotionState], available: int | None, sections: list[list[Entry]]
) -> None:
    books = some_books(*deepcopy(states), available=available)
    for partner in range(2, len(sections) + 1):
        books.partners[partner] = deepcopy(books.partners[1])
    report = Report(
        0,
        1,
        tuple(Section(partner, 1, OPENING, tuple(rows)) for partner, rows in enumerate(sections, start=1)),
    )
    judged = settle(report, books, now_s=OPENING)
    settled = [one.settled for one in judged]

    for number, state in books.promotions.items():
        grants = [grant for one in settled for grant in one.grants if grant.promotion_id == number]
        assert sum(grant.granted for grant in grants) == state.granted <= state.budget
        assert sum(grant.granted > 0 for grant in grants) == state.awards
        assert not state.terms.per_member or all(
            one.granted <= state.terms.per_member for one in state.progress.values()
        )
    position = 0
    for section in report.sections:
        paid = sum(one.base + one.bonus for one in settled[position : position + len(section.entries)])
        left = books.partners[section.partner_id].available
        assert available is None if left is None else (paid + left == available and left >= 0)
        position += len(section.entries)
    for one in judged:
        _check_one(one, books)
    assert books.ledger.credited == sum(one.base + one.bonus for one in settled)


def _check_one(one: Judged, books: Books) -> None:
    settled = one.settled
    ids = [grant.promotion_id for grant in settled.grants]
    groups = {i: state.terms.group or -i for i, state in books.promotions.items()}
    firsts = [min(i for i, group in groups.items() if group == groups[winner]) for winner in ids]
    assert firsts == sorted(set(firsts)) and len(ids) == len(firsts)
    assert not set(ids) & {loser.promotion_id for loser in one.losers}
    for grant in settled.grants:
        assert 0 <= grant.granted <= grant.desired > 0
        assert (grant.cut is Cut.NONE) == (grant.granted == grant.desired)
    if not settled.outcome.is_credited:
        assert one == Judged(Settled(settled.outcome, 0, 0))
    cut_by_prepaid = any(grant.cut is Cut.PREPAID for grant in settled.grants)
    if settled.outcome is Outcome.CREDITED:
        assert not cut_by_prepaid


@given(st.lists(_states(), min_size=1, max_size=4), st.lists(entries, min_size=1, max_size=8))
def test_settle__one_report_or_one_a_purchase__is_the_same(
    states: list[PromotionState], rows: list[Entry]
) -> None:
    """Each purchase is judged on the state the one before left."""
    together, apart = (some_books(*deepcopy(states), available=2000) for _ in range(2))
    singly = [
        settle(Report(0, number, (Section(1, number, OPENING, (row,)),)), apart, now_s=OPENING)[0]
        for number, row in enumerate(rows, start=1)
    ]
    assert _settle(together, *rows) == singly
    assert together == apart
