"""An invoice: lines that add up to what is due, as values and as CSV."""

import csv
from decimal import Decimal
from io import StringIO

import pytest

from milepost.cli.partner_invoice import NothingInvoiced, invoice_csv, plain, shown_due, signed_money
from milepost.domain.partner import PaymentMode
from milepost.domain.partner_account import Item, Movement
from tests.support.partner_accounts import MAY_S, a_statement, an_invoice


def test_make_invoice__postpaid__bills_what_was_used() -> None:
    made = an_invoice(a_statement(payment=PaymentMode.POSTPAID))
    used = 3_725 + 1_490 + 77 - 125 - 49 + 500 - 20
    assert (made.billed, made.due) == (used, used * 8)
    assert sum((one.cost for one in made.lines if one.cost is not None), Decimal(0)) == made.exact
    assert [one.key for one in made.lines if one.cost is None] == ["funded"]
    assert (made.opening, made.closing) == (0, 10_000 - used)


def test_make_invoice__prepaid__bills_what_was_bought() -> None:
    made = an_invoice()
    assert (made.billed, made.due) == (10_000, 80_000)
    assert [one.key for one in made.lines if one.is_billed] == ["funded"]
    assert made.opening is not None and made.closing is not None
    assert made.opening + sum(one.miles for one in made.lines) == made.closing


def test_make_invoice__no_price__is_refused() -> None:
    with pytest.raises(NothingInvoiced, match="putien has no cost_per_mile") as refused:
        an_invoice(cost_per_mile=None)
    assert refused.value.exit_code == 2


def test_make_invoice__month_still_runs__is_provisional() -> None:
    assert an_invoice(a_statement(now_s=MAY_S + 1)).is_provisional
    assert not an_invoice().is_provisional


def test_make_invoice__lows_of_the_month__are_named() -> None:
    lows = ((MAY_S, 400), (MAY_S + 40 * 86_400, 300))
    assert an_invoice(a_statement(lows=lows)).lows == ("2018-05-14T05:00:00Z",)


def test_make_invoice__promotion_published_later__has_its_number() -> None:
    names = {one.promotion for one in (*an_invoice().lines, *an_invoice().pot_lines)}
    assert names == {None, "may-triple", "pot-of-may", "promotion 2"}


def test_invoice_csv__rows__add_up_line_for_line() -> None:
    rows = list(csv.DictReader(StringIO(invoice_csv(an_invoice()))))
    assert {row["invoice"] for row in rows} == {"asia-miles-2018-putien-2018-05"}
    lines = [row["line"] for row in rows]
    assert lines == [
        "opening", "funded", "base", "bonus", "bonus", "base_reversed", "bonus_reversed", "contributed",
        "released", "closing", "pot_bonus", "billed", "due",
    ]  # fmt: skip
    moved = rows[1 : lines.index("closing")]
    assert int(rows[0]["miles"]) + sum(int(row["miles"]) for row in moved) == int(rows[9]["miles"])
    assert rows[2] == {
        "invoice": "asia-miles-2018-putien-2018-05", "partner": "putien", "month": "2018-05", "line": "base",
        "promotion": "", "miles": "-3725", "value": "298", "cost": "", "currency": "HKD",
    }  # fmt: skip
    assert (rows[-1]["cost"], rows[-1]["currency"]) == ("800.00".rstrip("0").rstrip("."), "HKD")


def test_shown_due__rounding__is_told_apart() -> None:
    odd = an_invoice(a_statement(Movement(MAY_S, Item.FUNDED, 3)), cost_per_mile="0.005")
    assert (plain(odd.exact), shown_due(odd), odd.is_exact) == ("0.015", Decimal("0.02"), False)
    assert an_invoice().is_exact


@pytest.mark.parametrize(
    ("minor", "shown"), [(1_234_50, "HKD 1,234.50"), (-50, "-HKD 0.50"), (0, "HKD 0.00")]
)
def test_signed_money__owed_to_the_partner__has_a_minus(minor: int, shown: str) -> None:
    assert signed_money(minor, "HKD") == shown
