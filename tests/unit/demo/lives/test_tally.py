"""Miles by month: lots say when they lapse, and what a redemption takes off the ledger is counted once."""

from datetime import date

from milepost.demo.lives.places import MONTHS, Place
from milepost.demo.lives.tally import Tally, alive, joined, lapsed
from milepost.domain.calendar import day_number
from milepost.domain.lots import Lot
from milepost.domain.quantities import DayNumber, Miles
from milepost.domain.rules import NEVER

PLACE = Place("ana", date(1997, 1, 1), "a test")


def _day(text: str) -> DayNumber:
    return day_number(date.fromisoformat(text))


def _lot(last_day: DayNumber, miles: int, *, version: int = 1) -> Lot:
    return Lot(last_day, version, Miles(miles), last_day)


def test_close__lots_around_the_end__lapsed_or_are_alive() -> None:
    tally = Tally(PLACE)
    tally.close([_lot(_day("2000-01-31"), 5), _lot(_day("2001-06-30"), 7), _lot(_day("2001-07-01"), 11)])
    tally.close([_lot(NEVER, 13), _lot(_day("2000-01-01"), 17)])
    assert tally.lapsed == {37: 22, MONTHS: 7}
    assert tally.coming == {MONTHS + 1: 11}
    assert (tally.never, tally.live, tally.standing) == (13, 24, 53)


def test_write_off__lapsed_lots_that_went__count_in_their_own_month() -> None:
    tally, today = Tally(PLACE), _day("2000-04-01")
    old, older, living = _lot(_day("2000-03-31"), 5), _lot(_day("2000-02-29"), 7), _lot(today, 11)
    tally.write_off([old, older, living], [old, _lot(today, 1)], today=today)
    assert tally.lapsed == {38: 7}
    assert tally.written_off == 7
    tally.close([old])
    assert tally.lapsed.total() == 12
    assert tally.standing == 5


def test_live_by_month__after_all__is_what_was_earned_less_what_went() -> None:
    tally = Tally(PLACE)
    tally.earn(100, _day("1997-01-20"))
    tally.earn(50, _day("1997-03-01"))
    tally.redeem(30, _day("1997-04-01"))
    tally.close([_lot(_day("2000-01-31"), 70), _lot(_day("2002-01-31"), 50)])
    months = tally.live_by_month()
    assert len(months) == MONTHS
    assert months[:4] == [100, 100, 150, 120]
    assert months[35:37] == [120, 50]
    assert months[-1] == tally.live == 50


def test_joined__lots_alike__are_one() -> None:
    day = _day("2000-01-31")
    assert joined([_lot(day, 5), _lot(day, 7), _lot(day, 1, version=2)]) == {
        (day, 1, day): 12, (day, 2, day): 1,
    }  # fmt: skip


def test_lapsed__and_alive__part_at_the_last_valid_day() -> None:
    today = _day("2000-02-01")
    yesterday, now = _lot(DayNumber(today - 1), 5), _lot(today, 7)
    assert lapsed([yesterday, now], today) == joined([yesterday])
    assert alive([yesterday, now], today) == joined([now])
