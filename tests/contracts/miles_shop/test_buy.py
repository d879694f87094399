"""buy: anyone pays the token for a member's miles.

given a price for miles
  when a payer who allowed it buys            then the miles are earned today and the treasury has the price
  when it is for another member               then that is a gift, like any purchase
  when the price does not come out whole      then it is rounded up
  when it is above what the payer agreed to   then ShopPriceAbove
  when the payer permits it by signature      then no allowance is needed; a permit sent before does no harm
  when a permit is worth nothing and nothing was allowed then the token refuses
  when no miles are wanted                    then ShopMilesInvalid
  when the year's limit leaves too little     then ShopLimitReached, until the year of the programme ends
  when the member is unknown or closed        then LedgerMemberUnknown, LedgerAccountClosed
  when the token calls back into the shop     then what was written counts: nobody gets past a limit
given no price, no limit, or a payer without means
  when somebody buys                          then ShopNotForToken, ShopLimitReached, the token's own error
"""

import pytest
from ape.api import AccountAPI

from tests.support.contract_programme import TREASURY, Programme
from tests.support.orders import balance, lots
from tests.support.refusals import refuses
from tests.support.shop import LIMITS, MOST, NO_PERMIT, NO_PRICE, buy, give, open_shop, paid, permit

# 2018-12-31 16:00 UTC is New Year in Hong Kong.
NEW_YEAR = 1_546_272_000


@pytest.fixture
def payer(programme: Programme, stranger: AccountAPI) -> AccountAPI:
    """Somebody with tokens, at an open shop."""
    open_shop(programme)
    give(programme, stranger)
    return stranger


def test_buy__allowed_before__earns_today_and_pays_the_treasury(
    programme: Programme, payer: AccountAPI
) -> None:
    assert programme.shop.buyPrice(1_000) == 30_000_000
    tx = programme.shop.buy(1, 1_000, 30_000_000, NO_PERMIT, sender=payer)
    last_day = programme.ledger.lastDayOf(programme.now)
    assert lots(programme) == [(1_000, last_day)]
    assert (paid(programme), programme.token.balanceOf(payer)) == (30_000_000, 10**12 - 30_000_000)
    assert (programme.shop.treasury().lower(), programme.token.balanceOf(programme.shop)) == (TREASURY, 0)
    (event,) = tx.decode_logs(programme.shop.MilesBought)
    assert (event.member, event.miles, event.lastDay) == (1, 1_000, last_day)
    assert (event.payer, event.price) == (payer.address, 30_000_000)
    assert tuple(programme.shop.yearOf(1, 2018)) == (1_000, 0, 0)
    assert programme.ledger.totals().credited == 1_000


@pytest.mark.parametrize(("price", "miles", "units"), [((10, 3), 1, 4), ((10, 3), 3, 10), ((1, 1_000), 1, 1)])
def test_buy__price_not_whole__is_rounded_up(
    programme: Programme, payer: AccountAPI, price: tuple[int, int], miles: int, units: int
) -> None:
    open_shop(programme, buying=price)
    assert programme.shop.buyPrice(miles) == units
    with refuses("ShopPriceAbove", price=units, most=units - 1):
        programme.shop.buy(1, miles, units - 1, NO_PERMIT, sender=payer)
    programme.shop.buy(1, miles, units, NO_PERMIT, sender=payer)
    assert paid(programme) == units


def test_buy__price_raised_meanwhile__is_refused(programme: Programme, payer: AccountAPI) -> None:
    shown = programme.shop.buyPrice(100)
    open_shop(programme, buying=(30_001, 1))
    with refuses("ShopPriceAbove", price=3_000_100, most=shown):
        programme.shop.buy(1, 100, shown, NO_PERMIT, sender=payer)
    assert balance(programme) == 0


def test_buy__by_permit__needs_no_allowance(programme: Programme, wallet: AccountAPI) -> None:
    open_shop(programme)
    give(programme, wallet, allowed=0)
    signed = permit(programme, wallet, 3_000_000)
    programme.shop.buy(1, 100, 3_000_000, signed, sender=wallet)
    assert (balance(programme), paid(programme)) == (100, 3_000_000)


def test_buy__permit_sent_by_another_before__still_goes(
    programme: Programme, wallet: AccountAPI, stranger: AccountAPI
) -> None:
    open_shop(programme)
    give(programme, wallet, allowed=0)
    signed = permit(programme, wallet, 3_000_000)
    programme.token.permit(wallet, programme.shop, 3_000_000, *signed, sender=stranger)
    programme.shop.buy(1, 100, 3_000_000, signed, sender=wallet)
    assert balance(programme) == 100


def test_buy__permit_of_another_or_expired__pays_for_nobody(
    programme: Programme, wallet: AccountAPI, stranger: AccountAPI
) -> None:
    open_shop(programme)
    give(programme, wallet, allowed=0)
    give(programme, stranger, allowed=0)
    expired = permit(programme, stranger, 3_000_000, deadline=programme.now - 1)
    for signed in (permit(programme, wallet, 3_000_000), expired, NO_PERMIT):
        with refuses("ContractReverted"):
            programme.shop.buy(1, 100, 3_000_000, signed, sender=stranger)
    assert (balance(programme), paid(programme)) == (0, 0)


def test_buy__payer_has_too_little__is_refused_by_the_token(
    programme: Programme, stranger: AccountAPI
) -> None:
    open_shop(programme)
    give(programme, stranger, amount=29_999)
    with refuses("ContractReverted"):
        buy(programme, stranger, 1)
    assert tuple(programme.shop.yearOf(1, 2018)) == (0, 0, 0)


def test_buy__nothing__is_refused(programme: Programme, payer: AccountAPI) -> None:
    with refuses("ShopMilesInvalid", miles=0):
        buy(programme, payer, 0)


def test_buy__years_limit__ends_with_the_programmes_year(programme: Programme, payer: AccountAPI) -> None:
    most = LIMITS[0]
    buy(programme, payer, most - 100)
    with refuses("ShopLimitReached", member=1, left=100, wanted=101):
        buy(programme, payer, 101)
    buy(programme, payer, 100)
    buy(programme, payer, most, member=2)
    programme.chain.pending_timestamp = NEW_YEAR - 1
    with refuses("ShopLimitReached", member=1, left=0, wanted=1):
        buy(programme, payer, 1)
    programme.chain.pending_timestamp = NEW_YEAR
    buy(programme, payer, most)
    assert [programme.shop.yearOf(1, year).bought for year in (2018, 2019)] == [most, most]


def test_buy__limit_lowered_below_what_was_bought__leaves_nothing(
    programme: Programme, payer: AccountAPI
) -> None:
    buy(programme, payer, 500)
    open_shop(programme, limits=(499, 0, 0, 0))
    with refuses("ShopLimitReached", left=0, wanted=1):
        buy(programme, payer, 1)


@pytest.mark.parametrize(("member", "error"), [(0, "Unknown"), (101, "Unknown"), (9, "Closed")])
def test_buy__no_open_account__is_refused(
    programme: Programme, payer: AccountAPI, member: int, error: str
) -> None:
    programme.ledger.close(9, sender=programme.manager)
    name = {"Unknown": "LedgerMemberUnknown", "Closed": "LedgerAccountClosed"}[error]
    with refuses(name, member=member):
        buy(programme, payer, 100, member=member)


def test_buy__shop_as_deployed__sells_nothing(programme: Programme, stranger: AccountAPI) -> None:
    give(programme, stranger)
    with refuses("ShopNotForToken"):
        buy(programme, stranger, 100)
    with refuses("ShopNotForToken"):
        programme.shop.buyPrice(100)
    open_shop(programme, limits=(0, 0, 0, 0))
    with refuses("ShopLimitReached", left=0, wanted=100):
        buy(programme, stranger, 100)
    open_shop(programme, buying=NO_PRICE)
    with refuses("ShopNotForToken"):
        buy(programme, stranger, 100)


def test_buy__token_calls_back__finds_everything_written(programme: Programme, payer: AccountAPI) -> None:
    token, shop = programme.token, programme.shop
    token.mint(token, 10**9, sender=payer)
    again = shop.buy.encode_input(1, LIMITS[0] - 100, MOST, NO_PERMIT)
    token.callBack(shop, again, sender=payer)
    # The token, as a payer, wants the whole limit while the first purchase of 101 is not paid for yet.
    with refuses("ShopLimitReached", left=LIMITS[0] - 101, wanted=LIMITS[0] - 100):
        buy(programme, payer, 101)
    # With less it gets it, and pays for it.
    token.approveFrom(shop, 10**9, sender=payer)
    token.callBack(shop, shop.buy.encode_input(2, 100, MOST, NO_PERMIT), sender=payer)
    buy(programme, payer, 101)
    assert (balance(programme), balance(programme, 2), paid(programme)) == (101, 100, 201 * 30_000)
