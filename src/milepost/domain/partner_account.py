"""Keeps a partner's account in miles: what it may issue, what was issued and taken back, month by month.

Stating an account gives it movements read from the chain; invoices and status show what stands here.
Source: docs/partners.md.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from enum import StrEnum

from milepost.domain.partner import PaymentMode, currency_exponent
from milepost.domain.quantities import Miles, MinorUnits, PromotionId

Month = tuple[int, int]
"""Year, and month from 1."""

# Products of 48-bit miles and prices of 24 digits stay exact.
_EXACT = Context(prec=60)
_PACE_DAYS = 30


class Item(StrEnum):
    """What moved an account. Each adds to what the partner may issue, or takes from it."""

    FUNDED = "funded"
    BASE = "base"
    BONUS = "bonus"
    BASE_REVERSED = "base_reversed"
    BONUS_REVERSED = "bonus_reversed"
    CONTRIBUTED = "contributed"
    RELEASED = "released"

    @property
    def sign(self) -> int:
        """1 where the partner may issue more afterwards, else -1."""
        return -1 if self in (Item.BASE, Item.BONUS, Item.CONTRIBUTED) else 1


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement.

    Shape: `promotion` of bonuses and pots, None where the logs do not say which; `from_pot` of bonuses that
        a pot paid, which move nothing here.
    Units: `at_s` unix seconds of its block; `miles` above 0.
    """

    at_s: int
    item: Item
    miles: Miles
    promotion: PromotionId | None = None
    from_pot: bool = False


@dataclass(slots=True)
class PartnerMonth:
    """A month of a partner's account.

    Shape: `lines` by item and promotion, what moved the account; `pot_lines` the same for what pots paid.
    Units: miles; `opening` and `closing` are what the partner may issue, None without a limit.
    """

    month: Month
    opening: Miles | None
    lines: dict[tuple[Item, PromotionId | None], int] = field(default_factory=dict)
    pot_lines: dict[tuple[Item, PromotionId | None], int] = field(default_factory=dict)

    def total(self, *items: Item) -> Miles:
        """Miles of some items, all promotions together."""
        return Miles(sum(miles for (item, _), miles in self.lines.items() if item in items))

    @property
    def issued(self) -> Miles:
        return self.total(Item.BASE, Item.BONUS)

    @property
    def reversed(self) -> Miles:
        return self.total(Item.BASE_REVERSED, Item.BONUS_REVERSED)

    @property
    def used(self) -> int:
        """Miles issued and put into pots, less what came back; below 0 where more came back."""
        return -sum(item.sign * miles for (item, _), miles in self.lines.items() if item is not Item.FUNDED)

    @property
    def closing(self) -> Miles | None:
        if self.opening is None:
            return None
        return Miles(self.opening + self.total(Item.FUNDED) - self.used)

    def billed(self, payment: PaymentMode) -> int:
        """Miles to pay for: what was bought ahead in the month, or what was used in it."""
        return self.total(Item.FUNDED) if payment is PaymentMode.PREPAID else self.used


def months_of(
    movements: Iterable[Movement], *, payment: PaymentMode, utc_offset_minutes: int, until_s: int
) -> list[PartnerMonth]:
    """Every month from the first movement to `until_s`, those without any included.

    Shape: `movements` in order of the chain. Months are those of a clock so many minutes east of UTC.
    Units: `until_s` in unix seconds.
    """
    months: list[PartnerMonth] = []
    opening = None if payment is PaymentMode.OPEN else Miles(0)
    for movement in movements:
        month = month_at(movement.at_s, utc_offset_minutes)
        if not months:
            months.append(PartnerMonth(month, opening))
        _reach(months, month)
        lines = months[-1].pot_lines if movement.from_pot else months[-1].lines
        key = (movement.item, movement.promotion)
        lines[key] = lines.get(key, 0) + movement.miles
    last = month_at(until_s, utc_offset_minutes)
    if not months:
        return [PartnerMonth(last, opening)]
    _reach(months, last)
    return months


def _reach(months: list[PartnerMonth], month: Month) -> None:
    while months[-1].month < month:
        months.append(PartnerMonth(next_month(months[-1].month), months[-1].closing))


def next_month(month: Month) -> Month:
    """The month after."""
    year, number = month
    return (year + 1, 1) if number == 12 else (year, number + 1)


def month_at(instant_s: int, utc_offset_minutes: int) -> Month:
    """The month by a clock so many minutes east of UTC. Units: unix seconds."""
    local = datetime.fromtimestamp(instant_s, UTC) + timedelta(minutes=utc_offset_minutes)
    return local.year, local.month


def cost_of(miles: int, cost_per_mile: str) -> Decimal:
    """What miles cost, exactly, in units of the partner's currency; below 0 for miles that came back."""
    return _EXACT.multiply(Decimal(miles), Decimal(cost_per_mile))


def rounded_minor(amount: Decimal, currency: str) -> MinorUnits:
    """An exact amount in minor units of its currency, halves away from 0.

    Raises: CurrencyUnknown.
    """
    shifted = amount.scaleb(currency_exponent(currency), context=_EXACT)
    return MinorUnits(int(shifted.to_integral_value(rounding=ROUND_HALF_UP)))


@dataclass(frozen=True, slots=True)
class Forecast:
    """How long what is left lasts at the pace of the last 30 days, or of the days there are.

    Units: `used` miles in `days` days; `days_left` rounded down, None where nothing was used.
    """

    used: int
    days: int
    days_left: int | None
    runs_out_on: date | None


def forecast(
    movements: Iterable[Movement], *, available: Miles, now_s: int, utc_offset_minutes: int
) -> Forecast:
    """When a partner's miles run out if it goes on as in the last 30 days.

    Shape: contributions to pots are decisions and no pace: they do not count. Fewer days count where the
        first miles were issued later. Units: `now_s` in unix seconds.
    """
    counted = [
        one for one in movements if one.item not in (Item.FUNDED, Item.CONTRIBUTED, Item.RELEASED)
        and not one.from_pot
    ]  # fmt: skip
    first_s = min((one.at_s for one in counted), default=now_s)
    days = min(_PACE_DAYS, max(1, -((first_s - now_s) // 86_400)))
    recent = [one for one in counted if one.at_s > now_s - days * 86_400]
    used = -sum(one.item.sign * one.miles for one in recent)
    if used <= 0:
        return Forecast(used, days, None, None)
    days_left = available * days // used
    today = (datetime.fromtimestamp(now_s, UTC) + timedelta(minutes=utc_offset_minutes)).date()
    try:
        return Forecast(used, days, days_left, today + timedelta(days=days_left))
    except OverflowError:
        return Forecast(used, days, days_left, None)


def promotions_in(month: PartnerMonth) -> list[PromotionId]:
    """Promotions named in a month, in order of their ids."""
    named = {promotion for lines in (month.lines, month.pot_lines) for _, promotion in lines}
    return sorted(one for one in named if one is not None)
