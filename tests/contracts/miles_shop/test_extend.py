"""extend: somebody pays for miles about to lapse to be earned again today.

given lots of which some lapse within the shop's days
  when they are extended                       then those that lapse soonest last from today, the others stay
  when more is wanted than lapses so soon      then what there is is extended, and paid for
  when none lapses so soon, or it has lapsed   then ShopNothingToExtend
  when the price of what there is is above what was agreed to then ShopPriceAbove
  when the year's limit leaves too little      then ShopLimitReached
  when there is no price                       then ShopNotForToken
given miles that live with the account
  when its deadline is within the days         then paying moves it, for all of them or not at all
given days before lapse beyond a life of today
  when miles are extended                      then ShopExtensionShortens
"""

import pytest
from ape.api import AccountAPI
from ape.managers.project import ProjectManager

from milepost.chain.roles import DESK_ACTS
from tests.support.contract_programme import TREASURY, UTC_OFFSET, Programme
from tests.support.orders import balance, lots
from tests.support.refusals import refuses
from tests.support.shop import (
    EXTENDING,
    MOST,
    NO_PERMIT,
    NO_PRICE,
    give,
    last_days_before,
    open_shop,
    paid,
    permit,
)

ACCRUAL_AND_PURCHASE = 1 | 4


@pytest.fixture
def payer(programme: Programme, stranger: AccountAPI) -> AccountAPI:
    """Somebody with tokens, at an open shop."""
    open_shop(programme)
    give(programme, stranger)
    return stranger


def test_extend__lots_about_to_lapse__last_from_today(programme: Programme, payer: AccountAPI) -> None:
    for days_ago in (80, 60, 20):
        programme.earn(500, days_ago=days_ago)
    last = lots(programme)[-1]
    last_days_before(programme, 10)
    assert programme.shop.extendableBy() == programme.ledger.dayOf(programme.now) + 30
    tx = programme.shop.extend(1, 700, 8_400_000, NO_PERMIT, sender=payer)
    today = programme.ledger.lastDayOf(programme.now)
    assert [lots(programme)[0][0], *lots(programme)[1:]] == [300, last, (700, today)]
    (event,) = tx.decode_logs(programme.shop.MilesExtended)
    assert (event.member, event.miles, event.payer, event.price) == (1, 700, payer.address, 8_400_000)
    assert (balance(programme), paid(programme)) == (1_500, 8_400_000)
    assert programme.shop.yearOf(1, 2021).extended == 700


def test_extend__more_than_lapses_so_soon__pays_for_what_there_is(
    programme: Programme, payer: AccountAPI
) -> None:
    for days_ago in (80, 20):
        programme.earn(500, days_ago=days_ago)
    last_days_before(programme, 30)
    with refuses("ShopPriceAbove", price=6_000_000, most=5_999_999):
        programme.shop.extend(1, 3_000, 5_999_999, NO_PERMIT, sender=payer)
    programme.shop.extend(1, 3_000, 6_000_000, NO_PERMIT, sender=payer)
    assert [miles for miles, _ in lots(programme)] == [500, 500]
    assert (paid(programme), programme.shop.extendPrice(500)) == (6_000_000, 6_000_000)


def test_extend__by_permit__needs_no_allowance(programme: Programme, wallet: AccountAPI) -> None:
    open_shop(programme)
    give(programme, wallet, allowed=0)
    programme.earn(500)
    last_days_before(programme, 0)
    # A permit names the most it may cost, as what there is to extend is known only then.
    programme.shop.extend(1, 3_000, 36_000_000, permit(programme, wallet, 36_000_000), sender=wallet)
    assert paid(programme) == 6_000_000


@pytest.mark.parametrize("days", [31, -1])
def test_extend__not_so_soon_or_lapsed__is_refused(
    programme: Programme, payer: AccountAPI, days: int
) -> None:
    programme.earn(500)
    last_days_before(programme, days)
    with refuses("ShopNothingToExtend", member=1, byDay=programme.shop.extendableBy()):
        programme.shop.extend(1, 500, MOST, NO_PERMIT, sender=payer)


def test_extend__no_miles_or_no_price__is_refused(programme: Programme, payer: AccountAPI) -> None:
    with refuses("ShopMilesInvalid", miles=0):
        programme.shop.extend(1, 0, MOST, NO_PERMIT, sender=payer)
    open_shop(programme, extending=NO_PRICE)
    with refuses("ShopNotForToken"):
        programme.shop.extend(1, 1, MOST, NO_PERMIT, sender=payer)


def test_extend__years_limit__counts_what_was_extended(programme: Programme, payer: AccountAPI) -> None:
    programme.earn(4_500)
    last_days_before(programme, 10)
    with refuses("ShopLimitReached", member=1, left=4_000, wanted=4_001):
        programme.shop.extend(1, 4_001, MOST, NO_PERMIT, sender=payer)
    programme.shop.extend(1, 4_000, MOST, NO_PERMIT, sender=payer)
    with refuses("ShopLimitReached", member=1, left=0, wanted=500):
        programme.shop.extend(1, 500, MOST, NO_PERMIT, sender=payer)


def test_extend__days_beyond_a_life_of_today__are_refused(programme: Programme, payer: AccountAPI) -> None:
    programme.earn(500)
    open_shop(programme, limits=(0, 4_000, 0, 2_000))
    with refuses("ShopExtensionShortens", lastDay=programme.ledger.lastDayOf(programme.now)):
        programme.shop.extend(1, 500, MOST, NO_PERMIT, sender=payer)


@pytest.mark.parametrize("member", [0, 101])
def test_extend__no_member__is_refused(programme: Programme, payer: AccountAPI, member: int) -> None:
    with refuses("LedgerMemberUnknown", member=member):
        programme.shop.extend(member, 1, MOST, NO_PERMIT, sender=payer)


def test_extend__pool__goes_on_for_all_of_it_or_not_at_all(
    programme: Programme, project: ProjectManager, stranger: AccountAPI
) -> None:
    admin = programme.admin
    settings = (UTC_OFFSET, 60, 1, 0, False, False, False, 1)
    by_account = (0, 0, 0, 18, 0, ACCRUAL_AND_PURCHASE, 2**16 - 1)
    authority = admin.deploy(project.Authority, admin)
    ledger = admin.deploy(
        project.MilesLedger,
        authority,
        programme.ledger.reversalsPart(),
        "Pool",
        "POOL",
        settings,
        [by_account],
    )
    shop = admin.deploy(project.MilesShop, authority, ledger, programme.token, TREASURY)
    ledger.enrol(1, sender=admin)
    ledger.setDesk(shop, int(DESK_ACTS["MilesShop"]), sender=admin)
    shop.setPrices((1, 1), EXTENDING, NO_PRICE, sender=admin)
    shop.setLimits((10_000, 10_000, 0, 30), sender=admin)
    programme.token.mint(stranger, 10**12, sender=stranger)
    programme.token.approve(shop, 10**12, sender=stranger)
    shop.buy(1, 1_000, 1_000, NO_PERMIT, sender=stranger)
    deadline = ledger.lastDayOf(programme.now)
    programme.move_to((deadline - 5 + 7305) * 86_400)
    with refuses("LedgerExtensionPartial", member=1, left=1):
        shop.extend(1, 999, MOST, NO_PERMIT, sender=stranger)
    shop.extend(1, 1_000, MOST, NO_PERMIT, sender=stranger)
    moved = ledger.lastDayOf(programme.now)
    assert moved > deadline
    assert [tuple(lot)[:2] for lot in programme.lens.lotsOf(ledger, 1)] == [(1_000, moved)]
