"""A partner's account: months, what is billed, what it costs, and when miles run out."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.domain.partner import PaymentMode
from milepost.domain.partner_account import (
    Forecast,
    Item,
    Movement,
    PartnerMonth,
    cost_of,
    forecast,
    month_at,
    months_of,
    promotions_in,
    rounded_minor,
)

# 2018-05-31T16:00:00Z, which is 1 June in Hong Kong.
JUNE_S = 1_527_782_400
HONG_KONG = 480
DAY_S = 86_400


def _months(
    *movements: Movement, payment: PaymentMode = PaymentMode.PREPAID, **changes: Any
) -> list[PartnerMonth]:
    usual: dict[str, Any] = {"utc_offset_minutes": HONG_KONG, "until_s": JUNE_S}
    return months_of(movements, payment=payment, **{**usual, **changes})


def test_months_of__local_clock__parts_the_months_at_its_midnight() -> None:
    may, june = _months(Movement(JUNE_S - 1, Item.FUNDED, 100), Movement(JUNE_S, Item.BASE, 30))
    assert (may.month, may.opening, may.closing) == ((2018, 5), 0, 100)
    assert (june.month, june.opening, june.closing) == ((2018, 6), 100, 70)
    (one,) = _months(Movement(JUNE_S, Item.FUNDED, 100), utc_offset_minutes=0)
    assert one.month == (2018, 5)


def test_months_of__every_item__moves_the_account_its_way() -> None:
    movements = [Movement(JUNE_S, item, 10**place, 7) for place, item in enumerate(Item)]
    (month,) = _months(*movements)
    assert list(Item) == [
        "funded",
        "base",
        "bonus",
        "base_reversed",
        "bonus_reversed",
        "contributed",
        "released",
    ]
    assert month.closing == 1 - 10 - 100 + 1_000 + 10_000 - 100_000 + 1_000_000
    assert (month.issued, month.reversed) == (110, 11_000)
    assert month.used == month.total(Item.FUNDED) - month.closing
    assert promotions_in(month) == [7]


def test_months_of__a_pot_paid__moves_nothing_and_is_shown() -> None:
    (month,) = _months(Movement(JUNE_S, Item.BONUS, 50, 3, from_pot=True))
    assert (month.closing, month.used, month.pot_lines) == (0, 0, {(Item.BONUS, 3): 50})
    assert promotions_in(month) == [3]


def test_months_of__quiet_months__are_there_and_carry_over() -> None:
    found = _months(Movement(JUNE_S, Item.FUNDED, 5), until_s=JUNE_S + 200 * DAY_S)
    assert [one.month for one in found] == [(2018, month) for month in range(6, 13)]
    assert {one.opening for one in found[1:]} == {5}
    assert [one.month for one in _months()] == [(2018, 6)]


def test_months_of__no_limit__has_no_balance() -> None:
    (month,) = _months(Movement(JUNE_S, Item.BASE, 5), payment=PaymentMode.OPEN)
    assert (month.opening, month.closing, month.used) == (None, None, 5)


@pytest.mark.parametrize(
    ("payment", "miles"),
    [(PaymentMode.PREPAID, 1_000), (PaymentMode.POSTPAID, 250), (PaymentMode.OPEN, 250)],
)
def test_billed__what_is_paid_for__follows_how_the_partner_pays(payment: PaymentMode, miles: int) -> None:
    (month,) = _months(
        Movement(JUNE_S, Item.FUNDED, 1_000),
        Movement(JUNE_S, Item.BASE, 300),
        Movement(JUNE_S, Item.BASE_REVERSED, 100),
        Movement(JUNE_S, Item.CONTRIBUTED, 60, 2),
        Movement(JUNE_S, Item.RELEASED, 10, 2),
        payment=payment,
    )
    assert month.billed(payment) == miles


@pytest.mark.parametrize(
    ("miles", "cost", "currency", "minor"),
    [
        (12_345, "0.08", "HKD", 98_760),
        (1, "0.005", "USD", 1),
        (1, "0.004999", "USD", 0),
        (3, "0.5", "JPY", 2),
        (-3, "0.5", "JPY", -2),
        ((1 << 48) - 1, "999999999999.999999", "KWD", 281474976710655 * 999999999999999999 // 1000),
    ],
)
def test_cost_of__miles__are_exact_and_rounded_once(miles: int, cost: str, currency: str, minor: int) -> None:
    exact = cost_of(miles, cost)
    assert exact == Decimal(cost) * miles or miles > 10**9
    assert rounded_minor(exact, currency) == minor


@given(st.lists(st.integers(0, 1 << 40), max_size=9), st.integers(1, 10**8))
def test_cost_of__lines__add_up_to_the_total(miles: list[int], millionths: int) -> None:
    cost = str(Decimal(millionths).scaleb(-6))
    total = sum((cost_of(one, cost) for one in miles), start=Decimal(0))
    assert total == cost_of(sum(miles), cost)


def test_forecast__pace_of_thirty_days__says_the_day() -> None:
    movements = [
        Movement(JUNE_S - 40 * DAY_S, Item.BASE, 9_999),
        Movement(JUNE_S - 10 * DAY_S, Item.BASE, 400),
        Movement(JUNE_S - 9 * DAY_S, Item.BONUS, 200, 1),
        Movement(JUNE_S - 9 * DAY_S, Item.BONUS, 5_000, 2, from_pot=True),
        Movement(JUNE_S - 8 * DAY_S, Item.BASE_REVERSED, 100),
        Movement(JUNE_S - 8 * DAY_S, Item.CONTRIBUTED, 7_000, 2),
    ]
    found = forecast(movements, available=1_000, now_s=JUNE_S, utc_offset_minutes=HONG_KONG)
    assert found == Forecast(used=500, days=30, days_left=60, runs_out_on=date(2018, 7, 31))


def test_forecast__began_lately_or_idle__counts_the_days_there_are() -> None:
    began = [Movement(JUNE_S - 2 * DAY_S + 1, Item.BASE, 10)]
    found = forecast(began, available=100, now_s=JUNE_S, utc_offset_minutes=0)
    assert (found.days, found.days_left) == (2, 20)
    nothing = forecast([], available=100, now_s=JUNE_S, utc_offset_minutes=0)
    assert (nothing.used, nothing.days_left, nothing.runs_out_on) == (0, None, None)
    slow = forecast(began, available=1 << 47, now_s=JUNE_S, utc_offset_minutes=0)
    assert slow.days_left is not None and slow.runs_out_on is None


def test_month_at__west_of_utc__is_the_day_before() -> None:
    assert month_at(JUNE_S + 8 * 3_600, -60) == (2018, 5)
