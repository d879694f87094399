"""balanceAt, balanceOf, expiringBy: exact at any second, with nobody acting.

given miles under a rule of day, month, quarter or year, in a programme's own offset
  when asked at the last second of the last valid day then they are there
  when asked a second later then they are not
given a linked wallet
  when the clock passes its lot's last second then balanceOf is 0 by itself
given a member without miles, or none at all
  when asked then 0
"""

from datetime import date, datetime

import pytest
from ape.api import AccountAPI
from ape.managers.project import ProjectManager

from milepost.domain.calendar import day_number, void_at
from tests.support.contract_programme import Programme
from tests.support.evm import ADMIN, Evm
from tests.support.ledger_rules import deploy_ledger, lots_of, some_settings
from tests.support.links import link
from tests.support.purchases import an_entry

# programme, offset, months, align, earned at (local), void (UTC); programmes.md "Vectors".
PUBLISHED = [
    ("ana", 540, 36, 1, "2006-05-23", "2009-05-31T15:00:00+00:00"),
    ("ana", 540, 36, 1, "2008-02-29", "2011-02-28T15:00:00+00:00"),
    ("ana", 540, 36, 1, "2009-02-01", "2012-02-29T15:00:00+00:00"),
    ("rapid-rewards", -360, 24, 0, "2008-02-29", "2010-03-01T06:00:00+00:00"),
    ("rapid-rewards", -360, 24, 0, "2006-02-28", "2008-02-29T06:00:00+00:00"),
    ("enrich", 480, 36, 3, "2006-01-01", "2009-12-31T16:00:00+00:00"),
    ("enrich", 480, 36, 3, "2006-12-31", "2009-12-31T16:00:00+00:00"),
    ("jpprivilege", 330, 36, 2, "2008-01-01", "2011-03-31T18:30:00+00:00"),
    ("jpprivilege", 330, 36, 2, "2008-03-31", "2011-03-31T18:30:00+00:00"),
]
SETTLER = "0x00000000000000000000000000000000000000Ee"


@pytest.mark.parametrize(("name", "offset", "months", "align", "earned", "void"), PUBLISHED)
def test_balance_at__published_example__ends_at_its_second(
    clock: int,
    project: ProjectManager,
    name: str,
    offset: int,
    months: int,
    align: int,
    earned: str,
    void: str,
) -> None:
    """Credited as the settler does, into the lot the ledger itself names."""
    evm = Evm(project)
    authority = evm.deploy("Authority", ADMIN)
    ledger = deploy_ledger(evm, authority, some_settings(offset), [lots_of(months, align)], name=name)
    lens = evm.deploy("MilesLens")
    ledger.enrol(5)
    ledger.setSettler(SETTLER)
    noon = void_at(day_number(date.fromisoformat(earned)) - 1, offset) + 43_200
    last_day = ledger.lastDayOf(noon)
    word = 3 << 64 | 120 << 24 | last_day << 8 | 1
    ledger.credit(word.to_bytes(32, "big"), sender=SETTLER)
    first_without = int(datetime.fromisoformat(void).timestamp())
    assert [ledger.balanceAt(3, first_without + s) for s in (-1, 0)] == [120, 0]
    assert lens.balancesAt(ledger, [3, 4, 3], first_without - 1) == (120, 0, 120)
    assert lens.expiringBy(ledger, 3, first_without - 1, last_day) == 120
    assert lens.expiringBy(ledger, 3, first_without - 1, last_day - 1) == 0
    assert lens.expiringBy(ledger, 3, first_without, last_day) == 0


def test_balance_of__clock_passes_the_last_second__is_0_by_itself(
    programme: Programme, wallet: AccountAPI
) -> None:
    programme.award(an_entry(member=7), an_entry(member=7, seconds=0), base_time=programme.now)
    link(programme, 7, wallet)
    void = void_at(programme.ledger.lastDayOf(programme.now), 480)
    programme.move_to(void - 1)
    assert programme.ledger.balanceOf(wallet) == 50
    programme.move_to(void)
    assert programme.ledger.balanceOf(wallet) == 0
    assert programme.ledger.totalSupply() == 50
    assert len(programme.lens.lotsOf(programme.ledger, 7)) == 1


def test_balance_at__several_lots__each_lapses_on_its_own_day(programme: Programme) -> None:
    for days in (0, 10, 20):
        programme.move_to(programme.now + days * 86_400)
        programme.award(an_entry(eligible_minor=4_000))
    lots = programme.lens.lotsOf(programme.ledger, 1)
    edges = [void_at(lot.lastDay, 480) for lot in lots]
    around = [s for edge in edges for s in (edge - 1, edge)]
    assert [programme.ledger.balanceAt(1, s) for s in around] == [30, 20, 20, 10, 10, 0]


@pytest.mark.parametrize("member", [0, 5, 101, 2**40 - 1])
def test_balance_at__no_miles__is_0(programme: Programme, member: int) -> None:
    assert programme.ledger.balanceAt(member, programme.now) == 0
    assert programme.lens.lotsOf(programme.ledger, member) == []
