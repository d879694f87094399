"""Whose miles are left in a lot: the oldest were spent first."""

from collections import Counter
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from milepost.domain.attribution import Funding, HeldLot, attribute
from milepost.domain.lots import Lot
from milepost.domain.standing_rules import LotKey

ANNA, HER_OLD_CARD = 1, 2
GRILL, DINER = 7, 8
MAY, JUNE = LotKey(11_000, 1), LotKey(11_030, 1)
POOL = LotKey(0, 0)


def held(key: LotKey, miles: int, *, last_day: int | None = None, account: int = ANNA) -> HeldLot:
    return HeldLot(account, Lot(last_day or key.own_day, key.version, miles, key.own_day))


def funded(key: LotKey, funder: int | None, miles: int, *, last_day: int | None = None) -> Funding:
    return Funding(key, last_day or key.own_day, funder, miles)


def shares(lots: Sequence[HeldLot], fundings: Sequence[Funding]) -> dict[tuple[int, int | None], int]:
    """Miles by last day and funder."""
    found: Counter[tuple[int, int | None]] = Counter()
    for parcel in attribute(lots, fundings):
        found[parcel.held.lot.last_day, parcel.funder] += parcel.miles
    return dict(found)


def test_attribute__nothing_spent__is_each_funders_own() -> None:
    lots = [held(MAY, 30), held(JUNE, 5)]
    fundings = [funded(MAY, GRILL, 10), funded(JUNE, GRILL, 5), funded(MAY, DINER, 20)]
    assert shares(lots, fundings) == {(11_000, GRILL): 10, (11_000, DINER): 20, (11_030, GRILL): 5}


def test_attribute__some_spent__leaves_the_newest() -> None:
    fundings = [funded(MAY, GRILL, 10), funded(MAY, DINER, 20)]
    assert shares([held(MAY, 22)], fundings) == {(11_000, DINER): 20, (11_000, GRILL): 2}
    assert shares([held(MAY, 20)], fundings) == {(11_000, DINER): 20}
    assert shares([held(MAY, 7)], fundings) == {(11_000, DINER): 7}
    assert shares([], fundings) == {}


def test_attribute__more_than_was_funded__is_the_programmes() -> None:
    assert shares([held(MAY, 25)], [funded(MAY, GRILL, 10)]) == {(11_000, GRILL): 10, (11_000, None): 15}
    assert shares([held(MAY, 3)], []) == {(11_000, None): 3}


def test_attribute__credited_by_hand__takes_its_turn() -> None:
    fundings = [funded(MAY, None, 10), funded(MAY, GRILL, 10), funded(MAY, None, 4)]
    assert shares([held(MAY, 12)], fundings) == {(11_000, None): 4, (11_000, GRILL): 8}


def test_attribute__same_day_of_two_versions__are_two_lots() -> None:
    other = LotKey(11_000, 2)
    fundings = [funded(MAY, GRILL, 10), funded(other, DINER, 10)]
    assert shares([held(MAY, 6), held(other, 9)], fundings) == {(11_000, GRILL): 6, (11_000, DINER): 9}


def test_attribute__pool_that_lapsed_and_a_newer_one__each_has_its_own_lifes() -> None:
    """What was spent of the newer pool is not made up for by who funded the lapsed one."""
    lots = [held(POOL, 1_000, last_day=11_500), held(POOL, 100, last_day=12_500)]
    fundings = [
        funded(POOL, GRILL, 600, last_day=11_300),
        funded(POOL, GRILL, 400, last_day=11_500),
        funded(POOL, DINER, 500, last_day=12_400),
    ]
    assert shares(lots, fundings) == {(11_500, GRILL): 1_000, (12_500, DINER): 100}


def test_attribute__pool_of_a_member_no_longer_exempt__keeps_what_was_earned_then() -> None:
    assert shares([held(POOL, 10, last_day=12_000)], [funded(POOL, GRILL, 10, last_day=65_535)]) == {
        (12_000, GRILL): 10
    }


def test_attribute__lots_of_two_lives_with_one_own_day__share_what_it_was_funded_by() -> None:
    lots = [held(MAY, 10, last_day=10_000), held(MAY, 10, last_day=11_000, account=HER_OLD_CARD)]
    fundings = [funded(MAY, GRILL, 15), funded(MAY, DINER, 5)]
    assert shares(lots, fundings) == {(11_000, DINER): 5, (11_000, GRILL): 5, (10_000, GRILL): 10}


_KEYS = st.sampled_from((MAY, JUNE, POOL))
_MILES = st.integers(1, 50)


@given(
    st.lists(st.builds(held, _KEYS, _MILES, last_day=st.integers(10_900, 11_100))),
    st.lists(st.builds(funded, _KEYS, st.sampled_from((GRILL, DINER, None)), _MILES)),
)
def test_attribute__any_lots_and_fundings__adds_up_to_each_lot_and_gives_nobody_more_than_funded(
    lots: list[HeldLot], fundings: list[Funding]
) -> None:
    parcels = list(attribute(lots, fundings))
    by_lot: Counter[int] = Counter()
    by_funder: Counter[tuple[LotKey, int | None]] = Counter()
    for parcel in parcels:
        by_lot[id(parcel.held)] += parcel.miles
        by_funder[parcel.held.key, parcel.funder] += parcel.miles
    assert by_lot == {id(one): one.lot.miles for one in lots}
    for (key, funder), miles in by_funder.items():
        most = sum(one.miles for one in fundings if (one.key, one.funder) == (key, funder))
        assert funder is None or miles <= most
