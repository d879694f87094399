"""Amounts become minor units of the partners' currency, segments their bits; what does not fit is said."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from milepost.catalogue.document import Key, read_document
from milepost.catalogue.promotion_amounts import make_promotion
from milepost.catalogue.promotion_file import judge_promotion
from milepost.domain.promotion import (
    ALL_WEEKDAYS,
    Bands,
    Fixed,
    Funding,
    Hours,
    Limits,
    Members,
    Multiple,
    PerStep,
    Promotion,
    PurchaseTerms,
    Stacking,
    Step,
    Visit,
    Window,
    WindowOutlets,
    WindowSpend,
)
from milepost.domain.purchase import Channel
from tests.support.catalogue_files import write, write_promotion
from tests.support.deployments import a_partner

HKD, JPY = a_partner("putien"), a_partner("sushi", currency="JPY")


def _made(folder: Path, *, segments: dict[str, int] | None = None, **changes: Any) -> Promotion:
    promotion, misfits = _tried(folder, segments=segments, **changes)
    assert misfits == []
    return promotion


def _tried(
    folder: Path, *, segments: dict[str, int] | None = None, **changes: Any
) -> tuple[Promotion, list[tuple[Key, str]]]:
    file = judge_promotion(read_document(write_promotion(folder, **changes))).accepted()
    return make_promotion(file, partners=(HKD, JPY), segments=segments)


def test_make_promotion__the_four_required_keys__has_the_stated_defaults(tmp_path: Path) -> None:
    assert _made(tmp_path) == Promotion(
        name="sample",
        title="sample",
        partners=("putien",),
        window=Window(date(2021, 5, 1), date(2021, 5, 31)),
        reward=Fixed(500),
    )


def test_make_promotion__every_key__is_kept(tmp_path: Path) -> None:
    promotion = _made(
        tmp_path,
        title="T",
        partners=["putien", "other"],
        outlets={"include": ["a"], "exclude": ["b"]},
        window={"from": "2021-05-01", "until": "2021-05-31", "except": ["2021-05-09", "2021-05-02"]},
        weekdays=["sun", "mon"],
        hours={"from": "22:30", "until": "02:00"},
        members={"tiers": ["gold"], "segments": [5, "foodie", 31], "enrolled": True, "first": 100},
        purchase={"minimum": "600.00", "party_size": 2, "channels": ["delivery", "dine-in"]},
        limits={
            "per_purchase": 1, "per_member": 4_194_303, "per_member_day": 3, "per_outlet": 2**32 - 1,
            "awards_per_member": 65_535, "awards_per_member_day": 255, "awards": 7, "budget": 300,
        },
        stacking={"group": "monday-offers", "ceiling": 2**24 - 1},
        funding=[{"partner": "putien", "miles": 100}, {"partner": "other", "miles": 200}],
        segments={"foodie": 9},
    )  # fmt: skip
    assert promotion.window.except_days == (date(2021, 5, 2), date(2021, 5, 9))
    assert (promotion.outlets_include, promotion.outlets_exclude) == (("a",), ("b",))
    assert (promotion.weekdays, promotion.hours) == ((0, 6), Hours(1350, 120))
    assert promotion.members == Members(("gold",), (5, 9, 31), enrolled=True, first=100)
    assert promotion.purchase == PurchaseTerms(60_000, 2, (Channel.DELIVERY, Channel.DINE_IN))
    assert promotion.limits == Limits(
        per_purchase=1,
        per_member=4_194_303,
        per_member_day=3,
        per_outlet=2**32 - 1,
        awards_per_member=65_535,
        awards_per_member_day=255,
        awards=7,
        budget=300,
    )
    assert promotion.stacking == Stacking("monday-offers", 2**24 - 1)
    assert promotion.funding == (Funding("putien", 100), Funding("other", 200))


@pytest.mark.parametrize(
    ("said", "reward"),
    [
        ({"multiple": "2.5"}, Multiple(25_000)),
        ({"fixed": 5}, Fixed(5)),
        ({"per_step": {"step": "1.50", "miles": 2}}, PerStep(150, 2)),
        (
            {"bands": [{"from": 0, "miles": 2}, {"from": "9.99", "miles": 3}]},
            Bands((Step(0, 2), Step(999, 3))),
        ),
        ({"window_spend": [{"from": "2500.00", "miles": 500}]}, WindowSpend((Step(250_000, 500),))),
        ({"window_outlets": [{"count": 2, "miles": 300}]}, WindowOutlets((Step(2, 300),))),
        ({"visit": {"every": 10, "fixed": 100}}, Visit(every=10, miles=100)),
        (
            {"visit": {"from": 12, "multiple": "5", "resets": "calendar-year"}},
            Visit(from_visit=12, multiple_bps=50_000, is_yearly=True),
        ),
    ],
)
def test_make_promotion__each_reward__is_in_miles_and_minor_units(
    tmp_path: Path, said: dict[str, Any], reward: object
) -> None:
    assert _made(tmp_path, reward=said).reward == reward


def test_make_promotion__every_key_of_the_format_empty__is_the_same_as_without(tmp_path: Path) -> None:
    text = """
promotion: sample
title: null
partners: [putien]
outlets: {include: [], exclude: null}
window: {from: 2021-05-01, until: "2021-05-31", except: []}
weekdays: null
hours: null
members: {tiers: [], segments: null, enrolled: null, first: null}
purchase: {minimum: null, party_size: null, channels: []}
reward:
  {multiple: null, fixed: 500, per_step: null, bands: [], window_spend: [], window_outlets: null, visit: {}}
limits:
  {per_purchase: null, per_member: null, per_member_day: null, per_outlet: null, awards_per_member: null,
  awards_per_member_day: null, awards: null, budget: null}
stacking: {group: null, ceiling: null}
funding: null
terms: null
"""
    file = judge_promotion(read_document(write(tmp_path / "full.yaml", text))).accepted()
    assert make_promotion(file, partners=(HKD,)) == (_made(tmp_path), [])


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
    assert _made(tmp_path, hours=text).hours == hours


def test_make_promotion__weekdays_absent_or_empty__are_all(tmp_path: Path) -> None:
    assert _made(tmp_path, weekdays=[]).weekdays == ALL_WEEKDAYS


@pytest.mark.parametrize(
    ("changes", "key", "reason"),
    [
        ({"purchase": {"minimum": "1.005"}}, ("purchase", "minimum"), "more than 2 decimals, and HKD has no"),
        ({"reward": {"per_step": {"step": "0.001", "miles": 1}}}, ("reward", "per_step", "step"), "decimals"),
        (
            {"reward": {"bands": [{"from": "1", "miles": 1}, {"from": "99999999999", "miles": 2}]}},
            ("reward", "bands", 1, "from"),
            "too large",
        ),
        (
            {"reward": {"window_spend": [{"from": "1.5", "miles": 1}]}, "partners": ["sushi"]},
            ("reward", "window_spend", 0, "from"),
            "must be whole, and JPY has no finer unit",
        ),
        (
            {"purchase": {"minimum": "5"}, "partners": ["putien", "sushi"]},
            ("purchase", "minimum"),
            "bill in HKD and JPY; write a promotion for each currency",
        ),
        ({"members": {"segments": ["foody"]}}, ("members", "segments", 0), "did you mean 'foodie'?"),
    ],
)
def test_make_promotion__what_does_not_fit__is_said_at_its_key(
    tmp_path: Path, changes: dict[str, Any], key: Key, reason: str
) -> None:
    _, ((found, why),) = _tried(tmp_path, segments={"foodie": 9}, **changes)
    assert found == key and reason in why


def test_make_promotion__no_amount__may_have_partners_of_two_currencies(tmp_path: Path) -> None:
    assert _made(tmp_path, partners=["putien", "sushi"]).partners == ("putien", "sushi")


def test_make_promotion__no_partner_known__leaves_amounts_to_the_check_of_partners(tmp_path: Path) -> None:
    said = {"per_step": {"step": "1.00", "miles": 1}}
    assert _made(tmp_path, partners=["nobody"], reward=said).reward == PerStep(1, 1)
