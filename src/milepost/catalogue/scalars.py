"""The single values that programme, partner and promotion files share: days, times, decimals, names.

The models of this package use them; each turns text into a domain value or says in a few words why it cannot.
"""

import re
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from milepost.domain.errors import CurrencyUnknown
from milepost.domain.partner import currency_exponent
from milepost.domain.promotion_maxima import MOST_SEGMENT
from milepost.domain.purchase import Channel

FIRST_DAY = date(1990, 1, 1)
"""Day 0 of every calendar on chain."""
LAST_DAY = date(2120, 12, 31)
"""Last day a file may name, the same as for the expiry command; day numbers reach to 2169."""

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(r"(\d{2}):(\d{2})", re.ASCII)
_OFFSET = re.compile(r"([+-])(\d{2}):(\d{2})", re.ASCII)
_NAME = re.compile(r"[a-z0-9](-?[a-z0-9])*")
_DECIMAL = re.compile(r"\d{1,18}(\.\d{1,18})?", re.ASCII)
_MOST_OFFSET_MINUTES = 14 * 60
MOST_DECIMALS = 18
"""Decimals that `DecimalText` may have."""


def refusal(reason: str) -> PydanticCustomError:
    """An error of a value whose text is for the person who wrote the file."""
    return PydanticCustomError("catalogue", "{reason}", {"reason": reason})


def empty_if_none(value: Any) -> Any:
    """For keys that are lists: null means none."""
    return [] if value is None else value


def parse_day(value: Any) -> date:
    """Read `2021-05-01`, quoted or not."""
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            day = date.fromisoformat(value)
        except ValueError:
            raise refusal(f"{value} is no day of the calendar") from None
        if not FIRST_DAY <= day <= LAST_DAY:
            raise refusal(f"{day} lies outside {FIRST_DAY} to {LAST_DAY}")
        return day
    raise refusal(f"{shown(value)} is no day; write it as 2021-05-01")


def parse_minute(value: Any) -> int:
    """Read `11:00` as a minute of the day; 24:00 is the day's end."""
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise refusal(f'{shown(value)} is no time of day; write it as "11:00"')
    hours, minutes = int(match[1]), int(match[2])
    if minutes > 59 or hours * 60 + minutes > 24 * 60:
        raise refusal(f"{value} is no time of day; 00:00 to 24:00 are")
    return hours * 60 + minutes


def parse_utc_offset(value: Any) -> int:
    """Read `"+05:30"` as minutes east of UTC."""
    match = _OFFSET.fullmatch(value) if isinstance(value, str) else None
    if match is None or int(match[3]) > 59:
        raise refusal(f'{shown(value)} is no UTC offset; write it as "+05:30"')
    minutes = int(match[2]) * 60 + int(match[3])
    if minutes > _MOST_OFFSET_MINUTES:
        raise refusal(f"{value} lies outside -14:00 to +14:00")
    return -minutes if match[1] == "-" else minutes


def parse_decimal(value: Any) -> str:
    """Keep a decimal of zero or more as it was written, quoted or not."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not _DECIMAL.fullmatch(text):
        raise refusal(f'{shown(value)} is no amount; write it as "600.00", with no sign, comma or currency')
    return text


def to_units(text: str, decimals: int) -> int:
    """Turn a decimal's text into whole units of its last decimal, exactly.

    Units: the result counts 10 ** -decimals.
    Raises: ValueError if it has more decimals than that.
    """
    whole, _, fraction = text.partition(".")
    fraction = fraction.rstrip("0")
    if len(fraction) > decimals:
        raise ValueError(f"{text} has more than {decimals} decimals" if decimals else f"{text} must be whole")
    return int(whole + fraction.ljust(decimals, "0"))


def parse_weekday(value: Any) -> int:
    """Read `mon` to `sun`; Monday is 0."""
    if value not in WEEKDAYS:
        raise refusal(f"{shown(value)} is no weekday; known are {' '.join(WEEKDAYS)}")
    return WEEKDAYS.index(value)


def parse_segment(value: Any) -> str | int:
    """Read a segment by its name or by its bit."""
    if isinstance(value, int) and not isinstance(value, bool):
        if not 0 <= value <= MOST_SEGMENT:
            raise refusal(f"{shown(value)} is no segment; bits are 0 to {MOST_SEGMENT}")
        return value
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise refusal(f"{shown(value)} is no segment; write its name or its bit, 0 to {MOST_SEGMENT}")
    return value


def parse_channel(value: Any) -> Channel:
    """Read `dine-in`, `takeaway` or `delivery`."""
    known = [str(channel) for channel in Channel]
    if value not in known:
        raise refusal(f"{shown(value)} is no channel; known are {' '.join(known)}")
    return Channel(value)


def shown(value: Any) -> str:
    """A value as an error shows it, short."""
    text = "null" if value is None else str(value) if isinstance(value, str | date) else repr(value)
    text = f"'{text}'" if isinstance(value, str) else text
    return text if len(text) <= 60 else text[:57] + "..."


def _one_line(value: str) -> str:
    if not value.strip() or "\n" in value:
        raise refusal("must be one line of text")
    return value


def _distinct(values: list[Any]) -> list[Any]:
    twice = next((value for place, value in enumerate(values) if value in values[:place]), None)
    if twice is not None:
        raise refusal(f"names {shown(twice)} twice; keep one")
    return values


Day = Annotated[date, BeforeValidator(parse_day)]
Minute = Annotated[int, BeforeValidator(parse_minute)]
UtcOffset = Annotated[int, BeforeValidator(parse_utc_offset)]
DecimalText = Annotated[str, BeforeValidator(parse_decimal)]
Weekday = Annotated[int, BeforeValidator(parse_weekday)]
Segment = Annotated[str | int, BeforeValidator(parse_segment)]
ChannelName = Annotated[Channel, BeforeValidator(parse_channel)]
EmptyIfNone = BeforeValidator(empty_if_none)
Distinct = AfterValidator(_distinct)
Title = Annotated[str, Field(max_length=200), AfterValidator(_one_line)]
Name = Annotated[str, Field(pattern=rf"^{_NAME.pattern}$", max_length=64)]
"""Names of programmes, partners, promotions and groups: lower case, digits, hyphens between."""
OutletName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=64)]
"""Tills have outlet codes of their own, such as `HK_01`."""


def _currency(code: str) -> str:
    try:
        currency_exponent(code)
    except CurrencyUnknown as error:
        raise refusal(str(error)) from None
    return code


Currency = Annotated[str, AfterValidator(_currency)]
"""A currency's ISO 4217 code, of one whose minor units are known."""
