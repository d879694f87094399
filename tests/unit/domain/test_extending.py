"""What it costs to have miles live on, in one sentence."""

from dataclasses import replace

import pytest

from milepost.domain.extending import ExtensionOffer, cost_of_extending
from tests.support.ledgers import day

LAST_DAY = day("2021-05-04")
# A cent and a half a mile, in a token of six decimals.
OFFER = ExtensionOffer(
    units=15_000, per_miles=1, most_a_year=5_000, extend_days=90, symbol="TUSD", decimals=6
)


def test_cost_of_extending__priced__names_amount_and_days() -> None:
    assert cost_of_extending(OFFER, 94, LAST_DAY) == (
        "Extending all 94 costs 1.41 TUSD by today's price, from 2021-02-03 to 2021-05-04"
        " (clauses 8.3 and 8.4)."
    )


@pytest.mark.parametrize(
    ("units", "per_miles", "decimals", "amount"),
    [
        (15_000, 1, 6, "1.50 TUSD"),
        (1, 3, 0, "34 TUSD"),
        (1, 3, 1, "3.4 TUSD"),
        (10, 1, 2, "10.00 TUSD"),
        (123_456_789, 100, 6, "123.456789 TUSD"),
    ],
)
def test_cost_of_extending__any_token__shows_its_amount_rounded_up(
    units: int, per_miles: int, decimals: int, amount: str
) -> None:
    offer = replace(OFFER, units=units, per_miles=per_miles, decimals=decimals)
    assert f"costs {amount} by" in cost_of_extending(offer, 100, LAST_DAY)


def test_cost_of_extending__none_sold__says_so() -> None:
    assert "extends no miles at present" in cost_of_extending(replace(OFFER, most_a_year=0), 94, LAST_DAY)


def test_cost_of_extending__paid_elsewhere__says_when() -> None:
    found = cost_of_extending(replace(OFFER, per_miles=0, symbol=""), 94, LAST_DAY)
    assert found.startswith("They can be extended from 2021-02-03 to 2021-05-04, for a payment")


def test_cost_of_extending__more_days_than_the_calendar_has__begins_with_it() -> None:
    assert "from 1990-01-01 to" in cost_of_extending(replace(OFFER, extend_days=65_535), 94, LAST_DAY)
