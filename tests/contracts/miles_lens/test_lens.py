"""lotsOf, expiringBy, balancesAt: what members are shown.

given a member with lots in two words of the ring, out of order
  when lots are read                          then they stand by last day, one a day, lapsed ones too
  when miles expiring by a day are asked      then those alive now that will not be after that day
  when balances of many are asked             then they come in the order asked
"""

from milepost.domain.calendar import void_at
from tests.support.contract_programme import Programme
from tests.support.purchases import an_entry

DAY = 86_400


def _dine(programme: Programme, *days_ago: int) -> int:
    """Last day of a purchase of now."""
    for days in days_ago:
        programme.award(an_entry(eligible_minor=4_000, seconds=0), base_time=programme.now - days * DAY)
    return int(programme.ledger.lastDayOf(programme.now))


def test_lots_of__out_of_order__are_sorted_and_joined(programme: Programme) -> None:
    last = _dine(programme, 4, 9, 1, 7, 2, 9, 0)
    lots = programme.lens.lotsOf(programme.ledger, 1)
    assert [(lot.lastDay - last, lot.amount, lot.version) for lot in lots] == [
        (-9, 20, 1), (-7, 10, 1), (-4, 10, 1), (-2, 10, 1), (-1, 10, 1), (0, 10, 1),
    ]  # fmt: skip


def test_lots_of__lapsed_lots__are_shown(programme: Programme) -> None:
    last = _dine(programme, 3, 0)
    programme.move_to(void_at(last, 480))
    assert programme.ledger.balanceAt(1, programme.now) == 0
    assert [lot.amount for lot in programme.lens.lotsOf(programme.ledger, 1)] == [10, 10]


def test_expiring_by__day_after_day__counts_live_lots_up_to_it(programme: Programme) -> None:
    last = _dine(programme, 4, 2, 0)
    now = void_at(last - 4, 480)
    counted = [programme.lens.expiringBy(programme.ledger, 1, now, last + days) for days in (-4, -3, -2, 0)]
    assert counted == [0, 0, 10, 20]
    assert programme.lens.expiringBy(programme.ledger, 1, now - 1, last) == 30


def test_balances_at__many_members__come_in_the_order_asked(programme: Programme) -> None:
    programme.award(an_entry(member=3), an_entry(member=5), an_entry(member=3))
    assert programme.lens.balancesAt(programme.ledger, [5, 3, 4, 3], programme.now) == [25, 50, 0, 50]
    assert programme.lens.balancesAt(programme.ledger, [], programme.now) == []
