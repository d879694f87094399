"""setBurnRate, reimburse: what bills cost in miles, and what partners were paid for them.

given a registered partner
  when its burn rate is set             then bills from then on cost by it; 0 miles end it
  when it is per nothing                then RedemptionBurnRateInvalid
  when it is owed miles                 then so many can be recorded as reimbursed, and no more
given a partner that is not registered  then PartnerUnknown
given anyone else                       then AccessManagedUnauthorized
"""

import pytest
from ape.api import AccountAPI

from tests.support.contract_programme import Programme
from tests.support.orders import a_paid_bill
from tests.support.refusals import refuses

PAYMENT = b"\x50" * 32


def test_set_burn_rate__changed__counts_for_bills_to_come(programme: Programme) -> None:
    programme.earn(1_000)
    a_paid_bill(programme)
    tx = programme.redemption.setBurnRate(1, 3, 100, sender=programme.manager)
    (event,) = tx.decode_logs(programme.redemption.BurnRateSet)
    assert (event.partner, event.burnMiles, event.perMinor) == (1, 3, 100)
    assert programme.redemption.milesFor(1, 10_000) == 300
    assert programme.redemption.owedTo(1) == 200


@pytest.mark.parametrize("per_minor", [0, 100])
def test_set_burn_rate__no_miles__ends_it(programme: Programme, per_minor: int) -> None:
    programme.redemption.setBurnRate(1, 2, 100, sender=programme.manager)
    programme.redemption.setBurnRate(1, 0, per_minor, sender=programme.manager)
    assert programme.redemption.milesFor(1, 10_000) == 0


def test_set_burn_rate__per_nothing_or_for_nobody__is_refused(programme: Programme) -> None:
    with refuses("RedemptionBurnRateInvalid", partner=1, burnMiles=2, perMinor=0):
        programme.redemption.setBurnRate(1, 2, 0, sender=programme.manager)
    for partner in (0, 4):
        with refuses("PartnerUnknown", partner=partner):
            programme.redemption.setBurnRate(partner, 2, 100, sender=programme.manager)


def test_reimburse__owed__is_recorded_until_nothing_is(programme: Programme) -> None:
    programme.earn(1_000)
    a_paid_bill(programme)
    tx = programme.redemption.reimburse(1, 150, PAYMENT, sender=programme.manager)
    (event,) = tx.decode_logs(programme.redemption.PartnerReimbursed)
    assert (event.partner, event.miles, bytes(event.payment)) == (1, 150, PAYMENT)
    assert (programme.redemption.owedTo(1), programme.redemption.tillOf(1).reimbursed) == (50, 150)
    for miles in (51, 2**64 - 1, 0):
        with refuses("RedemptionNotOwed", partner=1, owed=50, wanted=miles):
            programme.redemption.reimburse(1, miles, PAYMENT, sender=programme.manager)
    programme.redemption.reimburse(1, 50, PAYMENT, sender=programme.manager)
    assert programme.redemption.owedTo(1) == 0


def test_set_burn_rate_or_reimburse__anyone_else__cannot(programme: Programme, stranger: AccountAPI) -> None:
    with refuses("AccessManagedUnauthorized", caller=stranger.address):
        programme.redemption.setBurnRate(1, 2, 100, sender=stranger)
    with refuses("AccessManagedUnauthorized", caller=stranger.address):
        programme.redemption.reimburse(1, 1, PAYMENT, sender=stranger)
