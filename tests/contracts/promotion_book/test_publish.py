"""publish, compose, assign, stop, raiseBudget: committed terms.

given the notice period
  when a window opens exactly after it, anywhere on earth      then it is published; a second less, not
  when terms contradict themselves                             then PromotionTermsInvalid names the field
  when published                                               then terms, hash and budget read back as given
given published promotions
  when a set is empty, over 16, not rising, or has 5 groups    then it is refused by name
  when a partner's new set drops one that may still count      then OfferSetDropsPromotion
  when it adds one without notice                              then PromotionNoticeTooShort
  when one is stopped in the past, or later than it was        then PromotionStopInPast, PromotionStopLater
  when a budget is not raised                                  then PromotionBudgetNotRaised
"""

from dataclasses import replace
from typing import Any

import pytest

from milepost.domain.promotion_terms import NO_BUDGET, OutletMask, RewardKind, Row
from tests.support.contract_programme import (
    NOTICE_S,
    OLDEST_DAYS,
    OPEN_PARTNER,
    Programme,
    open_terms,
)
from tests.support.promotions import terms_tuple
from tests.support.purchases import an_entry
from tests.support.refusals import refuses

DAY = 86_400
FIRST_SECOND = 7305 * DAY
MOST_OFFSET = 14 * 3_600
TEXT_HASH = b"\x11" * 32


def as_tuples(value: Any) -> Any:
    """Terms as the chain gives them, with plain tuples all through."""
    return tuple(map(as_tuples, value)) if hasattr(value, "__getitem__") else value


@pytest.mark.parametrize("late_s", [0, 1])
def test_publish__notice_to_the_second__is_the_edge(programme: Programme, late_s: int) -> None:
    terms = open_terms(programme.now)
    opens_at = FIRST_SECOND + terms.first_day * DAY - MOST_OFFSET
    programme.chain.pending_timestamp = opens_at - NOTICE_S + late_s
    if late_s == 0:
        assert programme.publish(terms) == 1
    else:
        with refuses("PromotionNoticeTooShort", opensAt=opens_at, earliest=opens_at + 1):
            programme.publish(terms)


NINE_ROWS = tuple(Row(one, one) for one in range(1, 10))
INVALID: list[tuple[str, dict[str, Any]]] = [
    ("lastDay", {"last_day": 10_000}),
    ("lastDay", {"last_day": 65_535}),
    ("fromMinute", {"from_minute": 1440}),
    ("untilMinute", {"until_minute": 0}),
    ("untilMinute", {"until_minute": 1441}),
    ("untilMinute", {"from_minute": 60, "until_minute": 60}),
    ("weekdays", {"weekdays": 0}),
    ("weekdays", {"weekdays": 128}),
    ("reward", {"fixed_miles": 0}),
    ("reward", {"fixed_miles": 5, "multiple_bps": 20_000}),
    ("multipleBps", {"reward": RewardKind.MULTIPLE, "fixed_miles": 0, "multiple_bps": 10_000}),
    ("multipleBps", {"reward": RewardKind.MULTIPLE, "fixed_miles": 0, "multiple_bps": 1_000_001}),
    ("fixedMiles", {"fixed_miles": 2**22}),
    ("perMember", {"per_member": 2**22}),
    ("partySize", {"party_size": 64}),
    ("channels", {"channels": 8}),
    ("exceptDays", {"except_days": (20_000,)}),
    ("exceptDays", {"except_days": (10_400, 10_400)}),
    ("exceptDays", {"except_days": tuple(range(10_400, 10_433))}),
    ("reward", {"reward": RewardKind.MULTIPLE}),
    ("reward", {"reward": RewardKind.BANDS, "table": (Row(0, 1),)}),
    ("reward", {"reward": RewardKind.VISIT, "every": 2, "fixed_miles": 0}),
    ("step", {"step": 100}),
    ("step", {"reward": RewardKind.PER_STEP}),
    ("every", {"every": 2}),
    ("every", {"reward": RewardKind.VISIT}),
    ("every", {"reward": RewardKind.VISIT, "every": 4_096}),
    ("fromVisit", {"reward": RewardKind.VISIT, "from_visit": 4_096}),
    ("yearly", {"yearly": True}),
    ("table", {"table": (Row(0, 1),)}),
    ("table", {"reward": RewardKind.BANDS, "fixed_miles": 0}),
    ("table", {"reward": RewardKind.BANDS, "fixed_miles": 0, "table": (Row(5, 1), Row(5, 2))}),
    ("table", {"reward": RewardKind.BANDS, "fixed_miles": 0, "table": (Row(5, 2), Row(6, 2))}),
    ("table", {"reward": RewardKind.BANDS, "fixed_miles": 0, "table": (Row(5, 2**22),)}),
    ("table", {"reward": RewardKind.BANDS, "fixed_miles": 0, "table": NINE_ROWS}),
    ("table", {"reward": RewardKind.WINDOW_OUTLETS, "fixed_miles": 0, "table": (Row(33, 1),)}),
    ("perPurchase", {"per_purchase": 2**22}),
    ("perMemberDay", {"per_member_day": 2**22}),
    ("awardsPerMemberDay", {"awards_per_member_day": 256}),
    ("listed", {"reward": RewardKind.WINDOW_OUTLETS, "fixed_miles": 0, "table": (Row(1, 1),)}),
    (
        "outlets",
        {
            "reward": RewardKind.WINDOW_OUTLETS,
            "fixed_miles": 0,
            "table": (Row(1, 1),),
            "listed": True,
            "outlets": (OutletMask(1, 2**33 - 1),),
        },
    ),
    ("listed", {"listed": True}),
    ("outlets", {"outlets": (OutletMask(2, 1), OutletMask(2, 1))}),
    ("outlets", {"outlets": (OutletMask(2, 1), OutletMask(1, 1))}),
    ("outlets", {"outlets": tuple(OutletMask(i, 1) for i in range(1, 66))}),
]


@pytest.mark.parametrize(("field", "changes"), INVALID, ids=lambda one: str(one)[:60])
def test_publish__terms_that_contradict_themselves__name_the_field(
    programme: Programme, field: str, changes: dict[str, Any]
) -> None:
    with refuses("PromotionTermsInvalid", field=field.encode().ljust(32, b"\0")):
        programme.publish(replace(open_terms(programme.now), **changes))


def test_publish__budget_of_0__is_refused(programme: Programme) -> None:
    with refuses("PromotionTermsInvalid", field=b"budget".ljust(32, b"\0")):
        programme.publish(open_terms(programme.now), budget=0)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"from_minute": 1439, "until_minute": 1440, "weekdays": 1, "minimum": 2**40 - 1, "group": 2**32 - 1},
        {
            "reward": 0,
            "fixed_miles": 0,
            "multiple_bps": 1_000_000,
            "per_member": 2**22 - 1,
            "last_day": 65_534,
        },
        {"listed": True, "outlets": tuple(OutletMask(i, 2**256 - i) for i in range(1, 65))},
        {
            "reward": RewardKind.WINDOW_OUTLETS,
            "fixed_miles": 0,
            "table": NINE_ROWS[:8],
            "listed": True,
            "outlets": (OutletMask(1, 2**32 - 1),),
            "except_days": tuple(range(10_400, 10_432)),
        },
    ],
)
def test_terms_of__published__are_as_given(programme: Programme, changes: dict[str, Any]) -> None:
    given = terms_tuple(replace(open_terms(programme.now), **changes))
    programme.book.publish(given, 77, TEXT_HASH, sender=programme.manager)
    assert as_tuples(programme.book.termsOf(1)) == given
    assert bytes(programme.book.termsHashOf(1)) == TEXT_HASH
    assert tuple(programme.book.budgetOf(1)) == (0, 77, NO_BUDGET, 0, 0)


def test_book__unknown_promotion_or_set__is_refused(programme: Programme) -> None:
    book, manager = programme.book, programme.manager
    for call in (book.termsOf, book.termsHashOf, book.budgetOf, lambda one: book.progressOf(one, 1)):
        with refuses("PromotionUnknown", promotion=9):
            call(9)
    with refuses("PromotionUnknown", promotion=9):
        book.compose([9], sender=manager)
    with refuses("OfferSetUnknown", offerSet=9):
        book.promotionsOf(9)
    with refuses("OfferSetUnknown", offerSet=9):
        book.assign(1, 9, sender=manager)


# ---------------------------------------------------------------- offer sets


def test_compose__empty_or_over_16__is_refused(programme: Programme) -> None:
    terms = open_terms(programme.now, group=3)
    ids = [programme.publish(terms) for _ in range(17)]
    for given in ([], ids):
        with refuses("OfferSetTooLarge", given=len(given), most=16):
            programme.book.compose(given, sender=programme.manager)
    programme.offer(OPEN_PARTNER, *ids[:16])
    assert list(programme.book.promotionsOf(1)) == ids[:16]


@pytest.mark.parametrize("order", [[1, 1], [2, 1]])
def test_compose__not_rising__is_refused(programme: Programme, order: list[int]) -> None:
    for _ in range(2):
        programme.publish(open_terms(programme.now))
    with refuses("OfferSetNotAscending", given=order[1], last=order[0]):
        programme.book.compose(order, sender=programme.manager)


def test_compose__five_groups__are_refused(programme: Programme) -> None:
    terms = open_terms(programme.now)
    ids = [programme.publish(replace(terms, group=group)) for group in (7, 0, 0, 8, 7, 9)]
    with refuses("OfferSetTooManyGroups", given=5, most=4):
        programme.book.compose(ids, sender=programme.manager)
    programme.book.compose(ids[:5], sender=programme.manager)


def test_compose__more_outlet_masks_than_a_blob_holds__are_refused(programme: Programme) -> None:
    """The library's own error came out of this once, which says nothing to a manager."""
    masks = tuple(OutletMask(partner, 1) for partner in range(1, 65))
    terms = open_terms(programme.now, group=3, outlets=masks)
    ids = [programme.publish(terms) for _ in range(5)]
    ids += [programme.publish(replace(terms, outlets=masks[:count])) for count in (60, 61)]
    with refuses("OfferSetTooManyMasks", given=381, most=380):
        programme.book.compose([*ids[:5], ids[6]], sender=programme.manager)
    programme.book.compose(ids[:6], sender=programme.manager)


def test_assign__set_that_drops_a_live_promotion__is_refused_until_no_bill_can_count(
    programme: Programme,
) -> None:
    terms = open_terms(programme.now)
    first, second = programme.publish(terms), programme.publish(replace(terms, last_day=terms.last_day + 400))
    programme.offer(OPEN_PARTNER, first)
    programme.book.compose([second], sender=programme.manager)
    programme.book.compose([first, second], sender=programme.manager)
    with refuses("OfferSetDropsPromotion", partner=OPEN_PARTNER, promotion=first):
        programme.book.assign(OPEN_PARTNER, 2, sender=programme.manager)
    programme.book.assign(OPEN_PARTNER, 3, sender=programme.manager)
    assert programme.registry.partnerOf(OPEN_PARTNER).offerSet == 3
    # Closed everywhere on earth, and then so long that no bill of it is accepted any more.
    over = FIRST_SECOND + (terms.last_day + 1) * DAY + MOST_OFFSET + OLDEST_DAYS * DAY
    programme.chain.pending_timestamp = over
    with refuses("OfferSetDropsPromotion"):
        programme.book.assign(OPEN_PARTNER, 2, sender=programme.manager)
    programme.chain.pending_timestamp = over + 1
    programme.book.assign(OPEN_PARTNER, 2, sender=programme.manager)


def test_assign__promotion_that_is_new_without_notice__is_refused(programme: Programme) -> None:
    terms = open_terms(programme.now)
    first, second = programme.publish(terms), programme.publish(terms)
    programme.offer(OPEN_PARTNER, first)
    programme.book.compose([first, second], sender=programme.manager)
    programme.move_to(programme.now + 5 * DAY)
    with refuses("PromotionNoticeTooShort", promotion=second):
        programme.book.assign(OPEN_PARTNER, 2, sender=programme.manager)
    # The one it has already may stay.
    programme.book.assign(OPEN_PARTNER, 1, sender=programme.manager)


def test_assign__unknown_partner__is_refused(programme: Programme) -> None:
    programme.book.compose([programme.publish(open_terms(programme.now))], sender=programme.manager)
    with refuses("PartnerUnknown", partner=9):
        programme.book.assign(9, 1, sender=programme.manager)


# ---------------------------------------------------------------- stops, budgets, progress


def test_stop__from_an_instant_on__counts_what_came_before(programme: Programme) -> None:
    promotion = programme.publish(open_terms(programme.now))
    programme.offer(OPEN_PARTNER, promotion)
    programme.move_to(programme.now + 20 * DAY)
    base_time = programme.now + 100
    programme.book.stop(promotion, base_time, sender=programme.manager)
    results = programme.award(*(an_entry(seconds=s) for s in (0, 1)), base_time=base_time - 1)
    assert [one.bonus for one in results] == [100, 0]


def test_stop__in_the_past_or_later_than_it_was__is_refused(programme: Programme) -> None:
    promotion, manager = programme.publish(open_terms(programme.now)), programme.manager
    now = programme.now
    programme.chain.pending_timestamp = now + 10
    with refuses("PromotionStopInPast", stopAt=now + 9, now_=now + 10):
        programme.book.stop(promotion, now + 9, sender=manager)
    programme.book.stop(promotion, now + 500, sender=manager)
    for later in (now + 500, now + 501):
        with refuses("PromotionStopLater", stopAt=later, standing=now + 500):
            programme.book.stop(promotion, later, sender=manager)
    programme.book.stop(promotion, now + 400, sender=manager)
    assert programme.book.budgetOf(promotion).stopAt == now + 400


def test_raise_budget__raised_and_not__only_rises(programme: Programme) -> None:
    promotion = programme.publish(open_terms(programme.now), budget=150)
    for budget in (150, 149, 0):
        with refuses("PromotionBudgetNotRaised", given=budget, standing=150):
            programme.book.raiseBudget(promotion, budget, sender=programme.manager)
    programme.offer(OPEN_PARTNER, promotion)
    programme.move_to(programme.now + 20 * DAY)
    assert [one.bonus for one in programme.award(an_entry(), an_entry())] == [100, 50]
    programme.book.raiseBudget(promotion, 180, sender=programme.manager)
    assert [one.bonus for one in programme.award(an_entry())] == [30]
    assert tuple(programme.book.budgetOf(promotion)) == (180, 180, NO_BUDGET, 3, 0)


def test_progress_of__twelve_promotions_with_limits__keep_apart_over_pages(programme: Programme) -> None:
    """The first stands in the account word, the next ten on a page, the twelfth on another."""
    terms = open_terms(programme.now, per_member=1_000)
    ids = [programme.publish(replace(terms, fixed_miles=i, group=1 + i % 4)) for i in range(1, 13)]
    unlimited = programme.publish(replace(terms, per_member=0, group=1))
    for partner, chosen in ((1, [9, 10, 11, 12]), (2, [1, 2, 3, 4, unlimited])):
        programme.offer(partner, *chosen)
    programme.move_to(programme.now + 20 * DAY)
    programme.settle(
        *(programme.a_section(an_entry(), an_entry(member=2), an_entry(), partner=p) for p in (1, 2))
    )
    expected = {9: 18, 10: 20, 11: 22, 12: 24, 1: 2, 2: 4, 3: 6}
    assert {i: programme.book.progressOf(i, 1).granted for i in expected} == expected
    assert {i: programme.book.progressOf(i, 2).granted for i in expected} == {
        i: m // 2 for i, m in expected.items()
    }
    assert [programme.book.progressOf(i, 1).granted for i in (4, 5, 6, 7, 8, unlimited)] == [0] * 6
    assert programme.book.budgetOf(unlimited).granted == 300
    assert len(ids) == 12
