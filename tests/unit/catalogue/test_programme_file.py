from datetime import date
from pathlib import Path
from typing import Any

import pytest

from milepost.catalogue import CatalogueError
from milepost.catalogue.programme_file import DEFAULT_SYMBOL, read_programme
from milepost.domain.calendar import Align
from milepost.domain.programme import (
    Acceptance,
    AccountRule,
    ActivityDay,
    ActivityKind,
    LotRule,
    RuleVersion,
    SpendOrder,
    SpentMiles,
)
from tests.support.catalogue_files import ABSENT, problems_of, write_programme

LOT = {"months": 36, "align": "day"}
ACCOUNT = {"months": 12, "align": "year", "activity": ["accrual"]}


def _lot(**changes: Any) -> dict[str, Any]:
    return {"versions": [{"from": None, "lot": {**LOT, **changes}}]}


def test_read_programme__the_least_keys__has_the_stated_defaults(tmp_path: Path) -> None:
    programme = read_programme(write_programme(tmp_path))
    assert (programme.name, programme.utc_offset_minutes, programme.tiers) == ("sample", 480, ())
    assert programme.versions == (RuleVersion(None, LotRule(36, Align.DAY)),)
    assert programme.accept == Acceptance(oldest_days=90, ahead_minutes=10)
    assert (programme.notice_days, programme.promotion_notice_days) == (90, 90)
    assert (programme.symbol, programme.spent_miles) == (DEFAULT_SYMBOL, SpentMiles.LATER_ACCRUALS)


def test_read_programme__every_key__is_kept(tmp_path: Path) -> None:
    path = write_programme(
        tmp_path,
        utc_offset="-05:30",
        tiers=["blue", "gold"],
        symbol="SKY2",
        late_days=10,
        promotion_notice_days=0,
        refunds={"spent_miles": "debt"},
        accept={"oldest_days": 30, "ahead_minutes": 0},
        activity_day="posting",
        spend="lots-first",
        first_lapse="2008-12-31",
        closes_account=True,
        versions=[{"from": None, "lot": {"months": 600, "align": "quarter"}, "account": ACCOUNT}],
    )
    programme = read_programme(path)
    assert (programme.utc_offset_minutes, programme.tiers, programme.symbol) == (
        -330,
        ("blue", "gold"),
        "SKY2",
    )
    assert (programme.late_days, programme.promotion_notice_days) == (10, 0)
    assert (programme.spent_miles, programme.accept) == (SpentMiles.DEBT, Acceptance(30, 0))
    assert (programme.activity_day, programme.spend) == (ActivityDay.POSTING, SpendOrder.LOTS_FIRST)
    assert (programme.first_lapse, programme.closes_account) == (date(2008, 12, 31), True)
    rule = AccountRule(12, Align.YEAR, ActivityKind.ACCRUAL)
    assert programme.versions == (RuleVersion(None, LotRule(600, Align.QUARTER), rule),)


@pytest.mark.parametrize(
    ("changes", "key", "reason"),
    [
        ({"utc_offset": "+14:01"}, "utc_offset", "outside -14:00 to +14:00"),
        ({"utc_offset": 8}, "utc_offset", "is no UTC offset"),
        ({"notice_days": ABSENT}, "notice_days", "is missing"),
        ({"notice_days": "90"}, "notice_days", "a whole number without quotes"),
        ({"notice_days": -1}, "notice_days", "too small"),
        ({"promotion_notice_days": 3_651}, "promotion_notice_days", "too large"),
        ({"tiers": [f"t{n}" for n in range(17)]}, "tiers", "the most is 16"),
        ({"tiers": ["gold", "gold"]}, "tiers", "twice"),
        ({"tiers": ["Gold"]}, "tiers[0]", "lower case"),
        ({"symbol": "miles"}, "symbol", "is no name"),
        ({"title": " "}, "title", "one line of text"),
        ({"late_days": 181}, "late_days", "the most is 180"),
        ({"accept": {"oldest_days": 0}}, "accept.oldest_days", "the least is 1"),
        ({"refunds": {"spent_miles": "keep"}}, "refunds.spent_miles", "known are 'forgive'"),
        ({"versions": []}, "versions", "is empty"),
        ({"utc_ofset": "+08:00"}, "utc_ofset", "did you mean 'utc_offset'?"),
        (_lot(months=0), "versions[0].lot.months", "the least is 1"),
        (_lot(months=601, align="year"), "versions[0].lot.months", "the most is 600"),
        (_lot(months=49), "versions[0].lot.months", "at most 48 months"),
        (_lot(align="week"), "versions[0].lot.align", "'week' is not known"),
        (_lot(day=1), "versions[0].lot.day", "unknown key; known are months align"),
        ({"versions": [{"from": "2020-01-01", "lot": LOT}]}, "versions[0].from", "must be null"),
    ],
)
def test_read_programme__a_wrong_key__is_refused_with_the_reason(
    tmp_path: Path, changes: dict[str, Any], key: str, reason: str
) -> None:
    with pytest.raises(CatalogueError) as refused:
        read_programme(write_programme(tmp_path, **changes))
    (found,) = problems_of(refused)
    assert found[1] == key
    assert reason in found[2]
