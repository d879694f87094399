"""Says which promotions the rows of rich offers settle: how many, and with which limits and counters.

`programme.py` deploys them, each kind at a partner of its own; `offer_rows.py` settles reports there.
"""

from datetime import date

from milepost.domain.promotion import (
    Bands,
    Fixed,
    Hours,
    Limits,
    Multiple,
    PerStep,
    Promotion,
    PurchaseTerms,
    Reward,
    Stacking,
    Step,
    Visit,
    Window,
    WindowSpend,
)
from milepost.domain.purchase import Channel
from milepost.domain.quantities import Miles, MinorUnits, OutletCode, PartnerCode

ONE, FOUR, SIXTEEN = "one", "four", "sixteen"
LIMITED, VISITS, WINDOW, WORST = "limited", "visits", "window", "worst"
OFFERS = (ONE, FOUR, SIXTEEN, LIMITED, VISITS, WINDOW, WORST)
"""One, the most that can grant, the most that a set holds; one with each limit, one that counts visits, one
that sums up spend; and sixteen of which each has every limit and counts or sums."""
GRANTS = {ONE: 1, FOUR: 4, SIXTEEN: 4, LIMITED: 1, VISITS: 1, WINDOW: 1, WORST: 4}

_GROUPS = 4
_MUCH = 1_000_000
_WINDOW = Window(date(2018, 6, 1), date(2018, 8, 31))
_SPEND = WindowSpend(tuple(Step(5_000 + 40_000 * i, Miles(100 + 300 * i)) for i in range(8)))
_BANDS = Bands(tuple(Step(10_000 * i, Miles(20 * i)) for i in range(1, 9)))
_STEP = PerStep(MinorUnits(1_000), Miles(1))
_EACH_VISIT = Visit(from_visit=1, multiple_bps=30_000, is_yearly=True)


def offers_of(kind: str, excluded: OutletCode) -> tuple[Promotion, ...]:
    """The promotions of a kind's partner, which is named as the kind. Shape: each leaves one outlet out."""
    return tuple(
        _offer(kind, i, reward, limits, excluded) for i, (reward, limits) in enumerate(_terms_of(kind))
    )


def _terms_of(kind: str) -> list[tuple[Reward, Limits]]:
    if kind == ONE:
        return [(Multiple(20_000), _budget())]
    if kind == FOUR:
        return [(reward, _budget()) for reward in (Multiple(20_000), Fixed(Miles(50)), _STEP, _BANDS)]
    if kind == SIXTEEN:
        return [(Multiple(11_000 + 500 * i), _budget()) for i in range(16)]
    if kind == LIMITED:
        return [(Multiple(20_000), _every_limit())]
    if kind == VISITS:
        return [(_EACH_VISIT, _budget())]
    if kind == WINDOW:
        return [(_SPEND, _budget())]
    return [((_EACH_VISIT, _SPEND)[i // _GROUPS % 2], _every_limit()) for i in range(16)]


def _offer(kind: str, place: int, reward: Reward, limits: Limits, excluded: OutletCode) -> Promotion:
    name = f"{kind}-{place:02}"
    return Promotion(
        name=name,
        title=name,
        partners=(PartnerCode(kind),),
        window=_WINDOW,
        reward=reward,
        outlets_exclude=(excluded,),
        weekdays=(1, 2, 3, 4, 5, 6),
        hours=Hours(10 * 60, 23 * 60 + 30),
        purchase=PurchaseTerms(MinorUnits(10_000), None, (Channel.DINE_IN,) if kind == WORST else ()),
        limits=limits,
        stacking=Stacking(group=f"{kind}-{place % _GROUPS}"),
        terms=f"Terms of {name}.\n",
    )


def _budget() -> Limits:
    return Limits(budget=Miles(_MUCH * 1_000))


def _every_limit() -> Limits:
    """None of them is ever reached: a limit costs the same whether it binds or not."""
    return Limits(
        per_purchase=Miles(_MUCH),
        per_member=Miles(_MUCH),
        per_member_day=Miles(_MUCH),
        per_outlet=Miles(_MUCH * 1_000),
        awards_per_member=1_000,
        awards_per_member_day=200,
        awards=_MUCH,
        budget=Miles(_MUCH * 1_000),
    )
