"""What a changed bill leaves of each promotion, and gives back: worked by hand, then on random input."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.domain.books import Books
from milepost.domain.outcome import Cut, Outcome
from milepost.domain.progress import PromotionState
from milepost.domain.promotion_terms import RewardKind
from milepost.domain.receipt import Grant, Settled
from tests.support.promotions import a_promotion, some_books
from tests.support.till import DAY_S, Till, a_table, per_step, visits

SPEND, OUTLETS, BANDS = RewardKind.WINDOW_SPEND, RewardKind.WINDOW_OUTLETS, RewardKind.BANDS
WINTER = a_table(SPEND, (250_000, 500), (1_000_000, 2_000), (3_000_000, 4_000))


def _till(*promotions: PromotionState, available: int | None = None) -> Till:
    return Till(some_books(*promotions, available=available))


def _granted(settled: Settled) -> list[int]:
    return [grant.granted for grant in settled.grants]


@pytest.mark.parametrize(
    ("terms", "refunded", "granted"),
    [
        ({"multiple_bps": 30_000}, 10_000, 150),
        (per_step(), 1, 399),
        ({}, 39_999, 100),
        ({"minimum": 30_000}, 10_000, 100),
        ({"minimum": 30_000}, 10_001, 0),
        (a_table(BANDS, (10_000, 10), (40_000, 90)), 1, 10),
        (a_table(BANDS, (10_000, 10), (40_000, 90)), 30_001, 0),
        ({}, 40_000, 0),
    ],
)
def test_judge_again__a_part_refunded__leaves_what_the_terms_give_on_the_rest(
    terms: dict[str, Any], refunded: int, granted: int
) -> None:
    state = a_promotion(budget=1_000, **terms)
    till = _till(state)
    before = till.sell("a").settled
    after = till.refund("a", refunded)
    assert _granted(after) == [granted]
    assert after.returned == before.credited - after.base - granted
    assert (state.granted, state.granted_to(1), state.awards) == (granted, granted, int(granted > 0))


def test_judge_again__a_grant_that_was_cut__stays_while_the_rest_gives_as_much() -> None:
    till = _till(a_promotion(**per_step(), per_member=50))
    till.sell("a")
    assert till.refund("a", 20_000).grants == (Grant(1, Cut.PER_MEMBER, 200, 50),)
    assert till.refund("a", 15_100).grants == (Grant(1, Cut.NONE, 49, 49),)


def test_judge_again__losers_and_unmatched__never_come_in() -> None:
    """The bill falls below the winner's minimum: what lost to it stays out."""
    till = _till(a_promotion(group=4, minimum=40_000, fixed_miles=200), a_promotion(group=4))
    till.sell("a")
    assert till.refund("a", 1).grants == (Grant(1, Cut.NONE, 0, 0),)


def test_judge_again__what_comes_back__serves_later_bills_only() -> None:
    till = _till(a_promotion(budget=150))
    till.sell("a")
    till.sell("b", member=2)
    till.refund("a", 40_000)
    newest = till.newest("b").receipt
    assert newest is not None and _granted(newest.settled) == [50]
    assert till.sell("c", member=3).settled.grants == (Grant(1, Cut.NONE, 100, 100),)
    assert till.sell("d", member=4).settled.grants == (Grant(1, Cut.BUDGET, 100, 0),)


def test_judge_again__prepaid_miles__come_back_but_not_those_of_a_pot() -> None:
    till = _till(a_promotion(), a_promotion(funded=True, budget=60), available=1_000)
    till.sell("a")
    assert till.books.partners[1].available == 800
    till.refund("a", 40_000)
    assert till.books.partners[1].available == 1_000
    assert till.books.promotions[2].budget_left == 60


@pytest.mark.parametrize("limit", ["per_member", "per_member_day", "per_outlet"])
def test_judge_again__a_full_refund__gives_limits_back(limit: str) -> None:
    till = _till(a_promotion(**{limit: 150}))
    till.sell("a")
    till.void("a")
    assert _granted(till.sell("b").settled) == [100]


@pytest.mark.parametrize("limit", ["awards_per_member", "awards_per_member_day", "awards"])
def test_judge_again__a_grant_of_nothing_left__is_no_award(limit: str) -> None:
    till = _till(a_promotion(minimum=30_000, **{limit: 1}))
    till.sell("a")
    till.refund("a", 10_001)
    assert _granted(till.sell("b").settled) == [100]


def test_judge_again__first_members__keep_their_place() -> None:
    till = _till(a_promotion(first=1))
    till.sell("a")
    till.void("a")
    assert till.sell("b", member=2).settled.grants == (Grant(1, Cut.FIRST, 100, 0),)
    assert _granted(till.sell("c").settled) == [100]


def test_judge_again__a_day_that_is_over__gives_nothing_back_to_the_kept_one() -> None:
    till = _till(a_promotion(per_member_day=150))
    till.sell("a")
    till.sell("b", after=DAY_S)
    till.void("a")
    assert _granted(till.sell("c", after=DAY_S).settled) == [50]


# ------------------------------------------------------------ windows


def test_judge_again__winter_2017__10_000_less_one_leaves_500_of_2_000() -> None:
    till = _till(a_promotion(**WINTER))
    assert _granted(till.sell("a", 1_000_000).settled) == [2_000]
    refunded = till.refund("a", 100)
    assert (refunded.grants, refunded.counted) == ((Grant(1, Cut.NONE, 500, 500),), 1)
    assert refunded.returned == 1_500 + 1


def test_judge_again__a_window_sum__takes_back_what_another_bill_was_granted() -> None:
    """The first was granted nothing; without it the sum no longer reaches what the second was granted."""
    till = _till(a_promotion(**WINTER))
    assert till.sell("a", 200_000).settled.grants == ()
    assert _granted(till.sell("b", 100_000).settled) == [500]
    refunded = till.void("a")
    assert (refunded.grants, refunded.returned, refunded.counted) == ((), 500 + 500, 0)
    assert till.books.promotions[1].granted == 0
    refunded = till.void("b")
    assert (_granted(refunded), refunded.returned) == ([500], 250)


def test_judge_again__an_outlet__falls_only_with_its_last_bill() -> None:
    till = _till(a_promotion(**a_table(OUTLETS, (1, 150), (2, 300))))
    till.sell("a")
    till.sell("b")
    till.sell("c", outlet=1)
    assert till.void("a").returned == 100 + 0
    assert till.refund("b", 39_900).returned == 100
    assert till.void("b").returned == 150
    assert till.void("c").returned == 100 + 150


def test_judge_again__a_bill_that_no_longer_meets__is_not_counted() -> None:
    till = _till(a_promotion(**WINTER, minimum=100_000))
    till.sell("a", 300_000)
    refunded = till.refund("a", 200_001)
    assert (refunded.counted, _granted(refunded), till.books.promotions[1].of(1).spend) == (0, [0], 0)
    # Below the minimum once, it is out for good.
    assert till.amend("a", 900_000).counted == 0
    assert till.books.promotions[1].of(1).spend == 0


def test_judge_again__visits__fall_and_a_milestone_is_paid_once() -> None:
    till = _till(a_promotion(**visits(every=2)))
    found = [_granted(till.sell(str(n)).settled) for n in range(2)]
    assert till.void("1").returned == 190
    found += [_granted(till.sell(str(n)).settled) for n in range(2, 5)]
    assert found == [[], [90], [], [], [90]]


# ------------------------------------------------------------ bills that rise


def test_judge_again__a_raised_bill__adds_the_difference_and_is_no_second_visit() -> None:
    till = _till(a_promotion(multiple_bps=30_000, group=1), a_promotion(**visits(from_visit=2), group=1))
    till.sell("a")
    raised = till.amend("a", 48_000)
    assert (raised.outcome, raised.base, _granted(raised), raised.credited) == (
        Outcome.CREDITED,
        120,
        [240],
        60,
    )
    assert till.books.promotions[2].of(1).seasons[0].visits == 1
    assert till.books.promotions[1].awards == 1


@pytest.mark.parametrize(
    ("terms", "budget", "cut"),
    [
        ({"per_purchase": 450}, None, Cut.PER_PURCHASE),
        ({"per_member": 450}, None, Cut.PER_MEMBER),
        ({"per_member_day": 450}, None, Cut.PER_MEMBER_DAY),
        ({"per_outlet": 450}, None, Cut.PER_OUTLET),
        ({"ceiling": 450}, None, Cut.CEILING),
        ({}, 450, Cut.BUDGET),
    ],
)
def test_judge_again__a_raised_bill__adds_under_the_limits_as_they_stand(
    terms: dict[str, Any], budget: int | None, cut: Cut
) -> None:
    till = _till(a_promotion(**per_step(), **terms, budget=budget))
    till.sell("a")
    assert till.amend("a", 60_000).grants == (Grant(1, cut, 600, 450),)


@pytest.mark.parametrize("limit", ["awards_per_member", "awards_per_member_day", "awards", "first"])
def test_judge_again__a_raised_bill__is_no_further_award(limit: str) -> None:
    till = _till(a_promotion(**per_step(), **{limit: 1}))
    till.sell("a")
    assert till.amend("a", 60_000).grants == (Grant(1, Cut.NONE, 600, 600),)


def test_judge_again__too_few_prepaid_miles__add_base_first() -> None:
    till = _till(a_promotion(**per_step()), available=500 + 70)
    till.sell("a")
    raised = till.amend("a", 60_000)
    assert (raised.outcome, raised.base, _granted(raised)) == (Outcome.CUT_BY_PREPAID, 150, [420])


def test_judge_again__raised_then_lowered__never_above_what_was_paid() -> None:
    """Base 40 of 100 was paid: lowering the bill to half leaves 40, to a quarter 25."""
    till = _till(available=40)
    till.sell("a")
    assert [till.amend("a", bill).base for bill in (20_000, 10_000)] == [40, 25]
    assert till.books.partners[1].available == 15


def test_judge_again__a_window_raised_past_a_row__adds_it() -> None:
    till = _till(a_promotion(**WINTER))
    till.sell("a", 900_000)
    raised = till.amend("a", 1_000_000)
    assert (_granted(raised), raised.credited) == ([2_000], 250 + 1_500)


def test_judge_again__another_channel__may_cost_the_bonus() -> None:
    till = _till(a_promotion(channels=0b001))
    till.sell("a", channel=1)
    amended = till.amend("a", 40_000, channel=2)
    assert (amended.outcome, amended.base, _granted(amended)) == (Outcome.REVERSED, 100, [0])


def test_judge_again__nothing_changed__is_credited() -> None:
    till = _till(a_promotion())
    till.sell("a")
    amended = till.amend("a", 40_000)
    assert (amended.outcome, amended.returned, amended.credited) == (Outcome.CREDITED, 0, 0)
    assert (amended.base, _granted(amended)) == (100, [100])


# ------------------------------------------------------------ on random input

_REWARDS = st.sampled_from(
    [
        {},
        {"multiple_bps": 25_000},
        per_step(100, 1),
        a_table(BANDS, (0, 5), (30_000, 80)),
        a_table(SPEND, (20_000, 60), (50_000, 200), (90_000, 260)),
        a_table(OUTLETS, (1, 40), (2, 90), (3, 150)),
        visits(every=2),
        visits(from_visit=3, miles=30),
    ]
)


@st.composite
def _promotions(draw: st.DrawFn) -> PromotionState:
    """Any reward, with some limits."""
    limits = {
        "per_purchase": st.sampled_from([0, 0, 70]),
        "per_member": st.sampled_from([0, 0, 150]),
        "per_member_day": st.sampled_from([0, 120]),
        "per_outlet": st.sampled_from([0, 0, 200]),
        "awards_per_member": st.sampled_from([0, 0, 2]),
        "awards_per_member_day": st.sampled_from([0, 0, 1]),
        "awards": st.sampled_from([0, 0, 4]),
        "first": st.sampled_from([0, 0, 1]),
        "ceiling": st.sampled_from([0, 0, 130]),
        "minimum": st.sampled_from([0, 15_000]),
        "group": st.integers(0, 2),
        "funded": st.booleans(),
    }
    drawn = {name: draw(strategy) for name, strategy in limits.items()}
    budget = draw(st.none() | st.integers(0, 400))
    return a_promotion(budget=budget, **draw(_REWARDS), **drawn)


_ACTS = st.lists(
    st.tuples(
        st.sampled_from(["sell", "sell", "refund", "void", "amend"]),
        st.integers(0, 7),
        st.integers(0, 60_000),
        st.integers(1, 2),
        st.integers(0, 2),
        st.integers(0, 2),
    ),
    min_size=1,
    max_size=14,
)


def _play(till: Till, acts: list[tuple[str, int, int, int, int, int]]) -> list[str]:
    """Sell and change bills; the names of those sold come back."""
    names: list[str] = []
    for act, place, eligible, member, outlet, day in acts:
        if act == "sell" or not names:
            name = str(len(names))
            till.sell(name, eligible, member=member, outlet=outlet, after=day * DAY_S)
            names.append(name)
            continue
        name = names[place % len(names)]
        if act == "void":
            till.void(name)
        else:
            (till.refund if act == "refund" else till.amend)(name, eligible)
    return names


def _check(books: Books, available: int | None) -> None:
    """INV-1 and INV-6, and that all sums are those of the newest receipts."""
    ledger = books.ledger
    live = sum(ledger.balance_on(member, 0) for member in (1, 2))
    assert ledger.credited + ledger.owed == live + ledger.reversed
    newest = _newest_of(books)
    if available is not None:
        left = books.partners[1].available
        assert left is not None and left >= 0
    for number, state in books.promotions.items():
        terms = state.terms
        progress = state.progress.values()
        assert 0 <= state.granted == sum(one.granted for one in progress)
        assert state.budget_left is None or state.budget_left >= 0
        grants = [grant for one in newest for grant in one.grants if grant.promotion_id == number]
        assert (
            sum(grant.granted > 0 for grant in grants) == state.awards == sum(one.awards for one in progress)
        )
        # Of a window reward a receipt may show what another bill's refund took back.
        if terms.reward not in (SPEND, OUTLETS):
            assert sum(grant.granted for grant in grants) == state.granted
        assert all(0 <= grant.granted <= grant.desired for grant in grants)
        assert not terms.per_purchase or all(grant.granted <= terms.per_purchase for grant in grants)
        assert not terms.per_member or all(one.granted <= terms.per_member for one in progress)
        assert not terms.per_member_day or all(one.day_granted <= terms.per_member_day for one in progress)
        assert not terms.per_outlet or all(miles <= terms.per_outlet for miles in state.at_outlets.values())
        assert not terms.awards_per_member or all(one.awards <= terms.awards_per_member for one in progress)
        assert not terms.awards or state.awards <= terms.awards
        assert not terms.first or state.first_members <= terms.first


def _newest_of(books: Books) -> list[Settled]:
    """The newest receipt of each sale."""
    newest = []
    for (partner, number), receipt in books.issued.items():
        is_sale = receipt.entry.kind == 0
        head = books.heads.get((partner, number), number)
        if is_sale:
            newest.append(books.issued[partner, head].settled)
    return newest


@given(st.lists(_promotions(), min_size=1, max_size=4), st.none() | st.integers(0, 600), _ACTS)
def test_judge_again__random_changes__keep_every_limit_and_conserve_miles(
    promotions: list[PromotionState], available: int | None, acts: list
) -> None:
    till = Till(some_books(*deepcopy(promotions), available=available))
    for act in acts:
        _play_one_more(till, act)
        _check(till.books, available)


def _play_one_more(till: Till, act: tuple[str, int, int, int, int, int]) -> None:
    kind, place, eligible, member, outlet, day = act
    names = list(till.bills)
    if kind == "sell" or not names:
        till.sell(str(len(names)), eligible, member=member, outlet=outlet, after=day * DAY_S)
    elif kind == "void":
        till.void(names[place % len(names)])
    else:
        (till.refund if kind == "refund" else till.amend)(names[place % len(names)], eligible)


@given(st.lists(_promotions(), min_size=1, max_size=4), _ACTS, st.randoms())
def test_judge_again__everything_refunded_in_any_order__leaves_nothing(
    promotions: list[PromotionState], acts: list, order: Any
) -> None:
    till = Till(some_books(*deepcopy(promotions), available=10_000))
    names = _play(till, acts)
    order.shuffle(names)
    for name in names:
        till.void(name)
    assert till.books.ledger.balance_on(1, 0) == till.books.ledger.balance_on(2, 0) == 0
    assert till.books.partners[1].available == 10_000
    for state in till.books.promotions.values():
        # A window reward's receipt goes on showing what another bill's refund took back.
        is_window = state.terms.reward in (SPEND, OUTLETS)
        assert state.granted == 0 and (is_window or state.awards == 0)
        for progress in state.progress.values():
            assert (progress.granted, progress.spend) == (0, 0)
            assert is_window or progress.awards == 0
            assert not any(progress.outlets.values())
            assert not any(season.visits for season in progress.seasons.values())
