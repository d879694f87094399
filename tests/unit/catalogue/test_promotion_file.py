from pathlib import Path
from typing import Any

import pytest

from milepost.catalogue.document import read_document
from milepost.catalogue.promotion_file import PromotionFile, judge_promotion
from tests.support.catalogue_files import ABSENT, write_promotion

MAY = {"from": "2021-05-01", "until": "2021-05-31"}


def _problems(folder: Path, **changes: Any) -> list[tuple[str, str]]:
    verdict = judge_promotion(read_document(write_promotion(folder, **changes)))
    return [(problem.key, problem.reason) for problem in verdict.problems]


@pytest.mark.parametrize(
    ("changes", "key", "reason"),
    [
        ({"promotion": ABSENT}, "promotion", "is missing"),
        ({"partners": []}, "partners", "name at least one"),
        ({"partners": "putien"}, "partners", "must be a list"),
        ({"partners": ["putien", "putien"]}, "partners", "twice"),
        ({"windows": {}}, "windows", "did you mean 'window'?"),
        ({"window": {"from": "2021-05-01"}}, "window.until", "is missing"),
        ({"window": {"from": "2021-02-29", "until": "2021-05-31"}}, "window.from", "no day of the calendar"),
        ({"window": {"from": "2021-05-02", "until": "2021-05-01"}}, "window.until", "before from"),
        ({"window": {**MAY, "except": ["2021-06-01"]}}, "window.except[0]", "outside the window"),
        (
            {"window": {**MAY, "except": ["2021-05-02", "2021-05-02"]}},
            "window.except",
            "names 2021-05-02 twice",
        ),
        ({"window": {**MAY, "except": ["may"]}}, "window.except[0]", "is no day"),
        (
            {"window": {**MAY, "except": [f"2021-05-{day:02}" for day in range(1, 32)]}},
            "window.except",
            "leaves no day of the window in",
        ),
        (
            {"window": {"from": "2021-05-03", "until": "2021-05-04"}, "weekdays": ["sun"]},
            "weekdays",
            "leaves no day of the window in",
        ),
        ({"weekdays": ["mon", "tues"]}, "weekdays[1]", "'tues' is no weekday"),
        ({"weekdays": ["mon", "mon"]}, "weekdays", "twice"),
        ({"hours": {"from": "11:00", "until": "11:00"}}, "hours.until", "equals from"),
        ({"hours": {"from": "24:00", "until": "11:00"}}, "hours.from", "write 00:00"),
        ({"hours": {"from": "11:00"}}, "hours.until", "is missing"),
        ({"hours": {"from": "25:00", "until": "11:00"}}, "hours.from", "no time of day"),
        ({"outlets": {"include": ["a"], "exclude": ["a"]}}, "outlets.exclude[0]", "also included"),
        ({"members": {"tiers": ["Gold"]}}, "members.tiers[0]", "is no name"),
        ({"members": {"segments": [32]}}, "members.segments[0]", "bits are 0 to 31"),
        ({"members": {"segments": [-1]}}, "members.segments[0]", "bits are 0 to 31"),
        ({"members": {"segments": [True]}}, "members.segments[0]", "its name or its bit"),
        ({"members": {"segments": ["Foodie!"]}}, "members.segments[0]", "its name or its bit"),
        ({"members": {"enrolled": "yes"}}, "members.enrolled", "true or false"),
        ({"members": {"first": 0}}, "members.first", "the least is 1"),
        ({"members": {"first": 2**32}}, "members.first", "the most is 4294967295"),
        ({"purchase": {"minimum": "1,000"}}, "purchase.minimum", "is no amount"),
        ({"purchase": {"party_size": 0}}, "purchase.party_size", "the least is 1"),
        ({"purchase": {"party_size": 64}}, "purchase.party_size", "the most is 63"),
        (
            {"purchase": {"channels": ["dine-in", "drive-in"]}},
            "purchase.channels[1]",
            "'drive-in' is no channel; known are dine-in takeaway delivery",
        ),
        ({"reward": {}}, "reward", "holds no reward"),
        ({"reward": {"multiple": "2", "fixed": 5}}, "reward", "holds two rewards"),
        ({"reward": {"multiple": "1"}}, "reward.multiple", "above 1 and at most 100"),
        ({"reward": {"multiple": "1.00001"}}, "reward.multiple", "more than 4 decimals"),
        ({"reward": {"fixed": 0}}, "reward.fixed", "the least is 1"),
        ({"reward": {"fixed": 4_194_304}}, "reward.fixed", "the most is 4194303"),
        ({"reward": {"fixed": "5"}}, "reward.fixed", "without quotes"),
        ({"reward": {"fixed": 10**40}}, "reward.fixed", "the most is 4194303"),
        ({"reward": {"bands": [{"from": "1", "miles": 0}]}}, "reward.bands[0].miles", "the least is 1"),
        ({"limits": {"per_purchase": 0}}, "limits.per_purchase", "the least is 1"),
        ({"limits": {"per_member": 4_194_304}}, "limits.per_member", "the most is 4194303"),
        ({"limits": {"per_member_day": 4_194_304}}, "limits.per_member_day", "the most is 4194303"),
        ({"limits": {"per_outlet": 2**32}}, "limits.per_outlet", "the most is 4294967295"),
        ({"limits": {"awards_per_member": 65_536}}, "limits.awards_per_member", "the most is 65535"),
        ({"limits": {"awards_per_member_day": 256}}, "limits.awards_per_member_day", "the most is 255"),
        ({"limits": {"awards": 2**32}}, "limits.awards", "the most is 4294967295"),
        ({"limits": {"budget": 2**48 - 1}}, "limits.budget", "the most is 281474976710654"),
        ({"limits": {"budgets": 5}}, "limits.budgets", "did you mean 'budget'?"),
        ({"stacking": {"group": 5}}, "stacking.group", "must be text"),
        ({"stacking": {"ceiling": 2**24}}, "stacking.ceiling", "the most is 16777215"),
        ({"funding": [{"partner": "a", "miles": 5}]}, "funding", "limits.budget is not said"),
        (
            {"funding": [{"partner": "a", "miles": 5}], "limits": {"budget": 6}},
            "funding",
            "pays 5 miles in all, and limits.budget is 6",
        ),
        (
            {"funding": [{"partner": "a", "miles": 3}] * 2, "limits": {"budget": 6}},
            "funding[1].partner",
            "stands twice",
        ),
        ({"terms": ""}, "terms", ""),
    ],
)
def test_judge_promotion__a_wrong_key__is_refused_with_the_reason(
    tmp_path: Path, changes: dict[str, Any], key: str, reason: str
) -> None:
    (found,) = _problems(tmp_path, **changes)
    assert found[0] == key
    assert reason in found[1]


def test_judge_promotion__many_faults__are_all_found_at_once(tmp_path: Path) -> None:
    problems = _problems(
        tmp_path,
        promotion=5,
        window={"from": "2021-05-31", "until": "2021-05-01", "except": [1]},
        hours={"from": "9", "until": "10:00"},
        reward={"multiple": "0.5", "fixed": "many"},
        limits={"per_member": 0},
    )
    assert [key for key, _ in problems] == [
        "promotion", "window.except[0]", "window.until", "reward.fixed", "reward.multiple", "hours.from",
        "limits.per_member",
    ]  # fmt: skip


def test_judge_promotion__a_budget_refused__says_nothing_of_who_pays_it(tmp_path: Path) -> None:
    problems = _problems(tmp_path, limits={"budget": 0}, funding=[{"partner": "a", "miles": 5}])
    assert [key for key, _ in problems] == ["limits.budget"]


def test_judge_promotion__a_day_left_in_after_32_exceptions__is_accepted(tmp_path: Path) -> None:
    days = [f"2021-05-{day:02}" for day in range(1, 31)] + ["2021-06-01", "2021-06-02"]
    assert not _problems(tmp_path, window={"from": "2021-05-01", "until": "2021-06-02", "except": days})


def test_promotion_file__minimum__is_as_written(tmp_path: Path) -> None:
    path = write_promotion(tmp_path, purchase={"minimum": "600.00"})
    file: PromotionFile = judge_promotion(read_document(path)).accepted()
    assert file.minimum == "600.00"
