"""Forecasts the day on which a promotion's budget is used up, from what it granted on its last days.

Simulations and the status of published promotions say it; nothing is decided by it.
"""

from collections.abc import Mapping
from datetime import date, timedelta

DAYS_LOOKED_AT = 7
"""The forecast goes on at the mean of so many days: a week has each weekday once."""


def run_out_day(
    left: int, granted: Mapping[date, int], *, window: tuple[date, date], today: date
) -> date | None:
    """The day on which what is left would be used up if every day granted the mean of the last seven.

    Shape: `granted` by local day, days without any left out; `window` its first and last day; `today` is the
        last day looked at. Of a window that opened within these seven days, the days since then count. None
        if there is nothing to go by, or the window ends before the budget does.
    Units: miles; the mean is not rounded, the day is that on which the last mile goes.
    """
    opened, until = window
    first = max(today - timedelta(days=DAYS_LOOKED_AT - 1), opened)
    recent = sum(miles for day, miles in granted.items() if first <= day <= today)
    if recent <= 0 or left <= 0:
        return None
    looked_at = (today - first).days + 1
    days = -(-left * looked_at // recent)
    remaining = (until - today).days
    return today + timedelta(days=days) if days <= remaining else None
