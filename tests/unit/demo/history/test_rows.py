"""The history's rows: the file's own days and amounts, and a time, partner and member by the stated rule."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from milepost.demo.history.rows import OUTLETS, member_rows, morning_after, read_history, rows_of
from milepost.domain.errors import FeedError

ROOT = Path(__file__).parents[4]
FILE = ROOT / "examples" / "cdnow_master.txt"


def test_read_history__the_whole_file__has_its_purchases_members_and_days() -> None:
    purchases = read_history(FILE)
    assert len(purchases) == 69_659
    assert len({purchase.customer for purchase in purchases}) == 23_570
    assert sum(purchase.amount_minor for purchase in purchases) == 250_031_563
    days = [purchase.day for purchase in purchases]
    assert (days[0], days[-1]) == (date(1997, 1, 1), date(1998, 6, 30)) and days == sorted(days)
    assert len({purchase.sale_ref for purchase in purchases}) == 69_659


def test_read_history__the_first_of_the_file__span_all_its_months() -> None:
    purchases = read_history(FILE, most=2_000)
    assert len(purchases) == 2_000
    assert len({purchase.day.replace(day=1) for purchase in purchases}) == 18


def test_read_history__a_line_that_is_no_purchase__is_named(tmp_path: Path) -> None:
    (tmp_path / "file.txt").write_text("header\n 00001 19970101  1   11.77\n 00002 19970112  1   12.0\n")
    with pytest.raises(FeedError, match=r"Purchase 2 of the history is ' 00002 19970112  1   12\.0'"):
        read_history(tmp_path / "file.txt")


def test_rows_of__each_day__runs_from_eleven_a_minute_apart_within_the_day() -> None:
    purchases = read_history(FILE)
    rows = list(rows_of(purchases))
    assert [row["occurred_at"][:10] for row in rows] == [purchase.day.isoformat() for purchase in purchases]
    assert len({row["occurred_at"] for row in rows}) == len(rows)
    busiest, most = Counter(purchase.day for purchase in purchases).most_common(1)[0]
    times = [row["occurred_at"] for row in rows if row["occurred_at"].startswith(busiest.isoformat())]
    assert most == 504
    assert (times[0][11:], times[1][11:]) == ("11:00:00-05:00", "11:01:00-05:00")
    assert times[-1][11:] == "19:23:00-05:00"


def test_rows_of__the_first_purchase__stands_by_the_stated_rule() -> None:
    (row,) = rows_of(read_history(FILE, most=1))
    assert row == {
        "partner": "spindle-diner",
        "source": "cdnow",
        "sale_ref": "cdnow-00001",
        "kind": "SALE",
        "outlet": "canal-street",
        "occurred_at": "1997-01-01T11:00:00-05:00",
        "currency": "USD",
        "gross_minor": "1177",
        "channel": "dine-in",
        "party_size": "1",
        "member": "C00001",
    }


def test_rows_of__three_discs_or_more__were_eaten_at_the_grill() -> None:
    purchases = read_history(FILE, most=500)
    for purchase, row in zip(purchases, rows_of(purchases), strict=True):
        assert row["partner"] == ("spindle-diner" if purchase.discs <= 2 else "turntable-grill")
        assert row["outlet"] == OUTLETS[purchase.partner][int(purchase.customer) % 4]


def test_member_rows__each_customer__stands_once_in_order() -> None:
    numbers = [row["member"] for row in member_rows(read_history(FILE, most=2_000))]
    assert len(numbers) == 586 and numbers == sorted(set(numbers))


def test_morning_after__winter_and_summer__is_six_in_new_york() -> None:
    assert morning_after(date(1997, 1, 1)) == 852_202_800
    assert morning_after(date(1997, 7, 1)) == 867_837_600
