"""`milepost liability`: what is owed on a deployed programme, to the mile, and a difference by name."""

import json
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.support.cli_stage import CliStage

# One bill too many in the store, as a restored copy of another programme's would have it.
_MORE = "UPDATE settled_purchases set credited = credited {} WHERE member_id = 1 AND number = 1 AND base > 0"


def test_liability__settled__is_by_month_tier_and_partner(stage: CliStage) -> None:
    result = stage.run("liability", "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    months = [one["month"] for one in document["by_month"]]
    # What earlier tests credited by hand on this chain is of a later month.
    assert months[0] == "2021-05" and months == sorted(months)
    assert sum(one["miles"] for one in document["by_month"]) == document["outstanding"]
    partners = {one["partner"]: one["outstanding"] for one in document["by_partner"]}
    # Miles credited by hand are the programme's, under no partner.
    assert set(partners) - {None} == {"harbour-grill", "noon-kitchen"}
    assert sum(partners.values()) == document["outstanding"] <= document["totals"]["credited"]
    assert sum(one["outstanding"] for one in document["by_tier"]) == document["outstanding"]
    assert (document["conserved"], document["differences"]) == (True, [])


def test_liability__in_words__says_that_no_mile_is_missing(stage: CliStage) -> None:
    result = stage.run("liability")
    assert result.exit_code == 0, result.output
    assert "Outstanding, by month of expiry" in result.stdout and "2021-05" in result.stdout
    assert "No mile is missing" in result.stdout


@pytest.mark.parametrize(("name", "start"), [("owed.svg", b"<?xml"), ("owed.png", b"\x89PNG")])
def test_liability__chart__is_drawn(stage: CliStage, tmp_path: Path, name: str, start: bytes) -> None:
    result = stage.run("liability", "--json", "--chart", tmp_path / name)
    assert result.exit_code == 0, result.output
    assert (tmp_path / name).read_bytes().startswith(start)
    assert json.loads(result.stdout)["conserved"] is True
    assert f"The chart is written to {tmp_path / name}." in result.stderr


def test_liability__chart_of_another_kind_or_place__is_refused(stage: CliStage, tmp_path: Path) -> None:
    refused = stage.run("liability", "--chart", tmp_path / "owed.doc")
    assert refused.exit_code == 2 and "neither .svg nor .png" in refused.stderr
    assert stage.run("liability", "--chart", tmp_path / "nowhere" / "owed.svg").exit_code == 2


def test_liability__before_the_first_purchase__owes_nothing(stage: CliStage) -> None:
    first = stage.web3.eth.get_logs({"address": stage.deployment.addresses.settlement, "fromBlock": 0})
    settled = min(log["blockNumber"] for log in first if len(log["topics"]) == 3)
    document = json.loads(stage.run("liability", "--json", "--at", settled - 1).stdout)
    assert (document["outstanding"], document["by_month"], document["conserved"]) == (0, [], True)


def test_liability__block_that_the_store_has_not_read__is_refused(stage: CliStage) -> None:
    result = stage.run("liability", "--at", stage.web3.eth.block_number + 1)
    assert result.exit_code == 2 and "read them up to block" in result.stderr
    assert "milepost settle without a file" in result.stderr


def test_liability__chain_further_than_the_store__says_so_until_settle_without_a_file(
    stage: CliStage,
) -> None:
    """Finding: after a redemption the liability was of the past, and nothing said so."""
    words = ("rewards", "add", "A night in Hong Kong", "--cost", 1)
    assert stage.run(*words).exit_code == 0
    behind = json.loads(stage.run("liability", "--json").stdout)
    head = stage.web3.eth.block_number
    further = head - behind["block"]["number"]
    assert behind["chain_head"]["number"] == head
    assert behind["chain_head"]["blocks_not_counted"] == further > 0
    said = " ".join(stage.run("liability").stdout.split())
    assert f"further, at block {head}," in said and "run milepost settle without a file" in said
    settled = stage.run("settle")
    assert settled.exit_code == 0 and "0 records read" in settled.stdout, settled.output
    result = stage.run("liability", "--json")
    assert json.loads(result.stdout)["chain_head"]["blocks_not_counted"] == 0
    assert "further, at block" not in stage.run("liability").stdout
    earlier = " ".join(stage.run("liability", "--at", head - 1).stdout.split())
    assert "The chain is 1 block further" in earlier
    assert f"leave out --at to count up to block {head}" in earlier


def test_liability__store_says_a_mile_more__names_account_and_sum(stage: CliStage) -> None:
    engine = create_engine(stage.settings["MILEPOST_DATABASE_URL"])
    with engine.begin() as connection:
        changed = connection.execute(text(_MORE.format("+ 1"))).rowcount
    assert changed > 0
    try:
        result = stage.run("liability", "--json")
        assert result.exit_code == 1
        document = json.loads(result.stdout)
        assert document["conserved"] is False and document["difference_count"] == 2
        assert "Account 1 holds" in result.stderr and "store and logs account for" in result.stderr
    finally:
        with engine.begin() as connection:
            connection.execute(text(_MORE.format("- 1")))
