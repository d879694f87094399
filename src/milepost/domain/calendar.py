"""Counts days and finds the last valid day of a lot: end_of(align, add_months(anchor, months)).

Deployment writes the rule into the ledger, which alone decides; the expiry command and tests compute it here.
Source: the programmes' one formula; 29, 30 and 31 clamp to the end of a shorter month.
"""

from calendar import monthrange
from datetime import UTC, date, datetime
from enum import StrEnum

from milepost.domain.errors import DayOutOfRange, MonthsOutOfRange
from milepost.domain.quantities import DayNumber

SECONDS_A_DAY = 86_400
MOST_MONTHS = 600
"""Longest life of a lot in calendar months; more is refused."""

_DAY_ZERO = date(1990, 1, 1)
_DAY_ZERO_UNIX = (_DAY_ZERO - date(1970, 1, 1)).days


class Align(StrEnum):
    """The unit to whose end a last valid day is moved."""

    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


_MONTHS_IN = {Align.MONTH: 1, Align.QUARTER: 3, Align.YEAR: 12}


def day_number(day: date) -> DayNumber:
    """Raises: DayOutOfRange before 1990-01-01."""
    if day < _DAY_ZERO:
        raise DayOutOfRange(day)
    return DayNumber((day - _DAY_ZERO).days)


def date_of(day: DayNumber) -> date:
    """Raises: DayOutOfRange for a negative number or one beyond the year 9999."""
    try:
        found = date.fromordinal(_DAY_ZERO.toordinal() + day)
    except (ValueError, OverflowError):
        raise DayOutOfRange(day) from None
    if day < 0:
        raise DayOutOfRange(day)
    return found


def weekday_of(day: DayNumber) -> int:
    """Monday is 0; 1990-01-01 was one."""
    return day % 7


def add_months(day: date, months: int) -> date:
    """Add calendar months; a day that the month found does not have becomes its last.

    Raises: DayOutOfRange beyond the year 9999.
    """
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise DayOutOfRange(f"{day} + {months} months")
    return date(year, month0 + 1, min(day.day, monthrange(year, month0 + 1)[1]))


def end_of(align: Align, day: date) -> date:
    """The last day of the unit that `day` lies in."""
    if align is Align.DAY:
        return day
    unit = _MONTHS_IN[align]
    month = ((day.month - 1) // unit + 1) * unit
    return date(day.year, month, monthrange(day.year, month)[1])


def last_valid_day(day: DayNumber, months: int, align: Align) -> DayNumber:
    """The whole last day of miles earned on the local day `day`.

    Raises: MonthsOutOfRange unless `months` is 1 to 600; DayOutOfRange for a day off the calendar.
    """
    if not 1 <= months <= MOST_MONTHS:
        raise MonthsOutOfRange(months)
    return day_number(end_of(align, add_months(date_of(day), months)))


def local_day(instant_s: int, utc_offset_minutes: int) -> DayNumber:
    """The day by a clock that many minutes east of UTC.

    Units: unix seconds. Raises: DayOutOfRange before 1990-01-01 by that clock.
    """
    day = (instant_s + utc_offset_minutes * 60) // SECONDS_A_DAY - _DAY_ZERO_UNIX
    if day < 0:
        raise DayOutOfRange(f"of unix second {instant_s}")
    return DayNumber(day)


def local_minute(instant_s: int, utc_offset_minutes: int) -> int:
    """The minute of that day, 0 to 1,439, rounded down."""
    return (instant_s + utc_offset_minutes * 60) % SECONDS_A_DAY // 60


def void_at(last_day: DayNumber, utc_offset_minutes: int) -> int:
    """The first instant without the miles: 00:00 of the day after.

    Units: unix seconds.
    """
    return (last_day + 1 + _DAY_ZERO_UNIX) * SECONDS_A_DAY - utc_offset_minutes * 60


def shown_instant(unix_s: int) -> str:
    """A unix second as `YYYY-MM-DDTHH:MM:SSZ`."""
    return datetime.fromtimestamp(unix_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
