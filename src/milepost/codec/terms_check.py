"""Refuses what the PromotionBook would refuse, in a sentence that names the promotion.

terms.py asks it before it numbers a promotion; the catalogue held its file to the same, with lines.
Source: contracts/libraries/TermsLib.sol.
"""

from collections.abc import Iterator

from milepost.domain.calendar import day_number
from milepost.domain.errors import PromotionNotSettleable
from milepost.domain.lots import MOST_LAST_DAY
from milepost.domain.promotion import (
    MINUTES_A_DAY,
    Bands,
    Fixed,
    Multiple,
    PerStep,
    Promotion,
    Reward,
    Step,
    Visit,
    WindowOutlets,
    WindowSpend,
)
from milepost.domain.promotion_maxima import (
    LEAST_MULTIPLE_BPS,
    MOST_AMOUNT_MINOR,
    MOST_AWARDS,
    MOST_AWARDS_A_DAY,
    MOST_AWARDS_A_MEMBER,
    MOST_BUDGET,
    MOST_CEILING,
    MOST_EXCEPT_DAYS,
    MOST_MULTIPLE_BPS,
    MOST_ROWS,
    MOST_SEGMENT,
    MOST_VISITS,
)
from milepost.domain.receipt import MOST_DESIRED
from milepost.domain.report import MOST_PARTY


def check(promotion: Promotion) -> None:
    """Raises: PromotionNotSettleable with the first thing that no purchase could be judged by."""
    for what in _faults(promotion):
        raise refused(promotion, what)


def refused(promotion: Promotion, what: str) -> PromotionNotSettleable:
    """The error that says of a promotion what keeps it from being published."""
    return PromotionNotSettleable(
        f"The promotion {promotion.name} {what}, which the contracts do not settle: correct its terms."
    )


def _faults(promotion: Promotion) -> Iterator[str]:
    yield from _window_faults(promotion)
    yield from _who_and_what_faults(promotion)
    yield from _reward_faults(promotion.reward)
    yield from _limit_faults(promotion)


def _window_faults(promotion: Promotion) -> Iterator[str]:
    window, hours = promotion.window, promotion.hours
    if window.until_day < window.from_day:
        yield "ends before it starts"
    if day_number(window.until_day) > MOST_LAST_DAY:
        yield "ends after the last day that is numbered"
    if len(set(window.except_days)) != len(window.except_days) or len(window.except_days) > MOST_EXCEPT_DAYS:
        yield f"leaves out a day twice, or more than {MOST_EXCEPT_DAYS} days"
    if any(not window.from_day <= day <= window.until_day for day in window.except_days):
        yield "leaves out a day outside its window"
    if not promotion.weekdays or not set(promotion.weekdays) <= set(range(7)):
        yield "names no weekday, or one that is not 0 to 6"
    if not (0 <= hours.from_minute < MINUTES_A_DAY and 1 <= hours.until_minute <= MINUTES_A_DAY):
        yield "names a minute that no day has"
    if hours.from_minute == hours.until_minute:
        yield "starts and ends at the same minute"


def _who_and_what_faults(promotion: Promotion) -> Iterator[str]:
    members, purchase = promotion.members, promotion.purchase
    if any(not 0 <= bit <= MOST_SEGMENT for bit in members.segments):
        yield f"names a segment that is not 0 to {MOST_SEGMENT}"
    if members.first is not None and not 1 <= members.first <= MOST_AWARDS:
        yield "is for the first 0 members, or for too many to count"
    if not 0 <= purchase.minimum_minor <= MOST_AMOUNT_MINOR:
        yield "has a minimum that no bill has"
    if purchase.party_size is not None and not 1 <= purchase.party_size <= MOST_PARTY:
        yield f"is for a party that is not 1 to {MOST_PARTY}"


def _reward_faults(reward: Reward) -> Iterator[str]:
    match reward:
        case Multiple(bps):
            yield from _multiple_faults(bps)
        case Fixed(miles):
            yield from _miles_faults(miles)
        case PerStep(step, miles):
            yield from _miles_faults(miles)
            if not 1 <= step <= MOST_AMOUNT_MINOR:
                yield "has a step of 0, or one that no bill has"
        case Bands(rows) | WindowSpend(rows) | WindowOutlets(rows):
            yield from _table_faults(rows, least=1 if isinstance(reward, WindowOutlets) else 0)
        case Visit():
            yield from _visit_faults(reward)


def _multiple_faults(bps: int) -> Iterator[str]:
    if not LEAST_MULTIPLE_BPS <= bps <= MOST_MULTIPLE_BPS:
        yield "multiplies by less than 1.0001 or by more than 100"


def _miles_faults(miles: int) -> Iterator[str]:
    if not 1 <= miles <= MOST_DESIRED:
        yield f"rewards below 1 or above {MOST_DESIRED} miles"


def _table_faults(rows: tuple[Step, ...], *, least: int) -> Iterator[str]:
    if not 1 <= len(rows) <= MOST_ROWS:
        yield f"has a table that is not of 1 to {MOST_ROWS} rows"
        return
    reached, miles = [row.reached for row in rows], [row.miles for row in rows]
    if sorted(set(reached)) != reached or sorted(set(miles)) != miles:
        yield "has a table that does not rise"
    if reached[0] < least or reached[-1] > MOST_AMOUNT_MINOR:
        yield "has a table that begins too low or ends too high"
    yield from _miles_faults(miles[0])
    yield from _miles_faults(miles[-1])


def _visit_faults(visit: Visit) -> Iterator[str]:
    numbers = [number for number in (visit.every, visit.from_visit) if number is not None]
    if not numbers or not all(1 <= number <= MOST_VISITS for number in numbers):
        yield f"counts no visit, or visits that are not 1 to {MOST_VISITS}"
    if (visit.multiple_bps is None) == (visit.miles is None):
        yield "has not exactly one reward"
    if visit.multiple_bps is not None:
        yield from _multiple_faults(visit.multiple_bps)
    if visit.miles is not None:
        yield from _miles_faults(visit.miles)


def _limit_faults(promotion: Promotion) -> Iterator[str]:
    limits = promotion.limits
    for given, most, what in (
        (limits.per_purchase, MOST_DESIRED, "a purchase"),
        (limits.per_member, MOST_DESIRED, "a member"),
        (limits.per_member_day, MOST_DESIRED, "a member's day"),
        (limits.per_outlet, MOST_AWARDS, "an outlet"),
        (promotion.stacking.ceiling, MOST_CEILING, "the bonus of a purchase"),
    ):
        if given is not None and not 1 <= given <= most:
            yield f"limits {what} to less than 1 or more than {most} miles"
    for awards, most, what in (
        (limits.awards_per_member, MOST_AWARDS_A_MEMBER, "a member"),
        (limits.awards_per_member_day, MOST_AWARDS_A_DAY, "a member's day"),
        (limits.awards, MOST_AWARDS, "all members"),
    ):
        if awards is not None and not 1 <= awards <= most:
            yield f"limits {what} to less than 1 or more than {most} awards"
    if limits.budget is not None and not 1 <= limits.budget <= MOST_BUDGET:
        yield "has a budget below 1, or one as high as no budget at all"
    if promotion.funding and sum(share.miles for share in promotion.funding) != limits.budget:
        yield "has a budget that is not what its partners pay into it"
