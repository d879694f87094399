"""register, addOutlets, setEarnRate, fund, setSuspended: what the registry keeps of a partner.

given a registrar
  when a partner is registered                      then it has the next id and the terms given
  when the rate is 0, or miles are all ones         then PartnerEarnRateInvalid, PartnerFundingInvalid
  when outlets are added, and more after            then each has its two offsets, and numbers go on
  when an offset is beyond 14 hours, or one too many then PartnerOutletOffsetInvalid, PartnerOutletsTooMany
  when a partner is funded                          then what it may issue rises; never for an open one
  when the rate changes                             then it holds from the next report on
given no such partner                               then PartnerUnknown
"""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.contract_programme import OPEN_PARTNER, PREPAID_MILES, PREPAID_PARTNER, Programme
from tests.support.purchases import an_entry
from tests.support.refusals import refuses


def test_register__all_three_payments__keep_their_terms(programme: Programme) -> None:
    for payment, available in ((0, 0), (1, 70), (2, 2**48 - 2)):
        tx = programme.registry.register(65_535, 2**32 - 1, payment, available, sender=programme.manager)
        partner = programme.registry.partnerOf(programme.registry.partnerCount())
        assert (partner.earnMiles, partner.perMinor, partner.payment) == (65_535, 2**32 - 1, payment)
        assert (partner.available, partner.outletCount, partner.suspended) == (available, 0, False)
        assert len(tx.decode_logs(programme.registry.PartnerFunded)) == (available > 0)
    assert programme.registry.partnerCount() == 6


def test_register__open_partner__ignores_miles(programme: Programme) -> None:
    programme.registry.register(1, 1, 0, 99, sender=programme.manager)
    assert programme.registry.partnerOf(4).available == 0


@pytest.mark.parametrize(("miles", "minor"), [(0, 400), (1, 0), (0, 0)])
def test_register_and_set_earn_rate__rate_of_0__is_refused(
    programme: Programme, miles: int, minor: int
) -> None:
    with refuses("PartnerEarnRateInvalid", earnMiles=miles, perMinor=minor):
        programme.registry.register(miles, minor, 0, 0, sender=programme.manager)
    with refuses("PartnerEarnRateInvalid"):
        programme.registry.setEarnRate(1, miles, minor, sender=programme.manager)


def test_register__miles_that_mean_no_limit__are_refused(programme: Programme) -> None:
    with refuses("PartnerFundingInvalid", partner=4, miles=2**48 - 1):
        programme.registry.register(1, 400, 1, 2**48 - 1, sender=programme.manager)


def test_add_outlets__in_two_turns__numbers_go_on(programme: Programme) -> None:
    registry, manager = programme.registry, programme.manager
    registry.register(1, 1, 0, 0, sender=manager)
    first, second = [(-56, 56), (0, 0), (23, 23)], [(n - 28, 28 - n) for n in range(40)]
    registry.addOutlets(4, first, sender=manager)
    registry.addOutlets(4, second, sender=manager)
    for number, offsets in enumerate((*first, *second)):
        found, known = registry.outletOf(4, number)
        assert (tuple(found), known) == (offsets, True)
    assert registry.partnerOf(4).outletCount == 43
    assert [registry.outletOf(4, number)[1] for number in (43, 255, 256, 65_535)] == [False] * 4


@pytest.mark.parametrize("offset", [-57, 57, -128, 127])
def test_add_outlets__offset_beyond_14_hours__is_refused(programme: Programme, offset: int) -> None:
    for pair in ((offset, 0), (0, offset)):
        with refuses("PartnerOutletOffsetInvalid", offset=offset):
            programme.registry.addOutlets(1, [(0, 0), pair], sender=programme.manager)


def test_add_outlets__256__is_the_most(programme: Programme) -> None:
    programme.registry.addOutlets(1, [(0, 4)] * 253, sender=programme.manager)
    assert [one.base for one in programme.award(an_entry(outlet=255), an_entry(outlet=256))] == [25, 0]
    with refuses("PartnerOutletsTooMany", given=257, most=256):
        programme.registry.addOutlets(1, [(0, 0)], sender=programme.manager)


def test_fund__prepaid_partner__raises_what_it_may_issue(programme: Programme) -> None:
    tx = programme.registry.fund(PREPAID_PARTNER, 50, sender=programme.manager)
    (event,) = tx.decode_logs(programme.registry.PartnerFunded)
    assert (event.miles, event.available) == (50, PREPAID_MILES + 50)
    assert programme.registry.partnerOf(PREPAID_PARTNER).available == PREPAID_MILES + 50


@pytest.mark.parametrize(
    ("partner", "miles"),
    [(OPEN_PARTNER, 1), (PREPAID_PARTNER, 0), (PREPAID_PARTNER, 2**48 - 1 - PREPAID_MILES)],
)
def test_fund__open_partner_or_no_miles_or_too_many__is_refused(
    programme: Programme, partner: int, miles: int
) -> None:
    with refuses("PartnerFundingInvalid", partner=partner, miles=miles):
        programme.registry.fund(partner, miles, sender=programme.manager)


def test_set_earn_rate__settled_and_next__holds_from_the_next_report(programme: Programme) -> None:
    assert programme.award(an_entry())[0].base == 25
    programme.registry.setEarnRate(1, 3, 100, sender=programme.manager)
    assert programme.award(an_entry())[0].base == 300
    assert programme.ledger.balanceAt(1, programme.now) == 325


ACTS: list[Callable[[Programme, Any], Any]] = [
    lambda programme, by: programme.registry.addOutlets(4, [(0, 0)], sender=by),
    lambda programme, by: programme.registry.setEarnRate(4, 1, 1, sender=by),
    lambda programme, by: programme.registry.fund(4, 1, sender=by),
    lambda programme, by: programme.registry.setSuspended(4, True, sender=by),
    lambda programme, by: programme.registry.partnerOf(4),
]


@pytest.mark.parametrize("act", ACTS, ids=["addOutlets", "setEarnRate", "fund", "setSuspended", "partnerOf"])
def test_registry__unknown_partner__is_refused(
    programme: Programme, act: Callable[[Programme, Any], Any]
) -> None:
    with refuses("PartnerUnknown", partner=4):
        act(programme, programme.manager)


def test_acceptance__as_deployed__is_told(programme: Programme) -> None:
    assert tuple(programme.registry.acceptance()) == (90, 10)
    assert programme.registry.promotionBook() == programme.book.address
