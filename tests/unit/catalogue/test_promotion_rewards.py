"""The seven rewards as a file says them, and what is refused of each."""

from typing import Any

import pytest

from milepost.catalogue.document import Document
from milepost.catalogue.model import judge
from milepost.catalogue.promotion_rewards import RewardFile, multiple_bps


def _problems(**reward: Any) -> list[tuple[str, str]]:
    verdict = judge(Document("f.yaml", reward), RewardFile)
    return [(problem.key, problem.reason) for problem in verdict.problems]


@pytest.mark.parametrize(
    "reward",
    [
        {"multiple": "1.0001"},
        {"multiple": "100"},
        {"fixed": 4_194_303},
        {"per_step": {"step": "1.00", "miles": 1}},
        {"bands": [{"from": "0", "miles": 1}, {"from": "0.01", "miles": 2}]},
        {"window_spend": [{"from": f"{n}.00", "miles": n} for n in range(1, 9)]},
        {"window_outlets": [{"count": 1, "miles": 150}, {"count": 32, "miles": 300}]},
        {"visit": {"from": 12, "multiple": "5", "resets": "calendar-year"}},
        {"visit": {"every": 4_095, "from": 4_095, "fixed": 4_194_303}},
    ],
)
def test_reward_file__one_reward_within_its_maxima__is_accepted(reward: dict[str, Any]) -> None:
    assert _problems(**reward) == []


@pytest.mark.parametrize(
    ("reward", "key", "reason"),
    [
        ({"multiple": None, "bands": [], "visit": {"every": None}}, "", "holds no reward"),
        ({"fixed": 5, "bands": [{"from": "1", "miles": 1}]}, "", "holds two rewards; keep one of fixed and"),
        ({"fixed": 5, "multiple": "2", "visit": {"every": 2, "fixed": 5}}, "", "holds three rewards"),
        ({"multiple": "1"}, "multiple", "above 1"),
        ({"multiple": "100.0001"}, "multiple", "at most 100"),
        ({"per_step": {"step": "0.00", "miles": 1}}, "per_step.step", "must be above 0"),
        ({"per_step": {"step": "1.00"}}, "per_step.miles", "is missing"),
        ({"per_step": {"step": "1.00", "mile": 1}}, "per_step.mile", "did you mean 'miles'?"),
        ({"bands": [{"from": 5, "miles": 0}]}, "bands[0].miles", "the least is 1"),
        ({"bands": [{"count": 5, "miles": 1}]}, "bands[0].count", "unknown key; known are from miles"),
        ({"bands": [{"from": f"{n}", "miles": n} for n in range(1, 10)]}, "bands", "the most is 8"),
        (
            {"bands": [{"from": "2.0", "miles": 1}, {"from": "2.00", "miles": 2}]},
            "bands[1].from",
            "must be above that of the row before",
        ),
        (
            {"window_spend": [{"from": "2", "miles": 5}, {"from": "3", "miles": 5}]},
            "window_spend[1].miles",
            "must be above those of the row before",
        ),
        ({"window_outlets": [{"count": 33, "miles": 1}]}, "window_outlets[0].count", "the most is 32"),
        (
            {"window_outlets": [{"count": 2, "miles": 1}, {"count": 1, "miles": 2}]},
            "window_outlets[1].count",
            "rows rise",
        ),
        ({"visit": {"multiple": "5"}}, "visit", "counts no visit; write every, from or both"),
        ({"visit": {"every": 2}}, "visit", "one of multiple and fixed"),
        ({"visit": {"every": 2, "multiple": "5", "fixed": 3}}, "visit", "one of multiple and fixed"),
        ({"visit": {"every": 0, "fixed": 3}}, "visit.every", "the least is 1"),
        ({"visit": {"from": 4_096, "fixed": 3}}, "visit.from", "the most is 4095"),
        ({"visit": {"every": 2, "multiple": "1"}}, "visit.multiple", "above 1"),
        ({"visit": {"every": 2, "fixed": 1, "resets": "month"}}, "visit.resets", "known are 'calendar-year'"),
    ],
)
def test_reward_file__a_wrong_reward__is_refused_with_the_reason(
    reward: dict[str, Any], key: str, reason: str
) -> None:
    found = _problems(**reward)
    assert key in [place for place, _ in found]
    assert any(reason in why for place, why in found if place == key), found


def test_multiple_bps__four_decimals__are_basis_points() -> None:
    assert multiple_bps("1.2345") == 12_345
