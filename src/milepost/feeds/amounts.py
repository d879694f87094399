"""Converts amounts to minor units exactly, and refuses those that do not fit.

Before it stand cells and JSON values as a till wrote them; after it `rows` puts them into a purchase.
"""

import re
from decimal import Context, Decimal

from milepost.domain.quantities import MinorUnits

MOST_MINOR = (1 << 40) - 1
"""Largest amount an entry can hold, in minor units; more is refused. Source: docs/report-format.md, Entry."""

# No amount that fits has more digits; what is longer is refused before anything computes with it.
_MOST_DIGITS = 40
# Python's usual 28 digits would round a longer amount until it fits.
_EXACT = Context(prec=2 * _MOST_DIGITS)
_DECIMAL = re.compile(r"[0-9]+(\.[0-9]+)?")


class AmountRefused(ValueError):
    """An amount that is negative, too large, or not a whole number of minor units."""


def minor_units(value: object) -> MinorUnits:
    """Read a whole number of minor units, a number or digits as text.

    Raises: AmountRefused for anything else, negative or above `MOST_MINOR`.
    """
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _MOST_DIGITS:
        return _fitting(int(value))
    if isinstance(value, int) and not isinstance(value, bool):
        return _fitting(value)
    raise AmountRefused(f"{_shown(value)} is no whole number of minor units from 0 to {MOST_MINOR}")


def minor_units_of_decimal(value: object, exponent: int) -> MinorUnits:
    """Convert a decimal of the currency exactly: 10.5 with two decimals is 1050.

    Raises: AmountRefused for what is no decimal, negative, too large, or finer than a minor unit.
    """
    amount = _decimal(value)
    minor = amount.scaleb(exponent, context=_EXACT)
    if minor != minor.to_integral_value():
        raise AmountRefused(f"{_shown(value)} has more decimals than the currency's {exponent}")
    return _fitting(int(minor))


def _decimal(value: object) -> Decimal:
    if isinstance(value, str) and len(value) <= _MOST_DIGITS and _DECIMAL.fullmatch(value):
        return Decimal(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(_fitting(value))
    if isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) < _MOST_DIGITS:
        digits = len(value.as_tuple().digits)
        if value >= 0 and digits <= _MOST_DIGITS:
            return value
    raise AmountRefused(f"{_shown(value)} is no decimal amount of 0 or more")


def _fitting(minor: int) -> MinorUnits:
    if not 0 <= minor <= MOST_MINOR:
        raise AmountRefused(f"{_shown(minor)} minor units are not between 0 and {MOST_MINOR}")
    return MinorUnits(minor)


def _shown(value: object) -> str:
    # An integer of thousands of digits cannot be turned into text at all.
    if isinstance(value, int) and not -(10**_MOST_DIGITS) < value < 10**_MOST_DIGITS:
        return "a number beyond all bounds"
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= _MOST_DIGITS else text[:_MOST_DIGITS] + "…"
