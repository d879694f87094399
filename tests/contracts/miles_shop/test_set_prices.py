"""setPrices, setLimits, setTreasury: what the shop sells, to whom and for whom, by the governor.

given a governor
  when prices, limits or the treasury are set   then they are those, and an event says so
  when a price has units and no miles, or miles and no units then ShopPriceInvalid
  when the treasury is nobody                   then ShopTreasuryInvalid
given a shop without a token
  when it is deployed                           then it needs no treasury, and only recorded payments count
  when a price is set                           then ShopPriceInvalid
given anyone else                               then AccessManagedUnauthorized
"""

import pytest
from ape.api import AccountAPI
from ape.managers.project import ProjectManager

from tests.support.contract_programme import Programme
from tests.support.refusals import refuses
from tests.support.shop import (
    BUYING,
    EXTENDING,
    LIMITS,
    MOST,
    NO_PERMIT,
    NO_PRICE,
    TRANSFERRING,
    buy,
    give,
    open_shop,
    paid,
)

NOBODY = "0x" + "0" * 40


def test_set_prices_and_limits__values__are_read_back(programme: Programme) -> None:
    tx = programme.shop.setPrices(BUYING, EXTENDING, TRANSFERRING, sender=programme.manager)
    (event,) = tx.decode_logs(programme.shop.PricesSet)
    assert [tuple(event[name]) for name in ("buying", "extending", "transferring")] == [
        BUYING, EXTENDING, TRANSFERRING,
    ]  # fmt: skip
    assert [tuple(price) for price in programme.shop.prices()] == [BUYING, EXTENDING, TRANSFERRING]
    tx = programme.shop.setLimits(LIMITS, sender=programme.manager)
    (event,) = tx.decode_logs(programme.shop.LimitsSet)
    assert tuple(event.limits) == tuple(programme.shop.limits()) == LIMITS


def test_set_treasury__another__gets_what_comes_after(programme: Programme, stranger: AccountAPI) -> None:
    open_shop(programme)
    give(programme, stranger)
    buy(programme, stranger, 10)
    tx = programme.shop.setTreasury(programme.admin, sender=programme.manager)
    (event,) = tx.decode_logs(programme.shop.TreasurySet)
    assert event.treasury == programme.shop.treasury() == programme.admin.address
    buy(programme, stranger, 20)
    assert paid(programme) == 600_000
    with refuses("ShopTreasuryInvalid"):
        programme.shop.setTreasury(NOBODY, sender=programme.manager)


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize("wrong", [(1, 0), (0, 1)])
def test_set_prices__half_a_price__is_refused(
    programme: Programme, place: int, wrong: tuple[int, int]
) -> None:
    prices = [BUYING, EXTENDING, NO_PRICE]
    prices[place] = wrong
    with refuses("ShopPriceInvalid", units=wrong[0], perMiles=wrong[1]):
        programme.shop.setPrices(*prices, sender=programme.manager)


def test_shop__without_a_token__takes_recorded_payments_alone(
    programme: Programme, project: ProjectManager, stranger: AccountAPI
) -> None:
    authority = programme.admin.deploy(project.Authority, programme.admin)
    shop = programme.admin.deploy(project.MilesShop, authority, programme.ledger, NOBODY, NOBODY)
    assert (shop.token(), shop.treasury(), shop.ledger()) == (NOBODY, NOBODY, programme.ledger.address)
    with refuses("ShopPriceInvalid", units=BUYING[0], perMiles=BUYING[1]):
        shop.setPrices(BUYING, NO_PRICE, NO_PRICE, sender=programme.admin)
    shop.setPrices(NO_PRICE, NO_PRICE, NO_PRICE, sender=programme.admin)
    shop.setLimits(LIMITS, sender=programme.admin)
    programme.ledger.setDesk(shop, 4, sender=programme.manager)
    shop.recordPurchase(1, 100, b"\x01" * 32, sender=programme.admin)
    assert programme.ledger.balanceAt(1, programme.now) == 100
    with refuses("ShopNotForToken"):
        shop.buy(1, 100, MOST, NO_PERMIT, sender=stranger)


def test_shop__token_without_a_treasury__is_not_deployed(
    programme: Programme, project: ProjectManager
) -> None:
    with refuses("ShopTreasuryInvalid"):
        programme.admin.deploy(
            project.MilesShop, programme.authority, programme.ledger, programme.token, NOBODY
        )


def test_settings__anyone_else__cannot(programme: Programme, stranger: AccountAPI) -> None:
    for function, arguments in (
        ("setPrices", (NO_PRICE, NO_PRICE, NO_PRICE)),
        ("setLimits", (LIMITS,)),
        ("setTreasury", (stranger,)),
    ):
        with refuses("AccessManagedUnauthorized", caller=stranger.address):
            getattr(programme.shop, function)(*arguments, sender=stranger)
