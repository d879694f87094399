"""What the book would refuse is refused before, by a sentence that names the promotion."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from milepost.codec.terms_check import check
from milepost.domain.errors import PromotionNotSettleable
from milepost.domain.promotion import (
    Bands,
    Fixed,
    Funding,
    Hours,
    Limits,
    Members,
    Multiple,
    PerStep,
    Promotion,
    PurchaseTerms,
    Stacking,
    Step,
    Visit,
    Window,
    WindowOutlets,
    WindowSpend,
)
from milepost.domain.promotion_terms import NO_BUDGET

FIRST, LAST = date(2021, 5, 1), date(2021, 5, 31)
OFFER = Promotion("putien-may", "Putien", ("putien",), Window(FIRST, LAST), Fixed(5))
TOO_MUCH = 1 << 22


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"window": Window(LAST, FIRST)}, "ends before"),
        ({"window": Window(FIRST, date(2169, 6, 6))}, "last day that is numbered"),
        ({"window": Window(FIRST, LAST, (FIRST, FIRST))}, "a day twice"),
        ({"window": Window(FIRST, LAST, (date(2021, 6, 1),))}, "outside its window"),
        ({"weekdays": ()}, "weekday"),
        ({"weekdays": (7,)}, "weekday"),
        ({"hours": Hours(1440, 60)}, "minute"),
        ({"hours": Hours(0, 0)}, "minute"),
        ({"hours": Hours(60, 60)}, "same minute"),
        ({"members": Members(segments=(32,))}, "segment"),
        ({"members": Members(first=0)}, "first 0 members"),
        ({"purchase": PurchaseTerms(1 << 40)}, "minimum"),
        ({"purchase": PurchaseTerms(0, 64)}, "party"),
        ({"reward": Multiple(10_000)}, "multiplies"),
        ({"reward": Multiple(1_000_001)}, "multiplies"),
        ({"reward": Fixed(TOO_MUCH)}, "rewards"),
        ({"reward": Fixed(0)}, "rewards"),
        ({"reward": PerStep(0, 1)}, "step of 0"),
        ({"reward": PerStep(100, 0)}, "rewards"),
        ({"reward": Bands(())}, "1 to 8 rows"),
        ({"reward": Bands(tuple(Step(n, n) for n in range(1, 10)))}, "1 to 8 rows"),
        ({"reward": WindowSpend((Step(2, 1), Step(2, 2)))}, "does not rise"),
        ({"reward": WindowSpend((Step(2, 1), Step(3, 1)))}, "does not rise"),
        ({"reward": WindowOutlets((Step(0, 1),))}, "begins too low"),
        ({"reward": WindowSpend((Step(1 << 40, 1),))}, "ends too high"),
        ({"reward": Bands((Step(0, 0),))}, "rewards"),
        ({"reward": Bands((Step(0, TOO_MUCH),))}, "rewards"),
        ({"reward": Visit(miles=5)}, "counts no visit"),
        ({"reward": Visit(every=4_096, miles=5)}, "counts no visit"),
        ({"reward": Visit(every=2)}, "one reward"),
        ({"reward": Visit(every=2, miles=TOO_MUCH)}, "rewards"),
        ({"reward": Visit(every=2, multiple_bps=10_000)}, "multiplies"),
        ({"limits": Limits(per_purchase=TOO_MUCH)}, "limits a purchase"),
        ({"limits": Limits(per_member=0)}, "limits a member to"),
        ({"limits": Limits(per_member_day=TOO_MUCH)}, "limits a member's day"),
        ({"limits": Limits(per_outlet=1 << 32)}, "limits an outlet"),
        ({"limits": Limits(awards_per_member=0)}, "limits a member to .* awards"),
        ({"limits": Limits(awards_per_member_day=256)}, "limits a member's day to .* awards"),
        ({"limits": Limits(awards=1 << 32)}, "limits all members"),
        ({"stacking": Stacking(ceiling=1 << 24)}, "limits the bonus"),
        ({"limits": Limits(budget=NO_BUDGET)}, "budget"),
        ({"limits": Limits(budget=0)}, "budget"),
        ({"limits": Limits(budget=5), "funding": (Funding("putien", 4),)}, "pay into it"),
    ],
)
def test_check__what_the_book_refuses__is_refused_with_the_reason(
    changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(PromotionNotSettleable, match=f"putien-may .*{reason}"):
        check(replace(OFFER, **changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"reward": Bands((Step(0, 1), Step((1 << 40) - 1, TOO_MUCH - 1)))},
        {"reward": WindowOutlets((Step(1, 1),))},
        {"reward": Visit(every=4_095, from_visit=1, multiple_bps=1_000_000)},
        {"window": Window(FIRST, LAST, (FIRST, LAST)), "members": Members(segments=(0, 31), first=1)},
        {"limits": Limits(budget=5), "funding": (Funding("putien", 4), Funding("grill", 1))},
    ],
)
def test_check__terms_at_their_maxima__are_taken(changes: dict[str, Any]) -> None:
    check(replace(OFFER, **changes))
