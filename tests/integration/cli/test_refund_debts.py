"""Refunds of miles that are gone: what is owed, what pays it, and that it is said.

given a programme that sets spent miles against later accruals
  when the miles of a sale are gone and it is voided    then they are owed, and the statement says so
  when the member earns again                           then that pays, and the receipt says how much
  when anyone has a debt collected                      then live miles pay it
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from web3 import Web3

from milepost.chain.contracts import contract_at, method_of
from tests.integration.cli.conftest import HEADER, MEMBERS
from tests.integration.cli.test_adjustments import applied, statement
from tests.support.cli_stage import CliStage, cli_stage

COLUMNS = HEADER.replace("sale_ref,", "kind,sale_ref,original_sale_ref,revision,")


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CliStage]:
    with cli_stage(tmp_path_factory.mktemp("debts")) as made:
        assert made.run("members", "import", made.write("members.csv", MEMBERS)).exit_code == 0
        yield made


def _settled(stage: CliStage, *rows: str) -> dict[str, Any]:
    file = stage.write("till.csv", COLUMNS + "".join(f"{row}\n" for row in rows))
    done = stage.run("settle", file, "--json")
    assert done.exit_code == 0, done.output
    answer: dict[str, Any] = json.loads(done.stdout)
    assert answer["reconciliation"]["difference"] == 0
    return answer


def _sale(ref: str, day: int, amount: int, member: str) -> str:
    return f"noon-kitchen,SALE,{ref},,,station,2018-05-{day:02}T12:00:00-04:00,USD,{amount},0,{member}"


def _void(ref: str, day: int) -> str:
    return f"noon-kitchen,VOID,{ref},,,station,2018-05-{day:02}T13:00:00-04:00,USD,,,"


def test_void__miles_are_gone__are_owed_and_a_later_sale_pays(stage: CliStage) -> None:
    earned = _settled(stage, _sale("D-1", 9, 10_000, "M0001"))["miles"]["credited"]
    applied(stage, "M0001", "--debit", earned)
    voided = _settled(stage, _void("D-1", 9))
    assert voided["miles"]["returned"] == earned
    found = statement(stage, "M0001")
    assert (found["balance"], found["debt"], found["agrees"]) == (0, earned, True)
    words = stage.run("statement", "M0001").stdout
    assert f"{earned} miles, spent before their bill was refunded" in words

    paying = _settled(stage, _sale("D-2", 10, 30_000, "M0001"))["records"][0]
    receipt = json.loads(stage.run("receipt", "show", "noon-kitchen", "D-2", "--json").stdout)
    assert receipt["debt_offset_miles"] == earned < paying["credited"]
    found = statement(stage, "M0001")
    assert (found["balance"], found["debt"]) == (paying["credited"] - earned, 0)
    assert stage.run("liability", "--json").exit_code == 0


def test_collect__by_anyone__pays_of_live_miles_and_still_adds_up(stage: CliStage) -> None:
    rows = (_sale("C-1", 11, 10_000, "M0002"),)
    earned = _settled(stage, *rows)["miles"]["credited"]
    applied(stage, "M0002", "--debit", earned)
    _settled(stage, _void("C-1", 11))
    # Miles that no purchase earned pay no debt by themselves.
    applied(stage, "M0002", "--credit", earned + 50)
    found = statement(stage, "M0002")
    assert (found["balance"], found["debt"]) == (50, earned)
    _collect(stage.web3, stage, member=2)
    found = statement(stage, "M0002")
    assert (found["balance"], found["debt"], found["agrees"]) == (50, 0, True)
    assert found["beside"] == {"repaid": earned}
    assert stage.run("liability", "--json").exit_code == 0


def _collect(web3: Web3, stage: CliStage, *, member: int) -> None:
    ledger = contract_at(web3, "MilesLedger", stage.deployment.addresses.ledger)
    tx = method_of(ledger, "collect", member).transact({"from": web3.eth.accounts[5]})
    assert web3.eth.wait_for_transaction_receipt(tx)["status"] == 1
