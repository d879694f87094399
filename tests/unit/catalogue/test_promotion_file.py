from datetime import date
from pathlib import Path
from typing import Any

import pytest

from milepost.catalogue.document import key_text, read_document
from milepost.catalogue.promotion_file import PromotionFile, judge_promotion, make_promotion
from milepost.domain.promotion import ALL_WEEKDAYS, Hours, Limits, Promotion, Reward, Window
from tests.support.catalogue_files import ABSENT, write, write_promotion


def _promotion(folder: Path, **changes: Any) -> Promotion:
    file = judge_promotion(read_document(write_promotion(folder, **changes))).accepted()
    return make_promotion(file, minimum_minor=0, terms="")


def _problems(folder: Path, **changes: Any) -> list[tuple[str, str]]:
    verdict = judge_promotion(read_document(write_promotion(folder, **changes)))
    return [(problem.key, problem.reason) for problem in verdict.problems]


def test_make_promotion__the_four_required_keys__has_the_stated_defaults(tmp_path: Path) -> None:
    assert _promotion(tmp_path) == Promotion(
        name="sample",
        title="sample",
        partners=("putien",),
        window=Window(date(2021, 5, 1), date(2021, 5, 31)),
        reward=Reward(fixed_miles=500),
    )


def test_make_promotion__every_settled_key__is_kept(tmp_path: Path) -> None:
    promotion = _promotion(
        tmp_path,
        title="T",
        partners=["putien", "other"],
        outlets={"include": ["a"], "exclude": ["b"]},
        weekdays=["sun", "mon"],
        hours={"from": "22:30", "until": "02:00"},
        reward={"multiple": "2.5"},
        limits={"per_member": 4_194_303, "budget": 2**48 - 2},
        stacking={"group": "monday-offers"},
    )
    assert (promotion.outlets_include, promotion.outlets_exclude) == (("a",), ("b",))
    assert (promotion.weekdays, promotion.hours) == ((0, 6), Hours(1350, 120))
    assert (promotion.reward, promotion.group) == (Reward(multiple_bps=25_000), "monday-offers")
    assert promotion.limits == Limits(per_member=4_194_303, budget=2**48 - 2)


def test_make_promotion__every_key_of_the_format_empty__is_the_same_as_without(tmp_path: Path) -> None:
    text = """
promotion: sample
title: null
partners: [putien]
outlets: {include: [], exclude: null}
window: {from: 2021-05-01, until: "2021-05-31", except: []}
weekdays: null
hours: null
members: {tiers: [], segments: [], enrolled: false, first: null}
purchase: {minimum: null, party_size: null, channels: []}
reward:
  {multiple: null, fixed: 500, per_step: null, bands: [], window_spend: [], window_outlets: null, visit: {}}
limits:
  {per_purchase: null, per_member: null, per_member_day: null, per_outlet: null, awards_per_member: null,
  awards_per_member_day: null, awards: null, budget: null}
stacking: {group: null, ceiling: null}
terms: null
"""
    file = judge_promotion(read_document(write(tmp_path / "full.yaml", text))).accepted()
    assert make_promotion(file, minimum_minor=0, terms="") == _promotion(tmp_path)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ({"from": "00:00", "until": "24:00"}, Hours(0, 1440)),
        ({"from": "18:00", "until": "00:00"}, Hours(1080, 1440)),
        ({"from": "00:00", "until": "06:00"}, Hours(0, 360)),
    ],
)
def test_make_promotion__hours_at_midnight__end_at_1440(
    tmp_path: Path, text: dict[str, str], hours: Hours
) -> None:
    assert _promotion(tmp_path, hours=text).hours == hours


def test_make_promotion__weekdays_absent_or_empty__are_all(tmp_path: Path) -> None:
    assert _promotion(tmp_path, weekdays=[]).weekdays == ALL_WEEKDAYS


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
        ({"weekdays": ["mon", "tues"]}, "weekdays[1]", "'tues' is no weekday"),
        ({"weekdays": ["mon", "mon"]}, "weekdays", "twice"),
        ({"hours": {"from": "11:00", "until": "11:00"}}, "hours.until", "equals from"),
        ({"hours": {"from": "24:00", "until": "11:00"}}, "hours.from", "write 00:00"),
        ({"hours": {"from": "11:00"}}, "hours.until", "is missing"),
        ({"hours": {"from": "25:00", "until": "11:00"}}, "hours.from", "no time of day"),
        ({"outlets": {"include": ["a"], "exclude": ["a"]}}, "outlets.exclude[0]", "also included"),
        ({"purchase": {"minimum": "1,000"}}, "purchase.minimum", "is no amount"),
        ({"reward": {}}, "reward", "holds no reward"),
        ({"reward": {"multiple": "2", "fixed": 5}}, "reward", "holds two rewards"),
        ({"reward": {"multiple": "1"}}, "reward.multiple", "above 1 and at most 100"),
        ({"reward": {"multiple": "100.0001"}}, "reward.multiple", "above 1 and at most 100"),
        ({"reward": {"multiple": "1.00001"}}, "reward.multiple", "more than 4 decimals"),
        ({"reward": {"fixed": 0}}, "reward.fixed", "the least is 1"),
        ({"reward": {"fixed": 4_194_304}}, "reward.fixed", "the most is 4194303"),
        ({"reward": {"fixed": "5"}}, "reward.fixed", "without quotes"),
        ({"reward": {"fixed": 10**40}}, "reward.fixed", "the most is 4194303"),
        ({"limits": {"per_member": 4_194_304}}, "limits.per_member", "the most is 4194303"),
        ({"limits": {"budget": 2**48 - 1}}, "limits.budget", "the most is 281474976710654"),
        ({"limits": {"budgets": 5}}, "limits.budgets", "did you mean 'budget'?"),
        ({"stacking": {"group": 5}}, "stacking.group", "must be text"),
        ({"terms": ""}, "terms", ""),
    ],
)
def test_judge_promotion__a_wrong_key__is_refused_with_the_reason(
    tmp_path: Path, changes: dict[str, Any], key: str, reason: str
) -> None:
    (found,) = _problems(tmp_path, **changes)
    assert found[0] == key
    assert reason in found[1]


UNSETTLED: dict[tuple[str, str], object] = {
    ("window", "except"): ["2021-05-03"],
    ("members", "tiers"): ["gold"],
    ("members", "segments"): ["foodie"],
    ("members", "enrolled"): True,
    ("members", "first"): 100,
    ("purchase", "party_size"): 2,
    ("purchase", "channels"): ["dine-in"],
    ("reward", "per_step"): {"step": "1.00", "miles": 1},
    ("reward", "bands"): [{"from": "2500.00", "miles": 500}],
    ("reward", "window_spend"): [{"from": "2500.00", "miles": 500}],
    ("reward", "window_outlets"): [{"count": 1, "miles": 150}],
    ("reward", "visit"): {"from": 12, "multiple": "5"},
    ("limits", "per_purchase"): 5,
    ("limits", "per_member_day"): 5,
    ("limits", "per_outlet"): 5,
    ("limits", "awards_per_member"): 5,
    ("limits", "awards_per_member_day"): 5,
    ("limits", "awards"): 5,
    ("stacking", "ceiling"): 5,
}


@pytest.mark.parametrize("key", UNSETTLED, ids=key_text)
def test_judge_promotion__what_the_contracts_do_not_settle__is_refused(
    tmp_path: Path, key: tuple[str, str]
) -> None:
    part, name = key
    standing = {"window": {"from": "2021-05-01", "until": "2021-05-31"}, "reward": {"fixed": 5}}.get(part, {})
    (found,) = _problems(tmp_path, **{part: {**standing, name: UNSETTLED[key]}})
    assert found[0] == f"{part}.{name}"
    assert "is not settled by this version of the contracts" in found[1]


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
        "promotion", "window.except", "window.until", "reward.fixed", "reward.multiple", "hours.from",
        "limits.per_member",
    ]  # fmt: skip


def test_promotion_file__minimum__is_as_written(tmp_path: Path) -> None:
    path = write_promotion(tmp_path, purchase={"minimum": "600.00"})
    file: PromotionFile = judge_promotion(read_document(path)).accepted()
    assert file.minimum == "600.00"
