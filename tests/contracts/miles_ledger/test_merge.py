"""merge and writeOff: two accounts become one, day by day; lapsed lots make room.

given two members
  when one is merged into the other   then all live miles move with their days, and the first is closed
  when both have lots of a day        then they are one lot
  when lots of either have lapsed     then they are written off, and total supply falls by them
  when more would move than the day's limit leaves then it is refused
  when either is closed or unknown, or both are one then it is refused
  when either is linked               then its wallet's Transfer says what came or went
given lapsed lots
  when anyone writes them off         then no balance changes, and the ring has room again
"""

import pytest
from ape.api import AccountAPI

from milepost.chain.roles import Role
from milepost.domain.outcome import Outcome
from tests.support.contract_programme import DAILY_LIMIT, Programme
from tests.support.links import link
from tests.support.purchases import an_entry
from tests.support.refusals import refuses

DAY = 86_400
MERGE, SAME_PERSON = 2, 6
NOBODY = "0x" + "0" * 40


@pytest.fixture
def agent(programme: Programme, stranger: AccountAPI) -> AccountAPI:
    programme.authority.grantRole(Role.SUPPORT.value, stranger, 0, sender=programme.admin)
    return stranger


def merge(programme: Programme, agent: AccountAPI, member: int, into: int) -> object:
    programme.desk.propose(MERGE, member, into, 0, SAME_PERSON, b"\0" * 32, sender=agent)
    return programme.desk.approve(programme.desk.adjustmentCount(), sender=programme.manager)


def lots(programme: Programme, member: int) -> list[tuple[int, int]]:
    """Miles, and days after the last day of what is earned now."""
    newest = programme.ledger.lastDayOf(programme.now)
    return [(lot.amount, lot.lastDay - newest) for lot in programme.lens.lotsOf(programme.ledger, member)]


def test_merge__two_accounts__keep_every_day(programme: Programme, agent: AccountAPI) -> None:
    for member, days_ago, miles in ((1, 5, 10), (1, 3, 20), (2, 3, 40), (2, 0, 80)):
        programme.earn(miles, member=member, days_ago=days_ago)
    before = tuple(programme.ledger.totals())
    merge(programme, agent, 1, into=2)
    assert lots(programme, 2) == [(10, -5), (60, -3), (80, 0)]
    assert (lots(programme, 1), programme.ledger.balanceAt(1, programme.now)) == ([], 0)
    assert tuple(programme.ledger.totals()) == before
    assert programme.desk.adjustmentOf(programme.desk.adjustmentCount()).miles == 30


def test_merge__more_than_the_days_limit__is_refused(programme: Programme, agent: AccountAPI) -> None:
    """Two stolen keys could else merge any member into an account of their own."""
    programme.earn(DAILY_LIMIT + 1)
    with refuses("AdjustmentDailyLimit", left=DAILY_LIMIT, wanted=DAILY_LIMIT + 1):
        merge(programme, agent, 1, into=2)
    assert programme.ledger.balanceAt(1, programme.now) == DAILY_LIMIT + 1
    programme.desk.setDailyLimit(DAILY_LIMIT + 2, sender=programme.manager)
    programme.desk.approve(programme.desk.adjustmentCount(), sender=programme.manager)
    today = programme.ledger.dayOf(programme.now)
    assert programme.desk.adjustedOn(today) == DAILY_LIMIT + 1
    programme.earn(2, member=3)
    with refuses("AdjustmentDailyLimit", left=1, wanted=2):
        merge(programme, agent, 3, into=2)


def test_merge__first_account__is_closed_and_the_other_goes_on(
    programme: Programme, agent: AccountAPI
) -> None:
    merge(programme, agent, 1, into=2)
    outcomes = [programme.award(an_entry(member=member))[0].outcome for member in (1, 2)]
    assert outcomes == [Outcome.CLOSED_ACCOUNT, Outcome.CREDITED]
    with refuses("LedgerAccountClosed", member=1):
        merge(programme, agent, 1, into=3)
    with refuses("LedgerAccountClosed", member=1):
        merge(programme, agent, 3, into=1)


def test_merge__profile__stays_the_other_accounts(programme: Programme, agent: AccountAPI) -> None:
    programme.ledger.setProfile(1, 3, 0b101, sender=programme.manager)
    programme.ledger.setProfile(2, 1, 0b010, sender=programme.manager)
    programme.earn(10)
    merge(programme, agent, 1, into=2)
    word = programme.ledger.accountWord(2)
    assert (word >> 128 & 0xF, word >> 132 & 0xFFFF_FFFF) == (1, 0b010)


def test_merge__into_itself__is_refused(programme: Programme, agent: AccountAPI) -> None:
    with refuses("LedgerIntoItself", member=1):
        merge(programme, agent, 1, into=1)


@pytest.mark.parametrize(("member", "into"), [(0, 1), (101, 1), (1, 101)])
def test_merge__unknown_member__is_refused(
    programme: Programme, agent: AccountAPI, member: int, into: int
) -> None:
    with refuses("LedgerMemberUnknown"):
        merge(programme, agent, member, into=into)


def test_merge__linked_members__their_wallets_see_it(
    programme: Programme, agent: AccountAPI, wallet: AccountAPI
) -> None:
    programme.earn(30)
    link(programme, 2, wallet)
    tx = merge(programme, agent, 1, into=2)
    found = [(log["from"], log.to, log.value) for log in tx.decode_logs(programme.ledger.Transfer)]  # type: ignore[attr-defined]
    assert found == [(NOBODY, wallet.address, 30)]
    tx = merge(programme, agent, 2, into=3)
    found = [(log["from"], log.to, log.value) for log in tx.decode_logs(programme.ledger.Transfer)]  # type: ignore[attr-defined]
    assert found == [(wallet.address, NOBODY, 30)]


def test_write_off__lapsed_lots__make_room_and_change_no_balance(
    programme: Programme, stranger: AccountAPI
) -> None:
    for days_ago, miles in ((5, 10), (3, 20), (0, 40)):
        programme.earn(miles, days_ago=days_ago)
    first_lapse = programme.ledger.lastDayOf(programme.now - 5 * DAY)
    while programme.ledger.dayOf(programme.now) <= first_lapse:
        programme.move_to(programme.now + 90 * DAY)
    # Ninety days at a time pass them all.
    programme.earn(80)
    assert programme.ledger.balanceAt(1, programme.now) == 80
    tx = programme.ledger.writeOff(1, 64, sender=stranger)
    (event,) = tx.decode_logs(programme.ledger.LotsWrittenOff)
    assert (event.member, event.miles) == (1, 70)
    assert (programme.ledger.balanceAt(1, programme.now), lots(programme, 1)) == (80, [(80, 0)])
    assert programme.ledger.accountWord(1) >> 176 & 0xFFF == 0
    totals = programme.ledger.totals()
    assert (totals.credited, totals.writtenOff, programme.ledger.totalSupply()) == (150, 70, 80)


def test_write_off__nothing_lapsed__writes_nothing(programme: Programme, stranger: AccountAPI) -> None:
    for days_ago in (0, 4, 2):
        programme.earn(10, days_ago=days_ago)
    word = programme.ledger.accountWord(1)
    tx = programme.ledger.writeOff(1, 64, sender=stranger)
    assert (programme.ledger.accountWord(1), list(tx.decode_logs(programme.ledger.LotsWrittenOff))) == (
        word,
        [],
    )


def test_write_off__unknown_member__is_refused(programme: Programme, stranger: AccountAPI) -> None:
    with refuses("LedgerMemberUnknown", member=101):
        programme.ledger.writeOff(101, 64, sender=stranger)
