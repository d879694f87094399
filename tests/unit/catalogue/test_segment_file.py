"""Files of segments: names, bits and rules; every fault with its line."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from milepost.catalogue import CatalogueError, load_segments, read_segment_rules
from milepost.domain.segments import Bound, Habit, Measure, Segment, SegmentRules, Share
from tests.support.catalogue_files import ABSENT, problems_of, write, write_yaml

ROOT = Path(__file__).resolve().parents[3]
USUAL: dict[str, Any] = {
    "segments": "sample",
    "currency": "HKD",
    "rules": [{"segment": "seen", "bit": 3, "when": {"visits": {"least": 1}}}],
}


def _read(folder: Path, **changes: Any) -> SegmentRules:
    return read_segment_rules(write_yaml(folder / "sample.yaml", {**USUAL, **changes}))


def _rule(folder: Path, **when: Any) -> Segment:
    (found,) = _read(folder, rules=[{"segment": "seen", "bit": 3, "when": when}]).segments
    return found


def test_read_segment_rules__the_least_keys__has_the_stated_defaults(tmp_path: Path) -> None:
    found = _read(tmp_path)
    assert (found.name, found.currency, found.over_days, found.scores, found.rates) == (
        "sample", "HKD", None, 5, {},
    )  # fmt: skip
    assert found.segments == (Segment("seen", 3, "seen", (Bound(Measure.VISITS, least=1),)),)


def test_read_segment_rules__every_condition__is_in_units_of_its_measure(tmp_path: Path) -> None:
    found = _rule(
        tmp_path,
        spend={"least": "100.50", "most": 200},
        recency_days={"most": 90},
        first_purchase={"from": "1990-01-02", "until": "1990-01-03"},
        spend_score={"least": 4},
        share=[{"weekday": ["sat", "sun"], "least": 60}, {"outlet": ["putien/HK_01"], "most": 5}],
    )
    assert set(found.when) == {
        Bound(Measure.SPEND, 10_050, 20_000),
        Bound(Measure.RECENCY_DAYS, most=90),
        Bound(Measure.FIRST_PURCHASE, 1, 2),
        Bound(Measure.SPEND_SCORE, least=4),
        Share(Habit.WEEKDAY, frozenset({"5", "6"}), least=60),
        Share(Habit.OUTLET, frozenset({"putien/HK_01"}), most=5),
    }


def test_read_segment_rules__a_rate__is_exact(tmp_path: Path) -> None:
    assert _read(tmp_path, rates={"USD": "7.80"}).rates == {"USD": Fraction(39, 5)}


def _rules(*rules: dict[str, Any]) -> dict[str, Any]:
    return {"rules": list(rules)}


def _when(**when: Any) -> dict[str, Any]:
    return _rules({"segment": "seen", "bit": 3, "when": when})


@pytest.mark.parametrize(
    ("changes", "key", "reason"),
    [
        (_when(visit={"least": 1}), "rules[0].when.visit", "unknown key; did you mean 'visits'?"),
        (_when(recency={"most": 1}), "rules[0].when.recency", "unknown key; did you mean 'recency_days'?"),
        (
            _rules({"segment": "a", "bit": 3}, {"segment": "b", "bit": 3}),
            "rules[1].bit",
            "bit 3 is taken by 'a'; give each its own",
        ),
        (
            _rules({"segment": "a", "bit": 3}, {"segment": "a", "bit": 4}),
            "rules[1].segment",
            "the name 'a' is taken by 'a'; give each its own",
        ),
        (_rules({"segment": "17", "bit": 3}), "rules[0].segment", "17 would be taken for a bit"),
        (_rules({"segment": "a", "bit": 32}), "rules[0].bit", "32 is too large; the most is 31"),
        (_rules({"segment": "a", "bit": -1}), "rules[0].bit", "-1 is too small; the least is 0"),
        (_rules({"segment": "a b", "bit": 1}), "rules[0].segment", "is no name"),
        (_when(), "rules[0].when", "holds no condition"),
        (_when(visits={}), "rules[0].when.visits", "bounds nothing; write least, most or both"),
        (_when(visits={"least": 3, "most": 2}), "rules[0].when.visits.most", "2 is below least, 3"),
        (_when(visits={"least": "3"}), "rules[0].when.visits.least", "whole number without quotes"),
        (_when(spend={"least": "1.005"}), "rules[0].when.spend.least", "has no finer unit"),
        (_when(spend={"least": "2", "most": "1"}), "rules[0].when.spend.most", "is below least"),
        (
            _when(spend_score={"least": 6}),
            "rules[0].when.spend_score.least",
            "above the file's scores, 1 to 5",
        ),
        (_when(last_purchase={}), "rules[0].when.last_purchase", "write from, until or both"),
        (
            _when(last_purchase={"from": "2020-02-02", "until": "2020-02-01"}),
            "rules[0].when.last_purchase.until",
            "is before from",
        ),
        (
            _when(share=[{"least": 5}]),
            "rules[0].when.share[0]",
            "exactly one of weekday outlet partner channel",
        ),
        (_when(share=[{"weekday": ["sat"]}]), "rules[0].when.share[0]", "bounds nothing"),
        (_when(share=[{"weekday": ["son"], "least": 1}]), "rules[0].when.share[0].weekday[0]", "no weekday"),
        (
            _when(share=[{"weekday": ["sat"], "least": 101}]),
            "rules[0].when.share[0].least",
            "the most is 100",
        ),
        (
            _rules({"segment": "a", "bit": 1, "unless": {"visits": {"most": 1}}}),
            "rules[0].unless",
            "write when",
        ),
        ({"rates": {"HKD": "1"}}, "rates.HKD", "the file's own currency"),
        ({"rates": {"USD": "0"}}, "rates.USD", "must be above 0"),
        ({"currency": "HKX"}, "currency", "no currency code of ISO 4217"),
        ({"rules": ABSENT}, "rules", "is missing; add it"),
        ({"rules": []}, "rules", "is empty; name at least one"),
    ],
)
def test_read_segment_rules__something_wrong__is_refused_with_line_key_and_reason(
    tmp_path: Path, changes: dict[str, Any], key: str, reason: str
) -> None:
    with pytest.raises(CatalogueError) as refused:
        _read(tmp_path, **changes)
    ((line, found, said),) = problems_of(refused)
    assert found == key and reason in said
    assert line >= 1 and refused.value.problems[0].file.endswith("sample.yaml")


def test_read_segment_rules__in_a_written_file__names_the_line(tmp_path: Path) -> None:
    text = (
        "segments: s\ncurrency: HKD\nrules:\n  - segment: a\n    bit: 1\n    when:\n      moons: {least: 1}\n"
    )
    with pytest.raises(CatalogueError, match=r"sample.yaml:7: rules\[0\].when.moons: unknown key"):
        read_segment_rules(write(tmp_path / "sample.yaml", text))


def test_load_segments__the_shipped_file__names_its_bits() -> None:
    bits = load_segments([ROOT / "segments"])
    assert bits["new-diner"] == 0 and bits["staff"] == 31
    assert "staff" not in {
        one.name for one in read_segment_rules(ROOT / "segments" / "dining.yaml").segments if one.is_computed
    }


def test_load_segments__two_files_of_one_bit_or_name__are_refused(tmp_path: Path) -> None:
    one = write_yaml(tmp_path / "a.yaml", USUAL)
    other = {**USUAL, "rules": [{"segment": "seen", "bit": 4}, {"segment": "heard", "bit": 3}]}
    write_yaml(tmp_path / "b.yaml", other)
    with pytest.raises(CatalogueError) as refused:
        load_segments([tmp_path])
    assert [found[1:] for found in problems_of(refused)] == [
        ("rules[0].segment", "the name 'seen' stands in another file; give each its own"),
        ("rules[1].bit", "bit 3 is taken in another file; give each its own"),
    ]
    assert load_segments([one]) == {"seen": 3}


def test_load_segments__a_file_that_is_none__is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="no such file"):
        load_segments([tmp_path / "none.yaml"])
