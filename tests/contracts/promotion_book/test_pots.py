"""contribute, release: promotions that several partners pay together.

given a promotion published with a pot
  when partners contribute               then their available miles fall and its budget rises
  when it grants                         then the pot pays, and the section's partner its base alone
  when the pot is empty                  then the last award is partial
  when no purchase can count any more    then the rest goes back in proportion, and what is over to the first
given one without, or a stranger         then it is refused by name
"""

import pytest
from ape.api import AccountAPI

from milepost.domain.outcome import Cut
from milepost.domain.promotion_terms import NO_BUDGET
from milepost.domain.receipt import Grant
from tests.support.contract_programme import (
    OLDEST_DAYS,
    OPEN_PARTNER,
    POSTPAID_PARTNER,
    PREPAID_MILES,
    PREPAID_PARTNER,
    Programme,
)
from tests.support.promotion_stage import DAY, awarded, put_in_force, rich_terms
from tests.support.purchases import an_entry
from tests.support.refusals import refuses

SECOND_OF_1990 = 7305 * DAY
MOST_OFFSET = 14 * 3_600


def available(programme: Programme, partner: int) -> int:
    return int(programme.registry.partnerOf(partner).available)


@pytest.fixture
def funded(programme: Programme) -> int:
    """A promotion of the prepaid partner, with 150 miles in its pot: 100 of it and 50 of the postpaid one."""
    (promotion,) = put_in_force(programme, rich_terms(programme, funded=True), partner=PREPAID_PARTNER)
    for partner, miles in ((PREPAID_PARTNER, 60), (POSTPAID_PARTNER, 50), (PREPAID_PARTNER, 40)):
        programme.book.contribute(promotion, partner, miles, sender=programme.manager)
    return promotion


def test_contribute__two_partners__pay_the_pot(programme: Programme, funded: int) -> None:
    assert [available(programme, one) for one in (PREPAID_PARTNER, POSTPAID_PARTNER)] == [
        PREPAID_MILES - 100,
        PREPAID_MILES - 50,
    ]
    assert programme.book.budgetOf(funded).budget == 150
    found = [(one.partner, one.miles) for one in programme.book.contributionsOf(funded)]
    assert found == [(PREPAID_PARTNER, 100), (POSTPAID_PARTNER, 50)]


def test_judge__paid_from_a_pot__charges_the_section_its_base_alone(
    programme: Programme, funded: int
) -> None:
    results = awarded(programme, *[an_entry()] * 3, partner=PREPAID_PARTNER)
    assert [one.grants for one in results] == [
        (Grant(funded, Cut.NONE, 100, 100),),
        (Grant(funded, Cut.BUDGET, 100, 50),),
        (Grant(funded, Cut.BUDGET, 100, 0),),
    ]
    assert available(programme, PREPAID_PARTNER) == PREPAID_MILES - 100 - 3 * 25
    assert programme.ledger.balanceAt(1, programme.now) == 3 * 25 + 150


def test_release__over__gives_back_in_proportion_and_once(programme: Programme, funded: int) -> None:
    awarded(programme, partner=PREPAID_PARTNER)
    last_day = programme.book.termsOf(funded).lastDay
    over = SECOND_OF_1990 + (last_day + 1) * DAY + MOST_OFFSET + OLDEST_DAYS * DAY
    programme.chain.pending_timestamp = over
    with refuses("PromotionNotOver", promotion=funded):
        programme.book.release(funded, sender=programme.relayer)
    before = [available(programme, one) for one in (PREPAID_PARTNER, POSTPAID_PARTNER)]
    programme.chain.pending_timestamp = over + 1
    programme.book.release(funded, sender=programme.relayer)
    after = [available(programme, one) for one in (PREPAID_PARTNER, POSTPAID_PARTNER)]
    # 50 are left: two thirds and one third, the second rounded down.
    assert [one - other for one, other in zip(after, before, strict=True)] == [34, 16]
    with refuses("PromotionPotEmpty", promotion=funded):
        programme.book.release(funded, sender=programme.relayer)


def test_contribute__more_than_a_partner_has_or_nothing__is_refused(
    programme: Programme, funded: int
) -> None:
    with refuses("PartnerFundingInvalid", partner=PREPAID_PARTNER):
        programme.book.contribute(funded, PREPAID_PARTNER, PREPAID_MILES, sender=programme.manager)
    with refuses("PromotionContributionInvalid", promotion=funded, miles=0):
        programme.book.contribute(funded, PREPAID_PARTNER, 0, sender=programme.manager)
    with refuses("PartnerUnknown", partner=9):
        programme.book.contribute(funded, 9, 5, sender=programme.manager)


def test_contribute__without_a_pot_or_by_a_stranger__is_refused(
    programme: Programme, funded: int, stranger: AccountAPI
) -> None:
    plain = programme.publish(rich_terms(programme))
    for call in (
        lambda: programme.book.contribute(plain, OPEN_PARTNER, 5, sender=programme.manager),
        lambda: programme.book.release(plain, sender=programme.manager),
    ):
        with refuses("PromotionNotFunded", promotion=plain):
            call()
    with refuses("PromotionFunded", promotion=funded):
        programme.book.raiseBudget(funded, 10_000, sender=programme.manager)
    with refuses("AccessManagedUnauthorized", caller=stranger.address):
        programme.book.contribute(funded, PREPAID_PARTNER, 5, sender=stranger)


@pytest.mark.parametrize(("funded_by_pot", "budget"), [(True, 5), (True, NO_BUDGET), (False, 0)])
def test_publish__budget_and_pot__exclude_each_other(
    programme: Programme, funded_by_pot: bool, budget: int
) -> None:
    with refuses("PromotionTermsInvalid", field=b"budget".ljust(32, b"\0")):
        programme.publish(rich_terms(programme, funded=funded_by_pot), budget)
