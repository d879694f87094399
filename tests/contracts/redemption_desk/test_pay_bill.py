"""payBill: a member pays at a partner's till with miles, and the partner is credited.

given a partner that takes 2 miles for 1.00
  when a member's wallet signs for a bill          then its miles are taken, rounded up, and owed to it
  when the bill is paid again, by anyone           then RedemptionBillPaid, even after it was cancelled
  when another partner has a bill of that reference then it is another bill
  when it costs more miles than was agreed to      then RedemptionCostsMore
  when the signature is for another amount, bill or partner then ConsentSignatureInvalid
  when it has no reference or amount, or too many miles then RedemptionBillInvalid
  when more miles are needed than live             then RedemptionMilesShort, and nothing is owed
  when the operator cancels it                     then the miles come back and the partner is owed less
  when it was reimbursed before                    then the partner's next bills make up for it
  when the member withdraws it                     then RedemptionOrderDecided: goods go back over the till
given a partner that is unknown, suspended, or without a rate
  when a bill is paid                              then PartnerUnknown, …PartnerSuspended, …TakesNoMiles
"""

import pytest
from ape.api import AccountAPI

from tests.support.consents import NO_CONSENT, consent
from tests.support.contract_programme import Programme
from tests.support.links import link
from tests.support.orders import BILL, CANCELLED, FULFILLED, a_paid_bill, balance, draws_of, hash_of
from tests.support.refusals import refuses

BILL_A, BILL_B = b"\xaa" * 32, b"\xbb" * 32
MOST = 2**40 - 1


@pytest.fixture
def till(programme: Programme) -> int:
    """Partner 1, at two miles for 1.00."""
    programme.redemption.setBurnRate(1, 2, 100, sender=programme.manager)
    return 1


def pay(
    programme: Programme, partner: int, bill: bytes = BILL_A, amount: int = 10_000, most: int = MOST
) -> int:
    """Member 1 pays by custody; gives the order."""
    programme.redemption.payBill(1, partner, bill, amount, most, NO_CONSENT, sender=programme.manager)
    return int(programme.redemption.orderCount())


def test_pay_bill__signed_by_the_wallet__credits_the_partner(
    programme: Programme, till: int, wallet: AccountAPI
) -> None:
    programme.earn(500)
    link(programme, 1, wallet)
    signed = consent(
        programme, "Pay", 1, wallet, partner=till, bill=BILL_A, amountMinor=10_001, mostMiles=201
    )
    tx = programme.redemption.payBill(1, till, BILL_A, 10_001, 201, signed, sender=programme.relayer)
    assert (balance(programme), programme.redemption.owedTo(till)) == (299, 201)
    assert tuple(programme.redemption.tillOf(till)) == (2, 100, 201, 0, 0)
    record = programme.redemption.orderOf(1)
    assert (record.kind, record.state, record.subject, record.miles) == (BILL, FULFILLED, till, 201)
    assert (record.amountMinor, bytes(record.bill), record.decidedAt) == (10_001, BILL_A, programme.now)
    assert bytes(record.drawsHash) == hash_of(draws_of(programme, tx))
    (paid,) = tx.decode_logs(programme.redemption.BillPaid)
    assert (paid.order, paid.partner, bytes(paid.bill), paid.amountMinor) == (1, till, BILL_A, 10_001)
    assert programme.redemption.orderOfBill(till, BILL_A) == 1


@pytest.mark.parametrize(("amount", "miles"), [(1, 1), (50, 1), (51, 2), (100, 2), (101, 3), (10_000, 200)])
def test_miles_for__amount__is_rounded_up(programme: Programme, till: int, amount: int, miles: int) -> None:
    assert programme.redemption.milesFor(till, amount) == miles
    assert programme.redemption.milesFor(2, amount) == 0


def test_pay_bill__same_bill_again__is_refused(programme: Programme, till: int) -> None:
    programme.earn(1_000)
    number = pay(programme, till)
    with refuses("RedemptionBillPaid", partner=till, bill=BILL_A, order=number):
        pay(programme, till)
    pay(programme, till, BILL_B)
    programme.redemption.setBurnRate(2, 1, 100, sender=programme.manager)
    pay(programme, 2, BILL_A)
    assert [programme.redemption.owedTo(partner) for partner in (till, 2)] == [400, 100]


def test_pay_bill__dearer_than_agreed__is_refused(programme: Programme, till: int) -> None:
    programme.earn(1_000)
    with refuses("RedemptionCostsMore", miles=200, most=199):
        pay(programme, till, most=199)


@pytest.mark.parametrize("changed", ["partner", "bill", "amount", "most"])
def test_pay_bill__signed_for_something_else__is_refused(
    programme: Programme, till: int, wallet: AccountAPI, changed: str
) -> None:
    programme.earn(500)
    link(programme, 1, wallet)
    programme.redemption.setBurnRate(2, 2, 100, sender=programme.manager)
    signed = consent(programme, "Pay", 1, wallet, partner=till, bill=BILL_A, amountMinor=100, mostMiles=2)
    arguments = {"partner": till, "bill": BILL_A, "amount": 100, "most": 2}
    arguments[changed] = {"partner": 2, "bill": BILL_B, "amount": 99, "most": 3}[changed]
    with refuses("ConsentSignatureInvalid", member=1):
        programme.redemption.payBill(1, *arguments.values(), signed, sender=programme.relayer)


def test_pay_bill__no_wallet__is_for_custody_alone(
    programme: Programme, till: int, stranger: AccountAPI
) -> None:
    programme.earn(500)
    with refuses("AccessManagedUnauthorized", caller=stranger.address):
        programme.redemption.payBill(1, till, BILL_A, 100, 2, NO_CONSENT, sender=stranger)


@pytest.mark.parametrize(("bill", "amount"), [(bytes(32), 100), (BILL_A, 0)])
def test_pay_bill__without_reference_or_amount__is_refused(
    programme: Programme, till: int, bill: bytes, amount: int
) -> None:
    with refuses("RedemptionBillInvalid", partner=till, amountMinor=amount):
        pay(programme, till, bill, amount)


def test_pay_bill__more_miles_than_there_can_be__is_refused(programme: Programme) -> None:
    programme.redemption.setBurnRate(1, 2**32 - 1, 1, sender=programme.manager)
    with refuses("RedemptionBillInvalid", amountMinor=2**40 - 1):
        pay(programme, 1, amount=2**40 - 1)


def test_pay_bill__more_than_lives__owes_nothing(programme: Programme, till: int) -> None:
    programme.earn(199)
    with refuses("RedemptionMilesShort", member=1, live=199, wanted=200):
        pay(programme, till)
    assert (programme.redemption.owedTo(till), programme.redemption.orderOfBill(till, BILL_A)) == (0, 0)


def test_pay_bill__partner_unknown_suspended_or_without_a_rate__is_refused(
    programme: Programme, till: int
) -> None:
    programme.earn(500)
    with refuses("PartnerUnknown", partner=9):
        pay(programme, 9)
    with refuses("RedemptionPartnerTakesNoMiles", partner=2):
        pay(programme, 2)
    programme.registry.setSuspended(till, True, sender=programme.manager)
    with refuses("RedemptionPartnerSuspended", partner=till):
        pay(programme, till)
    programme.registry.setSuspended(till, False, sender=programme.manager)
    programme.redemption.setBurnRate(till, 0, 0, sender=programme.manager)
    with refuses("RedemptionPartnerTakesNoMiles", partner=till):
        pay(programme, till)


def test_cancel__bill__lowers_what_is_owed(programme: Programme) -> None:
    programme.earn(500)
    number, draws = a_paid_bill(programme)
    programme.redemption.cancel(number, draws, sender=programme.manager)
    assert (balance(programme), programme.redemption.owedTo(1)) == (500, 0)
    assert programme.redemption.orderOf(number).state == CANCELLED
    with refuses("RedemptionOrderDecided", order=number, state=CANCELLED):
        programme.redemption.cancel(number, draws, sender=programme.manager)
    bill = bytes(programme.redemption.orderOf(number).bill)
    with refuses("RedemptionBillPaid", order=number):
        pay(programme, 1, bill)


def test_cancel__bill_reimbursed_before__next_bills_make_up_for_it(programme: Programme) -> None:
    programme.earn(500)
    number, draws = a_paid_bill(programme)
    programme.redemption.reimburse(1, 200, b"\x01" * 32, sender=programme.manager)
    programme.redemption.cancel(number, draws, sender=programme.manager)
    assert (balance(programme), programme.redemption.owedTo(1)) == (500, -200)
    a_paid_bill(programme, amount=15_000)
    assert programme.redemption.owedTo(1) == 100
    with refuses("RedemptionNotOwed", partner=1, owed=100, wanted=101):
        programme.redemption.reimburse(1, 101, b"\x02" * 32, sender=programme.manager)


def test_withdraw__bill__is_refused(programme: Programme) -> None:
    programme.earn(500)
    number, draws = a_paid_bill(programme)
    with refuses("RedemptionOrderDecided", order=number, state=FULFILLED):
        programme.redemption.withdraw(number, draws, NO_CONSENT, sender=programme.manager)
    with refuses("RedemptionOrderDecided", order=number, state=FULFILLED):
        programme.redemption.fulfil(number, sender=programme.manager)
