"""Clocks that differ by an hour, on anvil: nothing is lost, and a sentence says which time is whose.

given the chain's clock an hour ahead        then nothing is taken in or settled until one of them is set
given the chain's clock an hour behind       then what is due settles, and the rest once it is there
given a chain that nobody used for an hour   then a bill of now is no bill of the future
given one unused until miles lapsed          then a statement shows none
given a bill that waited until it is too old then it is settled as that, and said aloud
"""

import json
import shutil
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.support.cli_stage import CliStage, cli_stage

HEADER = "partner,sale_ref,outlet,occurred_at,currency,gross_minor,tip_minor,member\n"
HOUR_S = 3_600
DAY_S = 86_400


def _request(stage: CliStage, method: str, *arguments: object) -> Any:
    return stage.web3.provider.make_request(method, list(arguments))["result"]  # type: ignore[arg-type]


def _set_clock(stage: CliStage, time_s: int) -> None:
    """Set the node's clock: the newest block is of that second, and time goes on from there."""
    _request(stage, "evm_setNextBlockTimestamp", time_s)
    _request(stage, "evm_mine")


def _bill(stage: CliStage, sale_ref: str, time_s: float) -> Path:
    """A bill as the outlet's till writes it, with its own offset."""
    at = datetime.fromtimestamp(int(time_s), ZoneInfo("America/New_York")).isoformat()
    row = f"noon-kitchen,{sale_ref},station,{at},USD,2000,0,M-1\n"
    return stage.write(f"{sale_ref}.csv", HEADER + row)


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CliStage]:
    with cli_stage(tmp_path_factory.mktemp("clocks")) as stage:
        assert stage.run("members", "import", stage.write("members.csv", "member\nM-1\n")).exit_code == 0
        assert stage.run("store", "backup", stage.folder / "kept.db").exit_code == 0
        yield stage


@pytest.fixture
def stage(deployed: CliStage) -> Iterator[CliStage]:
    """Each test finds the chain in 2018, where no purchase was settled, and a database of its own."""
    snapshot = _request(deployed, "evm_snapshot")
    # A snapshot holds the blocks, and not how far the node's clock was moved.
    _set_clock(deployed, deployed.web3.eth.get_block("latest")["timestamp"] + 60)
    yield deployed
    _request(deployed, "evm_revert", snapshot)
    for file in deployed.folder.glob("milepost.db*"):
        file.unlink()
    shutil.copy(deployed.folder / "kept.db", deployed.folder / "milepost.db")


def _settle(stage: CliStage, file: Path) -> tuple[int, dict[str, Any], str]:
    result = stage.run("settle", file, "--json")
    return result.exit_code, json.loads(result.stdout), result.stderr


def test_settle__chain_an_hour_ahead__stops_with_both_times_and_takes_nothing(stage: CliStage) -> None:
    now_s = time.time()
    _set_clock(stage, int(now_s) + HOUR_S)
    code, answer, sentence = _settle(stage, _bill(stage, "A-1", now_s))
    assert code == 3
    assert (answer["read"], answer["settled"]) == (0, 0)
    assert "The chain says it is" in sentence and "Set this machine's clock" in sentence


def test_settle__chain_an_hour_behind__settles_what_is_due_and_the_rest_once_it_is_there(
    stage: CliStage,
) -> None:
    now_s = int(time.time())
    _set_clock(stage, now_s - HOUR_S)
    code, answer, _ = _settle(stage, _bill(stage, "due", now_s - HOUR_S - 60))
    assert (code, answer["outcomes"], answer["waiting"]) == (0, {"credited": 1}, [])
    code, answer, sentence = _settle(stage, _bill(stage, "ahead", now_s - 60))
    assert (code, answer["answers"]["accepted"], answer["settled"]) == (0, 1, 0)
    assert [waits["sale_ref"] for waits in answer["waiting"]] == ["ahead"]
    assert "1 purchase dated ahead of the chain's time" in sentence and "nothing is lost" in sentence
    _set_clock(stage, now_s)
    code, answer, sentence = _settle(stage, stage.folder / "ahead.csv")
    assert (code, answer["outcomes"], answer["waiting"]) == (0, {"credited": 1}, [])
    assert "wait" not in sentence


def test_settle__till_an_hour_ahead__is_refused_as_in_future(stage: CliStage) -> None:
    now_s = int(time.time())
    _set_clock(stage, now_s)
    code, answer, _ = _settle(stage, _bill(stage, "A-1", now_s + HOUR_S))
    assert (code, answer["records"][0]["code"]) == (1, "in_future")


def test_settle__chain_unused_for_an_hour__takes_a_bill_of_now(stage: CliStage) -> None:
    head_s = stage.web3.eth.get_block("latest")["timestamp"]
    _request(stage, "evm_increaseTime", HOUR_S)
    assert stage.web3.eth.get_block("latest")["timestamp"] == head_s
    code, answer, _ = _settle(stage, _bill(stage, "A-1", head_s + HOUR_S))
    assert (code, answer["outcomes"]) == (0, {"credited": 1})


def test_statement__chain_unused_since_the_miles_lapsed__shows_none(stage: CliStage) -> None:
    """Found on the way: at the newest block's time, miles that had lapsed since were shown as live."""
    head_s = stage.web3.eth.get_block("latest")["timestamp"]
    code, answer, _ = _settle(stage, _bill(stage, "A-1", head_s - 60))
    assert (code, answer["outcomes"]) == (0, {"credited": 1})
    assert json.loads(stage.run("statement", "M-1", "--json").stdout)["balance"] > 0
    _request(stage, "evm_increaseTime", 4 * 366 * DAY_S)
    assert json.loads(stage.run("statement", "M-1", "--json").stdout)["balance"] == 0


def test_settle__accepted_in_time_and_too_old_by_now__is_settled_as_that_and_said_aloud(
    stage: CliStage,
) -> None:
    head_s = stage.web3.eth.get_block("latest")["timestamp"]
    poor = stage.write_secret("poor.key", "0x" + "ab" * 32)
    bill = _bill(stage, "A-1", head_s - 60)
    assert stage.run("settle", bill, relayer_key_file=poor).exit_code == 4
    _set_clock(stage, head_s + 91 * DAY_S)
    code, answer, sentence = _settle(stage, bill)
    assert (code, answer["outcomes"]) == (0, {"too_old": 1})
    assert answer["too_old"] == [{"partner": "noon-kitchen", "source": "A-1", "sale_ref": "A-1"}]
    assert "1 purchase accepted in time waited until the contract called it too old" in sentence
    assert "A-1 of noon-kitchen" in sentence
    assert stage.run("receipt", "show", "noon-kitchen", "A-1").exit_code == 0
