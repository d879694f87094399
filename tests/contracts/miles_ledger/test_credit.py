"""credit, by way of settle: miles go to the lot of their own day, whenever they arrive.

given a member with lots
  when a purchase of the same bucket settles then it joins that lot
  when a late one settles then it goes to the lot of its own day, hot or in the ring
  when purchases settle out of order then lots stay sorted and joined for the reader
  when one has 0 miles then no lot changes
  when the member is linked then Transfer is emitted, else not
  when its lot has lapsed before it arrives then lot_void, and nothing is credited
"""

import pytest
from ape.api import AccountAPI
from ape.managers.project import ProjectManager

from milepost.domain.calendar import local_day, void_at
from milepost.domain.outcome import Outcome
from tests.support.contract_programme import OPEN_PARTNER, Programme
from tests.support.ledger_rules import lots_of, some_settings
from tests.support.links import link
from tests.support.purchases import an_entry

DAY = 86_400
LIFE = 1_096
"""Days from 14 May 2018 to the same day three years on."""


def dine(programme: Programme, *days_ago: int, member: int = 1, miles: int = 10) -> None:
    """One report a purchase, so many days before now."""
    for days in days_ago:
        entry = an_entry(member=member, eligible_minor=miles * 400, seconds=0)
        (settled,) = programme.award(entry, base_time=programme.now - days * DAY)
        assert settled.outcome is Outcome.CREDITED


def lots(programme: Programme, member: int = 1) -> list[tuple[int, int]]:
    """Days from today's own last day, and miles."""
    today = local_day(programme.now, 480) + LIFE
    return [(lot.lastDay - today, lot.amount) for lot in programme.lens.lotsOf(programme.ledger, member)]


def test_credit__same_day__is_one_lot(programme: Programme) -> None:
    dine(programme, 0, 0, 0)
    assert lots(programme) == [(0, 30)]
    assert programme.ledger.lotWord(1, 0) == 0


def test_credit__late_purchase__goes_to_its_own_days_lot_in_the_ring(programme: Programme) -> None:
    dine(programme, 3, 2, 1)
    word = programme.ledger.lotWord(1, 0)
    dine(programme, 3, miles=7)
    assert lots(programme) == [(-3, 17), (-2, 10), (-1, 10)]
    assert programme.ledger.lotWord(1, 0) == word + 7
    assert programme.ledger.accountWord(1) >> 120 & 4 == 0


@pytest.mark.parametrize(
    "days",
    [
        (5, 4, 3, 2, 1, 5),
        (1, 2, 3, 4, 5),
        (9, 1, 9, 1, 9),
        tuple(range(12)),
        (3, 11, 2, 9, 1, 8, 0, 7, 3, 11),
    ],
)
def test_credit__any_order_of_arrival__gives_the_same_lots(
    programme: Programme, days: tuple[int, ...]
) -> None:
    dine(programme, *days)
    assert lots(programme) == [(-day, 10 * days.count(day)) for day in sorted(set(days), reverse=True)]
    assert programme.ledger.balanceAt(1, programme.now) == 10 * len(days)


def test_credit__falling_order__marks_the_account_unsorted(programme: Programme) -> None:
    dine(programme, 1, 2)
    assert programme.ledger.accountWord(1) >> 120 & 4 == 0
    dine(programme, 3)
    assert programme.ledger.accountWord(1) >> 120 & 4 == 4


def test_credit__no_miles__changes_no_lot(programme: Programme) -> None:
    dine(programme, 1)
    before = programme.ledger.accountWord(1)
    dine(programme, 0, miles=0)
    assert programme.ledger.accountWord(1) == before


def test_credit__linked_members_alone__emit_transfers(programme: Programme, wallet: AccountAPI) -> None:
    link(programme, 2, wallet)
    done = programme.settle(programme.a_section(*(an_entry(member=member) for member in (1, 2, 3, 2))))
    events = done.tx.decode_logs(programme.ledger.Transfer)
    assert [(event["from"], event.to, event.value) for event in events] == [
        ("0x" + "0" * 40, wallet.address, 25)
    ] * 2


def test_credit__lot_lapsed_before_it_arrives__is_lot_void(
    programme: Programme, project: ProjectManager
) -> None:
    """A ledger whose miles live a month, behind the same registry, which takes bills of 90 days."""
    admin = programme.admin
    rules = (some_settings(480), [lots_of(1)])
    ledger = admin.deploy(
        project.MilesLedger, programme.authority, programme.ledger.reversalsPart(), "M", "M", *rules
    )
    ledger.setSettler(admin, sender=admin)
    ledger.enrol(9, sender=admin)
    last_second = void_at(ledger.lastDayOf(programme.now), 480) - 1
    earnings = _earnings(programme)
    assert _outcomes(programme, ledger, earnings, last_second) == Outcome.CREDITED
    assert _outcomes(programme, ledger, earnings, last_second + 1) == Outcome.LOT_VOID


def _earnings(programme: Programme) -> bytes:
    """What the registry makes of a bill of now."""
    report = programme.a_report(programme.a_section(an_entry(seconds=0), partner=OPEN_PARTNER))
    _, earnings = programme.registry.open(report)
    return bytes(earnings)


def _outcomes(programme: Programme, ledger: object, earnings: bytes, instant: int) -> Outcome:
    programme.move_to(instant)
    return Outcome(bytes(ledger.open.call(earnings, sender=programme.admin))[-1])  # type: ignore[attr-defined]
