"""contribute, release: a promotion that several partners pay together.

given a promotion that a pot pays for
  when a partner contributes                   then its miles go into the budget, and both contracts tell
  when it has too few left, or gives nothing   then it is refused
given another promotion, or a stranger         then it is refused
given it is not over                           then nothing is given back
given it is over
  when something is left                       then each gets its part by what it paid, the first the rest
  when asked again                             then the pot is empty
"""

import pytest
from ape.api import AccountAPI

from tests.support.contract_programme import OPEN_PARTNER, PREPAID_MILES, PREPAID_PARTNER, Programme
from tests.support.promotion_stage import DAY, bonuses, put_in_force, rich_terms
from tests.support.purchases import an_entry
from tests.support.refusals import refuses

LONG = 1_000 * DAY


def _joint(programme: Programme) -> int:
    (promotion,) = put_in_force(programme, rich_terms(programme, funded=True))
    return promotion


def _pay(programme: Programme, promotion: int, partner: int, miles: int) -> None:
    programme.book.contribute(promotion, partner, miles, sender=programme.manager)


def _available(programme: Programme) -> int:
    return int(programme.registry.partnerOf(PREPAID_PARTNER).available)


def test_contribute__from_several__is_the_budget_and_both_contracts_tell(programme: Programme) -> None:
    promotion = _joint(programme)
    _pay(programme, promotion, OPEN_PARTNER, 60)
    _pay(programme, promotion, PREPAID_PARTNER, 40)
    assert programme.book.budgetOf(promotion).budget == 100
    assert _available(programme) == PREPAID_MILES - 40
    paid = [(one.partner, one.miles) for one in programme.book.contributionsOf(promotion)]
    assert paid == [(OPEN_PARTNER, 60), (PREPAID_PARTNER, 40)]
    told = [
        (log.promotion, log.partner, log.miles, log.budget) for log in programme.book.PromotionContributed
    ]
    assert told[-2:] == [(promotion, OPEN_PARTNER, 60, 60), (promotion, PREPAID_PARTNER, 40, 100)]
    moved = [(log.partner, log.miles, log.available) for log in programme.registry.PartnerContributed]
    assert moved[-1] == (PREPAID_PARTNER, 40, PREPAID_MILES - 40)


def test_contribute__what_cannot_be__is_refused_by_name(programme: Programme, stranger: AccountAPI) -> None:
    promotion = _joint(programme)
    with refuses("PromotionContributionInvalid", promotion=promotion, miles=0):
        _pay(programme, promotion, OPEN_PARTNER, 0)
    with refuses("PartnerFundingInvalid", partner=PREPAID_PARTNER, miles=PREPAID_MILES + 1):
        _pay(programme, promotion, PREPAID_PARTNER, PREPAID_MILES + 1)
    with refuses("AccessManagedUnauthorized"):
        programme.book.contribute(promotion, OPEN_PARTNER, 1, sender=stranger)
    other = programme.publish(rich_terms(programme, first_day=20_000, last_day=20_001))
    with refuses("PromotionNotFunded", promotion=other):
        _pay(programme, other, OPEN_PARTNER, 1)
    with refuses("PromotionNotFunded", promotion=other):
        programme.book.release(other, sender=stranger)
    for caller in (programme.manager, stranger):
        with refuses("PartnerCallerNotPromotionBook"):
            programme.registry.contributeFrom(OPEN_PARTNER, 1, sender=caller)
        with refuses("PartnerCallerNotPromotionBook"):
            programme.registry.giveBack(OPEN_PARTNER, 1, sender=caller)


@pytest.mark.parametrize(
    ("paid", "parts"),
    [
        # 100 are granted; the rest goes back by what each paid, and what rounding leaves to the first.
        ((150, 50), (75, 25)),
        ((100, 101), (51, 50)),
        ((101, 0), (1, 0)),
    ],
)
def test_release__over__gives_each_its_part(
    programme: Programme, stranger: AccountAPI, paid: tuple[int, int], parts: tuple[int, int]
) -> None:
    promotion = _joint(programme)
    # The prepaid partner pays first, so it gets what rounding leaves.
    for partner, miles in zip((PREPAID_PARTNER, OPEN_PARTNER), paid, strict=True):
        if miles:
            _pay(programme, promotion, partner, miles)
    assert bonuses(programme, an_entry()) == [100]
    before = _available(programme)
    with refuses("PromotionNotOver", promotion=promotion):
        programme.book.release(promotion, sender=stranger)
    programme.move_to(programme.now + LONG)
    programme.book.release(promotion, sender=stranger)
    assert _available(programme) == before + parts[0]
    back = {log.partner: log.miles for log in programme.book.PromotionReleased if log.promotion == promotion}
    assert back.get(PREPAID_PARTNER, 0) == parts[0] and back.get(OPEN_PARTNER, 0) == parts[1]
    budget = programme.book.budgetOf(promotion)
    assert budget.budget == budget.granted == 100
    with refuses("PromotionPotEmpty", promotion=promotion):
        programme.book.release(promotion, sender=stranger)
