"""Where a limited promotion keeps what it granted a member: the account word's scratch, else a page.

given no promotion has the scratch
  when one with a limit is published                           then its progress stands in the account word
  when its member dines again, in this report or the next      then the limit goes on from there
  when the member also dines elsewhere in the same report      then that purchase leaves the scratch as it is
given a promotion has the scratch
  when another opens before its last purchase is too old       then that one has a page, and both limits hold
  when another opens after that                                then it takes the scratch and begins at 0
"""

from dataclasses import replace

from milepost.domain.promotion_terms import PromotionTerms
from tests.support.contract_programme import NOTICE_S, OLDEST_DAYS, OPEN_PARTNER, Programme, open_terms
from tests.support.purchases import an_entry

DAY = 86_400
SCRATCH_BIT = 220
OTHER_PARTNER = 2


def limited(programme: Programme, **changes: int) -> PromotionTerms:
    return replace(open_terms(programme.now, per_member=250, **changes), fixed_miles=100)


def scratch_of(programme: Programme, member: int) -> tuple[int, int]:
    """Season and miles granted in it."""
    scratch = programme.ledger.accountWord(member) >> SCRATCH_BIT & 0xFFFF_FFFF
    return scratch >> 24, scratch & 0xFF_FFFF


def test_scratch__first_limited_promotion__goes_on_over_purchases_and_reports(programme: Programme) -> None:
    promotion = programme.publish(limited(programme))
    programme.offer(OPEN_PARTNER, promotion)
    programme.move_to(programme.now + 20 * DAY)
    assert [one.bonus for one in programme.award(an_entry(), an_entry(member=2), an_entry())] == [
        100,
        100,
        100,
    ]
    assert scratch_of(programme, 1) == (1, 200)
    assert [one.bonus for one in programme.award(an_entry(), an_entry(), an_entry(member=2))] == [50, 0, 100]
    assert [scratch_of(programme, member) for member in (1, 2)] == [(1, 250), (1, 200)]
    assert [programme.book.progressOf(promotion, member).granted for member in (1, 2, 3)] == [250, 200, 0]


def test_scratch__same_member_elsewhere_in_the_report__leaves_it(programme: Programme) -> None:
    """Finding while built: the ledger's standing of the second purchase is older than the first's grant."""
    promotion = programme.publish(limited(programme))
    programme.offer(OPEN_PARTNER, promotion)
    programme.move_to(programme.now + 20 * DAY)
    first, second = sorted((OPEN_PARTNER, OTHER_PARTNER))
    programme.settle(*(programme.a_section(an_entry(), an_entry(), partner=one) for one in (first, second)))
    assert scratch_of(programme, 1) == (1, 200)


def test_scratch__two_promotions_at_once__the_second_has_a_page(programme: Programme) -> None:
    ids = [programme.publish(replace(limited(programme), group=group)) for group in (1, 2)]
    programme.offer(OPEN_PARTNER, *ids)
    programme.move_to(programme.now + 20 * DAY)
    assert [one.bonus for one in programme.award(*[an_entry()] * 3)] == [200, 200, 100]
    assert scratch_of(programme, 1) == (1, 250)
    assert [programme.book.progressOf(one, 1).granted for one in ids] == [250, 250]


def test_scratch__former_promotion_over__the_next_begins_at_zero(programme: Programme) -> None:
    former = limited(programme)
    former = replace(former, last_day=former.first_day + 20)
    over = former.last_day + OLDEST_DAYS
    later = replace(former, first_day=over + 4, last_day=over + 40)
    ids = [programme.publish(terms) for terms in (former, later)]
    programme.offer(OPEN_PARTNER, *ids)
    programme.move_to(programme.now + NOTICE_S + 10 * DAY)
    assert [one.bonus for one in programme.award(*[an_entry()] * 3)] == [100, 100, 50]
    programme.move_to((7305 + later.first_day + 3) * DAY)
    assert [one.bonus for one in programme.award(*[an_entry()] * 3)] == [100, 100, 50]
    assert scratch_of(programme, 1) == (2, 250)
    assert [programme.book.progressOf(one, 1).granted for one in ids] == [0, 250]
