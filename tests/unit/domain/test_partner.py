"""Currencies have the decimals of ISO 4217."""

import pytest

from milepost.domain.errors import CurrencyUnknown
from milepost.domain.partner import currency_exponent


@pytest.mark.parametrize(
    ("currency", "exponent"),
    [("HKD", 2), ("USD", 2), ("JPY", 0), ("KRW", 0), ("KWD", 3), ("TND", 3), ("UYW", 4)],
)
def test_currency_exponent__known_code__is_its_decimals(currency: str, exponent: int) -> None:
    assert currency_exponent(currency) == exponent


@pytest.mark.parametrize("currency", ["hkd", "XXX", "", "HK$", "DEM"])
def test_currency_exponent__no_currency_in_use__is_refused(currency: str) -> None:
    with pytest.raises(CurrencyUnknown, match="ISO 4217"):
        currency_exponent(currency)
