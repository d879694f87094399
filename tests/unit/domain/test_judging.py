"""Groups, ceilings, prepaid miles and pots: what is left of what promotions would grant."""

from milepost.domain.books import Judged
from milepost.domain.judging import Purse, cut_to_ceiling
from milepost.domain.outcome import Cut, Outcome
from milepost.domain.promotion_terms import RewardKind
from milepost.domain.receipt import Grant
from tests.support.promotions import a_promotion, some_books
from tests.support.till import Till, a_table, visits


def _cuts(judged: Judged) -> list[tuple[int, int, Cut]]:
    return [(one.promotion_id, one.granted, one.cut) for one in judged.settled.grants]


def test_judge__a_loser__counts_the_visit_and_uses_up_nothing() -> None:
    """The second visit is the loser's milestone: not paid, and no longer coming."""
    books = some_books(a_promotion(**visits(every=2, miles=50), group=3), a_promotion(group=3))
    till = Till(books)
    found = [till.sell(str(n)) for n in range(4)]
    assert [_cuts(one) for one in found] == [[(2, 100, Cut.NONE)]] * 4
    assert [one.losers for one in found] == [(), (Grant(1, Cut.GROUP, 50, 0),)] * 2
    assert [one.settled.counted for one in found] == [0b01] * 4
    assert (books.promotions[1].granted, books.promotions[1].of(1).seasons[0].visits) == (0, 4)


def test_judge__counted__has_a_bit_for_the_place_in_the_offer_set() -> None:
    """Ids 1 and 3 are of one group, so that 3 stands at place 1 and 2 at place 2."""
    spend = a_table(RewardKind.WINDOW_SPEND, (10**9, 5))
    books = some_books(a_promotion(group=5), a_promotion(**spend), a_promotion(**spend, group=5))
    assert Till(books).sell("a").settled.counted == 0b110


def test_judge__a_ceiling__holds_only_while_its_promotion_grants() -> None:
    ceiling = a_promotion(ceiling=150, minimum=50_000)
    till = Till(some_books(a_promotion(), ceiling, a_promotion(fixed_miles=80)))
    assert _cuts(till.sell("small")) == [(1, 100, Cut.NONE), (3, 80, Cut.NONE)]
    assert _cuts(till.sell("large", 50_000)) == [
        (1, 100, Cut.NONE),
        (2, 50, Cut.CEILING),
        (3, 0, Cut.CEILING),
    ]


def test_judge__two_ceilings__the_lower_holds() -> None:
    till = Till(some_books(a_promotion(ceiling=130), a_promotion(ceiling=120)))
    assert _cuts(till.sell("a")) == [(1, 100, Cut.NONE), (2, 20, Cut.CEILING)]


def test_judge__a_promotion_cut_to_nothing__has_no_say_in_the_ceiling() -> None:
    till = Till(some_books(a_promotion(), a_promotion(ceiling=10, budget=0)))
    assert _cuts(till.sell("a")) == [(1, 100, Cut.NONE), (2, 0, Cut.BUDGET)]


def test_judge__a_pot__is_not_cut_by_the_partners_prepaid_miles() -> None:
    books = some_books(a_promotion(), a_promotion(funded=True, budget=70), available=110)
    judged = Till(books).sell("a")
    assert _cuts(judged) == [(1, 10, Cut.PREPAID), (2, 70, Cut.BUDGET)]
    assert judged.settled.outcome is Outcome.CUT_BY_PREPAID
    assert (books.partners[1].available, books.promotions[2].budget_left) == (0, 0)


def test_judge__base_cut_by_prepaid__leaves_the_multiple_of_all_of_it() -> None:
    """What a promotion desires looks at the base that the bill gives, not at what is paid of it."""
    judged = Till(some_books(a_promotion(multiple_bps=20_000), available=40)).sell("a")
    assert judged.settled.base == 40
    assert judged.settled.grants == (Grant(1, Cut.PREPAID, 100, 0),)


def test_judge__first_members__are_those_that_were_granted_something() -> None:
    """Member 1 desired something and got nothing, so that the place went to member 2."""
    books = some_books(a_promotion(first=1, per_outlet=100))
    till = Till(books)
    books.promotions[1].at_outlets[1, 0] = 100
    assert _cuts(till.sell("a")) == [(1, 0, Cut.PER_OUTLET)]
    assert _cuts(till.sell("b", member=2, outlet=1)) == [(1, 100, Cut.NONE)]
    assert _cuts(till.sell("c", outlet=2)) == [(1, 0, Cut.FIRST)]


def test_cut_to_ceiling__what_is_kept__counts_and_is_not_cut() -> None:
    states = {1: a_promotion(ceiling=100), 2: a_promotion()}
    kept = [Grant(1, Cut.NONE, 90, 90), Grant(2, Cut.NONE, 5, 5)]
    extras = [Grant(1, Cut.NONE, 10, 10), Grant(2, Cut.NONE, 10, 10)]
    assert [one.granted for one in cut_to_ceiling(extras, states, kept=kept)] == [5, 0]


def test_purse__without_a_limit__pays_all() -> None:
    purse = Purse(None)
    purse.put_back(5)
    assert (purse.pay(10), purse.left) == (10, None)
    limited = Purse(7)
    assert (limited.pay(10), limited.left) == (7, 0)
    limited.put_back(3)
    assert limited.left == 3
