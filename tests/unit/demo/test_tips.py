"""The real bills under the stated rule: nothing of them changes, and what is assumed is as stated."""

import csv
from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from milepost.demo.tips import (
    BILLS,
    MEMBERS,
    STATED_RULE,
    Row,
    member_rows,
    purchases_from_tips,
    write_feed_csv,
    write_members_csv,
)

TIPS = Path(__file__).parents[3] / "examples" / "tips.csv"
WEEKDAYS = ["Mon", "Tue", "Wed", "Thur", "Fri", "Sat", "Sun"]


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return purchases_from_tips(TIPS)


@pytest.fixture(scope="module")
def bills() -> list[Row]:
    with TIPS.open(newline="") as stream:
        return list(csv.DictReader(stream))


def _bill_of(row: Row, bills: list[Row]) -> Row:
    return bills[int(row["sale_ref"].removeprefix("tips-")) - 1]


def test_purchases_from_tips__all_bills__each_becomes_one_purchase(rows: list[Row]) -> None:
    assert len(rows) == BILLS
    assert {row["sale_ref"] for row in rows} == {f"tips-{n:04d}" for n in range(1, BILLS + 1)}


def test_purchases_from_tips__amounts__sum_to_the_files_own(rows: list[Row], bills: list[Row]) -> None:
    tips = sum(Decimal(bill["tip"]) for bill in bills)
    total = sum(Decimal(bill["total_bill"]) for bill in bills)
    assert Decimal(sum(int(row["tip_minor"]) for row in rows)).scaleb(-2) == tips
    assert Decimal(sum(int(row["gross_minor"]) for row in rows)).scaleb(-2) == total + tips


def test_purchases_from_tips__each_row__keeps_what_its_bill_says(rows: list[Row], bills: list[Row]) -> None:
    for row in rows:
        bill = _bill_of(row, bills)
        at = datetime.fromisoformat(row["occurred_at"])
        assert Decimal(row["gross_minor"]) - Decimal(row["tip_minor"]) == Decimal(bill["total_bill"]) * 100
        assert WEEKDAYS[at.weekday()] == bill["day"]
        assert ("Lunch" if at.hour < 17 else "Dinner") == bill["time"]
        assert row["party_size"] == bill["size"]
        assert (row["partner"] == "noon-kitchen") == (bill["time"] == "Lunch")
        assert (row["outlet"] in ("boathouse", "station")) == (bill["smoker"] == "Yes")


def test_purchases_from_tips__times__lie_in_may_three_minutes_apart(rows: list[Row]) -> None:
    times = [datetime.fromisoformat(row["occurred_at"]) for row in rows]
    assert times == sorted(times)
    assert {at.utcoffset() for at in times} == {timedelta(hours=-4)}
    assert date(2018, 5, 1) <= times[0].date() and times[-1].date() <= date(2018, 5, 31)
    for meal, hour in (("noon-kitchen", 12), ("harbour-grill", 18)):
        days: dict[date, list[datetime]] = {}
        for row, at in zip(rows, times, strict=True):
            if row["partner"] == meal:
                days.setdefault(at.date(), []).append(at)
        for day, sittings in days.items():
            first = datetime(day.year, day.month, day.day, hour, tzinfo=sittings[0].tzinfo)
            assert sittings == [first + n * timedelta(minutes=3) for n in range(len(sittings))]


def test_purchases_from_tips__one_weekday__its_days_hold_runs_of_equal_length(rows: list[Row]) -> None:
    saturdays = [row for row in rows if datetime.fromisoformat(row["occurred_at"]).weekday() == 5]
    assert [row["sale_ref"] for row in saturdays] == sorted(row["sale_ref"] for row in saturdays)
    assert sorted(Counter(row["occurred_at"][:10] for row in saturdays).values()) == [21, 22, 22, 22]


def test_purchases_from_tips__members__all_dine_and_two_bills_name_nobody_enrolled(rows: list[Row]) -> None:
    enrolled = {row["member"] for row in member_rows()}
    assert len(enrolled) == MEMBERS
    assert {row["member"] for row in rows} - enrolled == {"M9001", "M9002"}
    assert enrolled <= {row["member"] for row in rows}
    by_ref = {row["sale_ref"]: row["member"] for row in rows}
    assert [by_ref[f"tips-{n:04d}"] for n in (1, 2, 10, 100)] == ["M0001", "M0008", "M0004", "M9001"]


def test_write_feed_csv__written_twice__has_the_same_bytes(tmp_path: Path, rows: list[Row]) -> None:
    write_feed_csv(rows, tmp_path / "a.csv")
    write_feed_csv(purchases_from_tips(TIPS), tmp_path / "b.csv")
    text = (tmp_path / "a.csv").read_text()
    assert text == (tmp_path / "b.csv").read_text()
    assert text.splitlines()[0].startswith(
        "partner,source,sale_ref,kind,outlet,occurred_at,currency,gross_minor"
    )


def test_write_members_csv__sixty_members__under_the_header_of_members_import(tmp_path: Path) -> None:
    write_members_csv(tmp_path / "members.csv")
    lines = (tmp_path / "members.csv").read_text().splitlines()
    assert lines[0] == "member,tier,segments,enrolled_at"
    assert (len(lines), lines[1]) == (MEMBERS + 1, "M0001,,,2018-04-02T09:00:00+08:00")


def test_stated_rule__says__what_is_real_and_what_is_assumed() -> None:
    assert "Real" in STATED_RULE and "Assumed" in STATED_RULE
