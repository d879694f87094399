"""recordPurchase, recordExtension: miles for payments made elsewhere, each counted once.

given a recorder
  when a payment is recorded             then miles are earned or extended as if bought here, within limits
  when it is recorded again, by whatever function, or has no reference then ShopPaymentInvalid
  when the ledger or the limit refuses   then the payment is not recorded
given anyone else                        then AccessManagedUnauthorized
"""

import pytest
from ape.api import AccountAPI

from tests.support.contract_programme import Programme
from tests.support.orders import balance, lots
from tests.support.refusals import refuses
from tests.support.shop import LIMITS, last_days_before, open_shop, paid

PAYMENT, OTHER = b"\x01" * 32, b"\x02" * 32
FUNCTIONS = ["recordPurchase", "recordExtension"]


def record(programme: Programme, function: str, payment: bytes, miles: int = 100, member: int = 1) -> None:
    getattr(programme.shop, function)(member, miles, payment, sender=programme.manager)


def test_record_purchase__new_payment__earns_today(programme: Programme) -> None:
    open_shop(programme)
    tx = programme.shop.recordPurchase(1, 700, PAYMENT, sender=programme.manager)
    assert lots(programme) == [(700, programme.ledger.lastDayOf(programme.now))]
    (recorded,) = tx.decode_logs(programme.shop.PaymentRecorded)
    assert (bytes(recorded.payment), recorded.member) == (PAYMENT, 1)
    (bought,) = tx.decode_logs(programme.shop.MilesBought)
    assert (bought.miles, bought.payer, bought.price) == (700, programme.manager.address, 0)
    assert (programme.shop.paymentRecorded(PAYMENT), paid(programme)) == (True, 0)
    assert tuple(programme.shop.yearOf(1, 2018)) == (700, 0, 0)


def test_record_extension__new_payment__earns_anew_today(programme: Programme) -> None:
    open_shop(programme)
    programme.earn(400)
    last_days_before(programme, 10)
    tx = programme.shop.recordExtension(1, 1_000, PAYMENT, sender=programme.manager)
    assert lots(programme) == [(400, programme.ledger.lastDayOf(programme.now))]
    (extended,) = tx.decode_logs(programme.shop.MilesExtended)
    assert (extended.member, extended.miles, extended.price) == (1, 400, 0)
    assert programme.shop.yearOf(1, 2021).extended == 400


@pytest.mark.parametrize("first", FUNCTIONS)
@pytest.mark.parametrize("again", FUNCTIONS)
def test_record__same_payment_again__is_refused(programme: Programme, first: str, again: str) -> None:
    open_shop(programme)
    programme.earn(400)
    last_days_before(programme, 10)
    record(programme, first, PAYMENT)
    before = lots(programme)
    with refuses("ShopPaymentInvalid", payment=PAYMENT):
        record(programme, again, PAYMENT, member=2)
    assert lots(programme) == before
    record(programme, again, OTHER)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_record__no_reference_or_no_miles__is_refused(programme: Programme, function: str) -> None:
    open_shop(programme)
    with refuses("ShopPaymentInvalid", payment=bytes(32)):
        record(programme, function, bytes(32))
    with refuses("ShopMilesInvalid", miles=0):
        record(programme, function, PAYMENT, miles=0)


def test_record__refused__leaves_the_payment_to_be_recorded(programme: Programme) -> None:
    open_shop(programme)
    with refuses("ShopLimitReached", left=LIMITS[0], wanted=LIMITS[0] + 1):
        record(programme, "recordPurchase", PAYMENT, miles=LIMITS[0] + 1)
    with refuses("LedgerMemberUnknown", member=101):
        record(programme, "recordPurchase", PAYMENT, member=101)
    with refuses("ShopNothingToExtend", member=1):
        record(programme, "recordExtension", PAYMENT)
    assert not programme.shop.paymentRecorded(PAYMENT)
    record(programme, "recordPurchase", PAYMENT)
    assert balance(programme) == 100


@pytest.mark.parametrize("function", FUNCTIONS)
def test_record__anyone_else__cannot(programme: Programme, stranger: AccountAPI, function: str) -> None:
    open_shop(programme)
    with refuses("AccessManagedUnauthorized", caller=stranger.address):
        getattr(programme.shop, function)(1, 100, PAYMENT, sender=stranger)
