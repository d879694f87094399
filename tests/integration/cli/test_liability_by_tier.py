"""What is owed, and every coming date, where both clocks run and the account's binds the lowest tier alone.

The programme is Garuda's of 2011: three years from the day, and the end of the year after the last activity.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.cli_stage import CliStage, cli_stage

MEMBERS = "member,tier,segments,enrolled_at\nBLUE1,,,\nSILVER1,silver,,\n"
MAY = "partner,sale_ref,outlet,occurred_at,currency,gross_minor,tip_minor,member\n" + (
    "harbour-grill,H-1,pier,2018-05-08T18:00:00-04:00,USD,100000,0,BLUE1\n"
    "harbour-grill,H-2,pier,2018-05-08T18:00:00-04:00,USD,20000,0,SILVER1\n"
)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CliStage]:
    with cli_stage(tmp_path_factory.mktemp("tiers"), programme="garuda-2011") as made:
        assert made.run("members", "import", made.write("members.csv", MEMBERS)).exit_code == 0
        assert made.run("settle", made.write("may.csv", MAY)).exit_code == 0
        yield made


def _coming(stage: CliStage, member: str) -> dict[str, Any]:
    document = json.loads(stage.run("statement", member, "--json").stdout)
    assert document["agrees"] is True
    (one,) = document["coming"]
    found: dict[str, Any] = one
    return found


def test_liability__two_tiers__are_named_and_lapse_by_their_own_clocks(stage: CliStage) -> None:
    document = json.loads(stage.run("liability", "--json").stdout)
    tiers = {one["tier"]: one["outstanding"] for one in document["by_tier"]}
    assert set(tiers) == {"blue", "silver"} and sum(tiers.values()) == document["outstanding"]
    assert document["by_month"] == [
        {"month": "2019-12", "miles": tiers["blue"]},
        {"month": "2021-05", "miles": tiers["silver"]},
    ]
    assert document["conserved"] is True


def test_statement__bound_by_both_clocks__names_the_earlier(stage: CliStage) -> None:
    blue = _coming(stage, "BLUE1")
    assert (blue["last_valid_day"], blue["rule"], blue["version"]) == ("2019-12-31", "account", 2)
    assert blue["void_at"] == "2019-12-31T17:00:00Z"
    assert "Any activity from" in blue["explanation"] and "silver" in blue["explanation"]


def test_statement__exempt_by_tier__has_the_lots_own_day(stage: CliStage) -> None:
    silver = _coming(stage, "SILVER1")
    assert (silver["last_valid_day"], silver["rule"]) == ("2021-05-09", "lot")
    assert "while the member is silver, they lapse on their own day alone" in silver["explanation"]
