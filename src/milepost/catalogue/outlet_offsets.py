"""Finds the two UTC offsets of an outlet from its time zone.

The partner file names the zone; the registry holds the offsets, and an entry one bit for which of them held.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

FIRST_YEAR = 1990
"""Purchases are not older: day 0 of every calendar is 1990-01-01."""
SETTLED_YEAR = 2015
"""Where the years from 1990 on saw more than two offsets, only those from this year on count."""
LAST_YEAR = 2035
"""Daylight saving is known for the future only as its rules stand today; a new rule needs a new outlet."""

_QUARTER_HOUR = timedelta(minutes=15)
_DAY = timedelta(days=1)


@lru_cache(maxsize=128)
def outlet_offsets(time_zone: str) -> tuple[int, int]:
    """The two UTC offsets a time zone uses, lower first; equal where its clocks never change.

    An outlet has one bit for its offset, so two must do. They are all the offsets of 1990 to 2035 where these
    are at most two, as in nearly all zones. Elsewhere clocks were reset for good within those years, and they
    are those of 2015 to 2035: purchases of before are too old to settle. Each day is looked at once, at noon
    UTC, which misses no offset that lasted longer than a day.

    Units: quarter hours east of UTC.
    Raises: ValueError if there is no such zone, or it used more than two offsets since 2015 or one that is
        not of whole quarter hours.
    """
    try:
        zone = ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{time_zone!r} is no time zone; write one such as Asia/Hong_Kong") from None
    found = _offsets_of(zone, FIRST_YEAR)
    if len(found) > 2:
        found = _offsets_of(zone, SETTLED_YEAR)
    if len(found) > 2:
        raise ValueError(
            f"{time_zone} used {len(found)} UTC offsets since {SETTLED_YEAR}; an outlet has at most two"
        )
    if any(offset % _QUARTER_HOUR for offset in found):
        raise ValueError(f"{time_zone} has a UTC offset that is not of whole quarter hours")
    quarters = sorted(offset // _QUARTER_HOUR for offset in found)
    return quarters[0], quarters[-1]


def _offsets_of(zone: ZoneInfo, first_year: int) -> set[timedelta]:
    noon = datetime(first_year, 1, 1, 12, tzinfo=UTC)
    days = (datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC) - noon).days + 1
    # tzinfo of a ZoneInfo is never without an offset; `or` would hide UTC itself.
    return {
        offset for n in range(days) if (offset := (noon + n * _DAY).astimezone(zone).utcoffset()) is not None
    }
