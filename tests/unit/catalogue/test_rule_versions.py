"""Versions of a programme's rules as its file writes them: kept, or refused with key and reason."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from milepost.catalogue import CatalogueError
from milepost.catalogue.programme_file import read_programme
from milepost.domain.calendar import Align
from milepost.domain.programme import AccountRule, ActivityKind, LotRule, RuleVersion
from tests.support.catalogue_files import ABSENT, problems_of, write, write_programme

LOT = {"months": 36, "align": "day"}
ACCOUNT = {"months": 12, "align": "year", "activity": ["accrual"]}
TIERS = ["blue", "silver"]
DAYS = [None, "2020-01-01"]


def _versions(*versions: dict[str, Any]) -> dict[str, Any]:
    return {"tiers": TIERS, "versions": list(versions)}


def _account(**changes: Any) -> dict[str, Any]:
    rule = {key: value for key, value in {**ACCOUNT, **changes}.items() if value is not ABSENT}
    return _versions({"from": None, "account": rule})


def test_read_programme__several_versions__keeps_each_with_its_day(tmp_path: Path) -> None:
    every = ["accrual", "redemption", "purchase", "transfer_in", "transfer_out", "adjustment"]
    path = write_programme(
        tmp_path,
        **_versions(
            {"from": None, "lot": None, "account": None},
            {"from": "2007-01-01", "lot": LOT},
            {
                "from": "2011-01-01",
                "lot": LOT,
                "account": {**ACCOUNT, "activity": every, "tiers": ["silver"]},
            },
            {"from": "2012-01-01"},
        ),
    )
    rule = AccountRule(12, Align.YEAR, ~ActivityKind(0), frozenset({1}))
    assert read_programme(path).versions == (
        RuleVersion(None, None, None),
        RuleVersion(date(2007, 1, 1), LotRule(36, Align.DAY)),
        RuleVersion(date(2011, 1, 1), LotRule(36, Align.DAY), rule),
        RuleVersion(date(2012, 1, 1), None, None),
    )


@pytest.mark.parametrize("tiers", [ABSENT, None, []])
def test_read_programme__an_account_rule_without_tiers__binds_every_tier(tmp_path: Path, tiers: Any) -> None:
    (version,) = read_programme(write_programme(tmp_path, **_account(tiers=tiers))).versions
    assert version.account is not None
    assert [version.account.binds(tier) for tier in (0, 1)] == [True, True]


@pytest.mark.parametrize(
    ("months", "given", "late_days"),
    [
        (12, ABSENT, 60),
        (12, None, 60),
        (2, ABSENT, 55),
        (1, ABSENT, 27),
        (1, 27, 27),
        (12, 0, 0),
        (12, 180, 180),
    ],
)
def test_read_programme__late_days__are_as_given_or_what_fits(
    tmp_path: Path, months: int, given: Any, late_days: int
) -> None:
    path = write_programme(tmp_path, late_days=given, **_account(months=months))
    assert read_programme(path).late_days == late_days


@pytest.mark.parametrize(
    ("changes", "key", "reason"),
    [
        (_account(months=0), "versions[0].account.months", "the least is 1"),
        (_account(months=601), "versions[0].account.months", "the most is 600"),
        (_account(align="decade"), "versions[0].account.align", "'decade' is not known"),
        (_account(activity=ABSENT), "versions[0].account.activity", "is missing"),
        (_account(activity=[]), "versions[0].account.activity", "must name accrual"),
        (_account(activity=["redemption"]), "versions[0].account.activity", "must name accrual"),
        (_account(activity=["accrual", "accrual"]), "versions[0].account.activity", "twice"),
        (_account(activity=["accrual", "login"]), "versions[0].account.activity[1]", "'login' is not known"),
        (_account(tiers=["blu"]), "versions[0].account.tiers", "did you mean 'blue'?"),
        (_account(tiers=["blue", "blue"]), "versions[0].account.tiers", "twice"),
        (
            {**_account(tiers=["blue"]), "tiers": []},
            "versions[0].account.tiers",
            "and the programme names none",
        ),
        ({**_account(months=6), "late_days": 168}, "late_days", "with it the most is 167"),
        (_versions({"lot": [LOT, LOT]}), "versions[0].lot", "at most one rule of each kind"),
        (_versions({"account": [ACCOUNT]}), "versions[0].account", "at most one rule of each kind"),
        (_versions({"lot": LOT}, {"lot": LOT}), "versions[1].from", "must name a day"),
        (
            _versions({"lot": LOT}, {"from": "2020-01-01", "lot": LOT}, {"from": "2020-01-01", "lot": None}),
            "versions[2].from",
            "does not follow 2020-01-01",
        ),
        (
            _versions({"lot": LOT}, *({"from": f"20{n}-01-01", "lot": LOT} for n in range(10, 25))),
            "versions",
            "has 16 items; the most is 15",
        ),
        ({"notice_days": 0}, "notice_days", "the least is 1"),
        ({"closes_account": True}, "closes_account", "needs an account rule"),
    ],
)
def test_read_programme__versions_that_contradict__are_refused_with_key_and_reason(
    tmp_path: Path, changes: dict[str, Any], key: str, reason: str
) -> None:
    with pytest.raises(CatalogueError) as refused:
        read_programme(write_programme(tmp_path, **changes))
    (found,) = problems_of(refused)
    assert found[1] == key
    assert reason in found[2]


def test_read_programme__two_lot_rules_by_a_doubled_key__are_refused(tmp_path: Path) -> None:
    text = "programme: a\ntitle: A\nutc_offset: '+08:00'\nnotice_days: 90\nversions:\n"
    rules = "  - from: null\n    lot: {months: 1, align: day}\n    lot: {months: 2, align: day}\n"
    with pytest.raises(CatalogueError) as refused:
        read_programme(write(tmp_path / "a.yaml", text + rules))
    (found,) = problems_of(refused)
    assert found[:2] == (8, "versions[0].lot")
    assert "stands twice, first in line 7" in found[2]


def test_read_programme__a_wrong_rule__says_nothing_of_the_stand_in(tmp_path: Path) -> None:
    path = write_programme(tmp_path, closes_account=True, late_days=180, **_account(months=0))
    with pytest.raises(CatalogueError) as refused:
        read_programme(path)
    assert [key for _, key, _ in problems_of(refused)] == ["versions[0].account.months"]


@pytest.mark.parametrize("tiers", [["Blue", "silver"], "blue", ["blue", "blue"]])
def test_read_programme__tiers_that_were_refused__are_the_only_complaint(tmp_path: Path, tiers: Any) -> None:
    versions = _versions(*({"from": day, "account": {**ACCOUNT, "tiers": ["blue"]}} for day in DAYS))
    with pytest.raises(CatalogueError) as refused:
        read_programme(write_programme(tmp_path, **{**versions, "tiers": tiers}))
    assert [key.partition("[")[0] for _, key, _ in problems_of(refused)] == ["tiers"]


def test_read_programme__tiers_and_a_rule_that_are_wrong__are_both_named(tmp_path: Path) -> None:
    changes = {**_account(tiers=["blue"], months=0), "tiers": "blue", "notice_days": 0}
    with pytest.raises(CatalogueError) as refused:
        read_programme(write_programme(tmp_path, **changes))
    found = {key for _, key, _ in problems_of(refused)}
    assert found == {"tiers", "versions[0].account.months", "notice_days"}
