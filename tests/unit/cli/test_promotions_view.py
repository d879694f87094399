"""What a promotion's file says, in words and as JSON."""

import json
from pathlib import Path
from typing import Any

from tests.support.catalogue_files import write_partner, write_programme, write_promotion
from tests.support.cli_stage import ROOT, run_cli


def validate(folder: Path, *words: object, **changes: Any) -> str:
    write_partner(folder)
    file = write_promotion(folder, **changes)
    done = run_cli("promotions", "validate", file, "--partners", folder / "putien.yaml", *words)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_validate__one_file__says_all_that_was_read(tmp_path: Path) -> None:
    write_programme(tmp_path / "programmes", tiers=["blue", "gold"])
    shown = " ".join(
        validate(
            tmp_path, "--programme", tmp_path / "programmes" / "sample.yaml",
            window={"from": "2021-05-01", "until": "2021-05-31", "except": ["2021-05-19"]},
            weekdays=["mon", "tue"], hours={"from": "22:00", "until": "02:00"},
            outlets={"exclude": ["hkg-airport"]},
            members={"tiers": ["gold"], "segments": [3], "enrolled": True, "first": 100},
            purchase={"minimum": "600.00", "party_size": 4, "channels": ["dine-in", "takeaway"]},
            reward={"per_step": {"step": "10.00", "miles": 2}},
            limits={"per_member_day": 300, "awards": 50},
            stacking={"group": "may", "ceiling": 900},
        ).split()
    )  # fmt: skip
    for words in (
        "2021-05-01 to 2021-05-31, both included; but not on 2021-05-19; mon, tue; 22:00 until before 02:00",
        "all but hkg-airport",
        "tier gold, segment 3, enrolled before the purchase, the first 100 who get something",
        "from HKD 600.00, 4 guests or more, dine-in or takeaway",
        "2 miles a HKD 10.00",
        "per member day 300, awards 50",
        "of group may the best for the member, at most 900 bonus miles a purchase in all",
    ):
        assert words in shown, words


def test_validate__joint_funding__says_who_pays(tmp_path: Path) -> None:
    funding = [{"partner": "putien", "miles": 700}]
    assert "putien 700 miles" in validate(tmp_path, limits={"budget": 700}, funding=funding)


def test_validate__json__holds_every_key(tmp_path: Path) -> None:
    reward = {"visit": {"every": 5, "multiple": "3", "resets": "calendar-year"}}
    (found,) = json.loads(validate(tmp_path, "--json", reward=reward))["promotions"]
    assert found["reward_terms"] == {
        "visit": {"every": 5, "from": None, "multiple_bps": 30_000, "miles": None, "resets": "calendar-year"}
    }
    assert found["weekdays"][0] == "mon" and found["hours"] == {"from": "00:00", "until": "24:00"}
    assert found["limits"]["budget"] is None and found["members"]["first"] is None


def test_validate__every_kind_of_reward__is_said_in_words() -> None:
    files = [ROOT / "promotions" / f"{name}.yaml" for name in (
        "winter-2017-spend", "winter-2017-themes", "dining-club-vip", "restaurant-week-2024",
    )]  # fmt: skip
    done = run_cli("promotions", "validate", *files, "--partners", ROOT / "partners")
    shown = " ".join(done.stdout.split())
    for words in (
        "500 miles from HKD 2,500.00, 2,000 miles from HKD 10,000.00",
        "150 miles for 1, 300 miles for 2",
        "base x 5 for visits from 12, counted anew each calendar year",
        "500 miles for visits from 2",
    ):
        assert words in shown, words


def test_validate__unknown_tier_or_segment__is_refused_with_its_line(tmp_path: Path) -> None:
    write_partner(tmp_path)
    write_programme(tmp_path / "programmes", tiers=["blue", "gold"])
    file = write_promotion(tmp_path, members={"tiers": ["tin"], "segments": ["regulars"]})
    done = run_cli(
        "promotions", "validate", file, "--partners", tmp_path / "putien.yaml",
        "--programme", tmp_path / "programmes" / "sample.yaml", "--segments", ROOT / "segments",
    )  # fmt: skip
    said = " ".join(done.stderr.split())
    assert done.exit_code == 2 and f"{file}:5: members.tiers[0]" in said and "members.segments[0]" in said
