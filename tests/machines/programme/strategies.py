"""What the machines draw: settings of a programme, bills, terms of promotions. None of it depends on a state.

A number that stands for one of several things is taken modulo as many as there are: see `picked`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from hypothesis import strategies as st

from milepost.domain.partner import EarnRate
from milepost.domain.programme import SpentMiles
from milepost.domain.promotion_terms import NO_BUDGET, OutletMask, PromotionTerms, RewardKind, Row
from milepost.domain.purchase import PurchaseKind
from milepost.domain.rewards import WINDOW_KINDS

T = TypeVar("T")

DAY = 86_400
AHEAD_MINUTES = 10
# Lot rules: months, and what their end is moved to.
RULES = ((1, "day"), (36, "month"), (1, "month"), (36, "quarter"), (24, "year"), (36, "day"))
# Offsets in quarter hours: Hong Kong, New York, Kathmandu, Chatham, and the ends of the earth.
OFFSETS = ((32, 32), (-20, -16), (23, 23), (51, 55), (-48, -44), (56, -56), (0, 4))
MOST_OF_PARTNER = 2**48 - 2


def picked(things: Sequence[T], number: int) -> T:
    """One of them for any number: as the number, so the place, until there are no more."""
    return things[number % len(things)]


@dataclass(frozen=True, slots=True)
class Setting:
    """What is fixed at deployment. `rule` is a place in `RULES`."""

    rule: int
    offset_minutes: int
    oldest_days: int
    notice_s: int
    quorum: int
    reporters: int
    spent_miles: SpentMiles


settings_of_a_programme = st.builds(
    Setting,
    rule=st.integers(0, len(RULES) - 1),
    offset_minutes=st.sampled_from((480, -300, 330, 840, -840)),
    oldest_days=st.sampled_from((90, 1_000)),
    notice_s=st.sampled_from((0, DAY)),
    quorum=st.integers(1, 3),
    reporters=st.integers(3, 5),
    spent_miles=st.sampled_from(SpentMiles),
)
rates = st.sampled_from(
    [EarnRate(*rate) for rate in ((1, 400), (3, 100), (1, 1), (65_535, 1), (7, 2**32 - 1))]
)
outlets = st.lists(st.sampled_from(OFFSETS), min_size=1, max_size=18).map(tuple)
payments = st.sampled_from((0, 1, 1, 2))
funds = st.sampled_from((200, 0, 1_000, 10**7))


@dataclass(frozen=True, slots=True)
class Bill:
    """A purchase yet to be sealed.

    Shape: `member` below 0 counts from the one after the last enrolled. Units: `age_s` in seconds before now,
        from there back to a whole hour with `on_the_hour`: edges of days, hours and windows are there.
    """

    partner: int
    member: int
    eligible_minor: int
    age_s: int
    on_the_hour: bool = False
    outlet: int = 0
    kind: PurchaseKind = PurchaseKind.SALE
    offset_choice: int = 0
    channel: int = 0
    party: int = 0


_ages = st.one_of(
    st.integers(0, 7_200),
    st.integers(0, 7_200),
    st.integers(0, 100 * DAY),
    st.integers(0, 1_000 * DAY),
    st.sampled_from(
        (-600, -601, -3_600, 90 * DAY, 90 * DAY + 1, 1_000 * DAY, 1_000 * DAY + 1, 30 * DAY, 31 * DAY)
    ),
)
bills = st.builds(
    Bill,
    partner=st.integers(0, 3),
    member=st.sampled_from((1, 1, 1, 2, 2, 3, 4, 5, 6, 0, -1, -2, 2**40 - 1)),
    eligible_minor=st.one_of(
        st.sampled_from((0, 399, 400, 40_000)), st.integers(0, 10**5), st.integers(0, 2**40 - 1)
    ),
    age_s=_ages,
    on_the_hour=st.booleans(),
    outlet=st.sampled_from((0, 0, 0, 0, 1, 2, 15, 16, 255, 256, 4095)),
    kind=st.sampled_from((*[PurchaseKind.SALE] * 12, PurchaseKind.REFUND, PurchaseKind.AMEND)),
    offset_choice=st.integers(0, 1),
    channel=st.integers(0, 3),
    party=st.integers(0, 63),
)
good_bills = st.builds(
    Bill,
    partner=st.integers(0, 3),
    member=st.integers(1, 4),
    eligible_minor=st.one_of(st.sampled_from((20_000, 40_000, 90_000)), st.integers(400, 10**5)),
    age_s=st.integers(0, 7_200),
    channel=st.integers(0, 3),
    party=st.sampled_from((0, 2, 63)),
)
"""Bills that nothing but a suspension, a closed account or spent prepaid miles keeps from being credited."""
meeting_bills = st.builds(
    Bill,
    partner=st.integers(0, 2),
    member=st.sampled_from((1, 1, 2, 3, 0)),
    eligible_minor=st.sampled_from((0, 400, 15_000, 20_000, 40_000, 90_000)),
    age_s=st.one_of(st.integers(0, 7_200), st.integers(0, 3 * DAY)),
    outlet=st.integers(0, 2),
    channel=st.integers(0, 3),
    party=st.sampled_from((0, 2, 63)),
)
"""Bills at few outlets by few members, such as campaigns reward."""
lanes = st.sampled_from((0, 0, 0, 1, 65_535))


def reports_of(one: st.SearchStrategy[Bill], most: int = 6) -> st.SearchStrategy[list[Bill]]:
    return st.lists(one, min_size=1, max_size=most)


@dataclass(frozen=True, slots=True)
class Change:
    """A REFUND, VOID or AMEND yet to be sealed. `sale` stands for one of the newest sales that settled.

    Shape: `share` says how much of what is left it returns, or states as the new total: see `settling`.
        `forged` names what is wrong with it, None for nothing.
    """

    sale: int
    kind: PurchaseKind
    share: str
    forged: str | None = None
    channel: int = 0
    party: int = 0


FORGERIES = ("older", "proof", "word", "report", "member", "partner", "unknown", "facts", "refused")
changes = st.builds(
    Change,
    sale=st.integers(0, 9),
    kind=st.sampled_from(
        (PurchaseKind.REFUND, PurchaseKind.REFUND, PurchaseKind.AMEND, PurchaseKind.AMEND, PurchaseKind.VOID)
    ),
    share=st.sampled_from(("some", "some", "most", "all", "all", "more", "nothing")),
    forged=st.sampled_from((*[None] * 14, *FORGERIES)),
    channel=st.integers(0, 3),
    party=st.sampled_from((0, 2, 63)),
)
reports_of_changes = st.lists(changes, min_size=1, max_size=5)

_AMOUNT_TABLES = (
    ((0, 5), (20_000, 60), (50_000, 200), (90_000, 260)),
    ((40_000, 500),),
    ((1, 1), (2**39, 9)),
)
_OUTLET_TABLES = (((1, 40), (2, 90), (3, 150)), ((2, 2**22 - 1),))


@st.composite
def rewards(draw: st.DrawFn) -> dict[str, object]:
    """The fields of terms that say what is rewarded."""
    kind = draw(st.sampled_from(RewardKind))
    multiple = st.sampled_from((10_001, 15_000, 20_000, 1_000_000))
    miles = st.sampled_from((1, 100, 500, 2**22 - 1))
    if kind is RewardKind.MULTIPLE:
        return {"reward": kind, "multiple_bps": draw(multiple)}
    if kind is RewardKind.FIXED:
        return {"reward": kind, "fixed_miles": draw(miles)}
    if kind is RewardKind.PER_STEP:
        return {
            "reward": kind,
            "step": draw(st.sampled_from((100, 1, 9_999, 2**40 - 1))),
            "fixed_miles": draw(miles),
        }
    if kind is RewardKind.VISIT:
        every, from_visit = draw(st.sampled_from(((2, 0), (0, 2), (3, 0), (0, 1), (2, 3), (4_095, 0))))
        paid = {"multiple_bps": draw(multiple)} if draw(st.booleans()) else {"fixed_miles": draw(miles)}
        return {
            "reward": kind,
            "every": every,
            "from_visit": from_visit,
            "yearly": draw(st.booleans()),
            **paid,
        }
    tables = _OUTLET_TABLES if kind is RewardKind.WINDOW_OUTLETS else _AMOUNT_TABLES
    rows = tuple(Row(*row) for row in draw(st.sampled_from(tables)))
    if kind is not RewardKind.WINDOW_OUTLETS:
        return {"reward": kind, "table": rows}
    outlets = tuple(OutletMask(partner, draw(st.sampled_from((0b111, 0b1, 0xFF)))) for partner in (1, 2, 3))
    return {"reward": kind, "table": rows, "listed": True, "outlets": outlets}


@st.composite
def rich_terms(draw: st.DrawFn) -> PromotionTerms:
    """Any reward, and mostly a few conditions and limits. Units: days after today, those left out too."""

    def rarely(*values: object) -> object:
        return draw(st.sampled_from((0, 0, 0, *values)))

    reward = draw(rewards())
    # What a window's receipts show is not all that its pot gets back: see `Tally`.
    is_window = reward["reward"] in WINDOW_KINDS
    first_day = draw(st.sampled_from((1, 1, 1, 2, 20)))
    last_day = first_day + draw(st.sampled_from((10, 60, 400, 400)))
    return PromotionTerms(
        first_day=first_day,
        last_day=last_day,
        from_minute=0,
        until_minute=1440,
        weekdays=draw(st.sampled_from((127, 127, 127, 31, 96))),
        minimum=rarely(400, 20_000),
        party_size=rarely(2, 63),
        channels=rarely(0b001, 0b110),
        tiers=rarely(0b01, 1 << 15),
        segments=rarely(1, 1 << 31),
        enrolled=draw(st.sampled_from((False, False, False, True))),
        first=rarely(1, 2),
        group=draw(st.sampled_from((0, 7, 9, 9))),
        **reward,
        per_purchase=rarely(60, 2**22 - 1),
        per_member=rarely(150, 1_000),
        per_member_day=rarely(120, 2**22 - 1),
        per_outlet=rarely(200, 2**32 - 1),
        awards_per_member=rarely(1, 3, 2**16 - 1),
        awards_per_member_day=rarely(1, 2, 255),
        awards=rarely(1, 2, 2**32 - 1),
        ceiling=rarely(90, 2**24 - 1),
        funded=not is_window and draw(st.sampled_from((False, False, True))),
        except_days=draw(st.sampled_from(((), (), (first_day + 1,), (first_day, last_day)))),
    )


@st.composite
def plain_terms(draw: st.DrawFn) -> PromotionTerms:
    """Terms that the book takes if they are in time. Units: `first_day` in days after today."""
    is_multiple = draw(st.booleans())
    first_day = draw(st.sampled_from((1, 1, 2, 2, 3, 0, -1, 20)))
    hours = st.sampled_from(((0, 1440),) * 5 + ((660, 900), (1320, 120), (1439, 1), (60, 1440), (1380, 60)))
    from_minute, until_minute = draw(hours)
    masks = tuple(
        OutletMask(partner, draw(st.sampled_from((1, 6, 2**256 - 2, 2**17))))
        for partner in range(1, 4)
        if draw(st.integers(0, 4)) == 0
    )
    return PromotionTerms(
        first_day=first_day,
        last_day=first_day + draw(st.sampled_from((0, 10, 60, 400, 400))),
        from_minute=from_minute,
        until_minute=until_minute,
        weekdays=draw(st.sampled_from((127, 127, 127, 31, 96))),
        minimum=draw(st.sampled_from((0, 0, 400, 40_000))),
        group=draw(st.sampled_from((0, 7, 9, 2**32 - 1))),
        reward=RewardKind.MULTIPLE if is_multiple else RewardKind.FIXED,
        multiple_bps=draw(st.sampled_from((10_001, 15_000, 20_000, 1_000_000))) if is_multiple else 0,
        fixed_miles=0 if is_multiple else draw(st.sampled_from((1, 100, 500, 2**22 - 1))),
        per_member=draw(st.sampled_from((0, 0, 1, 250, 1_000, 2**22 - 1))),
        listed=bool(masks) and draw(st.booleans()),
        outlets=masks,
    )


def terms() -> st.SearchStrategy[PromotionTerms]:
    """Plain terms, which the book judges in its tight loop, and rich ones."""
    return st.one_of(plain_terms(), rich_terms(), rich_terms())


budgets = st.sampled_from((300, NO_BUDGET, 1, 2_000, 10**6))
numbers = st.integers(0, 11)
"""Stands for one of several things: see `picked`."""
