"""What is owed where miles live with the account: lapsed and revivable, written off, given away, and forged.

The programme is Delta's: a pool, kept two years by activity, which may be sixty days late.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from milepost.chain.contracts import contract_at
from tests.support.cli_stage import CliStage, cli_stage
from tests.support.deployments import MANAGER

HEADER = "partner,sale_ref,outlet,occurred_at,currency,gross_minor,tip_minor,member\n"
MEMBERS = "member,tier,segments,enrolled_at\nM0001,,,\nM0002,,,\n"
# Dinners on a Tuesday and a Wednesday: no promotion adds to them.
MAY = HEADER + (
    "harbour-grill,H-1,pier,2018-05-08T18:00:00-04:00,USD,100000,0,M0001\n"
    "noon-kitchen,N-1,market-street,2018-05-08T20:06:00-04:00,USD,50000,0,M0001\n"
    "harbour-grill,H-2,pier,2018-05-09T18:00:00-04:00,USD,20000,0,M0002\n"
)


@pytest.fixture
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CliStage]:
    with cli_stage(tmp_path_factory.mktemp("pools"), programme="skymiles") as made:
        assert made.run("members", "import", made.write("members.csv", MEMBERS)).exit_code == 0
        settled = made.run("settle", made.write("may.csv", MAY))
        assert settled.exit_code == 0, settled.output
        yield made


def _request(stage: CliStage, method: str, *values: Any) -> Any:
    answer = stage.web3.provider.make_request(method, list(values))  # type: ignore[arg-type]
    assert "error" not in answer, answer
    return answer["result"]


def _move_to(stage: CliStage, instant: str) -> None:
    _request(stage, "evm_setNextBlockTimestamp", int(datetime.fromisoformat(instant).timestamp()))
    _request(stage, "evm_mine")
    # Reads the chain up to that block.
    assert stage.run("settle", stage.write("nothing.csv", HEADER)).exit_code == 0


def _owed(stage: CliStage, exit_code: int = 0) -> dict[str, Any]:
    result = stage.run("liability", "--json")
    assert result.exit_code == exit_code, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def _ledger(stage: CliStage) -> Any:
    return contract_at(stage.web3, "MilesLedger", stage.deployment.addresses.ledger)


def _forge(stage: CliStage, call: Any, *, more: int = 1) -> None:
    """Store a larger word in place of the one that a view reads."""
    listed = _request(
        stage, "eth_createAccessList", {"to": call.address, "data": call._encode_transaction_data()}
    )
    (key,) = listed["accessList"][0]["storageKeys"]
    word = int.from_bytes(stage.web3.eth.get_storage_at(call.address, int(key, 16)))
    _request(stage, "anvil_setStorageAt", call.address, key, f"0x{word + more:064x}")


def _by(stage: CliStage, sender: str, *calls: Any) -> None:
    """Send calls as any address, and have the store read so far."""
    _request(stage, "anvil_impersonateAccount", sender)
    _request(stage, "anvil_setBalance", sender, hex(10**18))
    for call in calls:
        receipt = stage.web3.eth.wait_for_transaction_receipt(call.transact({"from": sender}))
        assert receipt["status"] == 1
    assert stage.run("settle", stage.write("nothing.csv", HEADER)).exit_code == 0


def _by_desk(stage: CliStage, *calls: Any) -> None:
    """Let the adjustment desk do in the ledger what other desks may, and log nothing of it."""
    desk, acts = stage.deployment.addresses.adjustment_desk, _ledger(stage).functions.deskActs
    while acts(desk).call() != 15:
        _forge(stage, acts(desk))
    _by(stage, desk, *calls)


def _agrees(stage: CliStage, member: str) -> bool:
    return json.loads(stage.run("statement", member, "--json").stdout)["agrees"] is True


def test_liability__pool_that_lapses__is_revivable_then_lapsed_then_written_off(stage: CliStage) -> None:
    owed = _owed(stage)
    earned = owed["outstanding"]
    assert owed["by_month"] == [{"month": "2020-05", "miles": earned}]
    partners = {one["partner"]: one["outstanding"] for one in owed["by_partner"]}
    assert set(partners) == {"harbour-grill", "noon-kitchen"}

    _move_to(stage, "2020-05-10T05:00:00+00:00")
    owed = _owed(stage)
    assert (owed["outstanding"], owed["revivable"]) == (0, earned)
    assert {one["partner"]: one["revivable"] for one in owed["by_partner"]} == partners
    coming = json.loads(stage.run("statement", "M0001", "--json").stdout)
    assert coming["agrees"] is True and coming["balance"] == 0
    assert [(one["status"], one["revivable_until"]) for one in coming["coming"]] == [
        ("revivable", "2020-07-07")
    ]

    _move_to(stage, "2020-07-09T05:00:00+00:00")
    owed = _owed(stage)
    assert (owed["revivable"], owed["lapsed"]) == (0, {"not_written_off": earned, "written_off": 0})
    assert json.loads(stage.run("statement", "M0001", "--json").stdout)["coming"] == []

    write_off = _ledger(stage).functions.writeOff(1, 10).transact({"from": stage.web3.eth.accounts[3]})
    stage.web3.eth.wait_for_transaction_receipt(write_off)
    assert stage.run("settle", stage.write("nothing.csv", HEADER)).exit_code == 0
    owed = _owed(stage)
    left = owed["lapsed"]["not_written_off"]
    assert owed["lapsed"]["written_off"] == earned - left > 0 < left
    # Of member 2, who ate at the grill alone.
    assert {one["partner"]: one["lapsed"] for one in owed["by_partner"]} == {"harbour-grill": left}
    assert json.loads(stage.run("statement", "M0001", "--json").stdout)["agrees"] is True


def test_liability__given_and_extended__is_the_programmes_and_conserved(stage: CliStage) -> None:
    before = {one["partner"]: one["outstanding"] for one in _owed(stage)["by_partner"]}
    ledger = _ledger(stage).functions
    _by_desk(stage, ledger.transferMiles(1, 2, 30), ledger.extend(1, 20_000, 100_000))
    owed = _owed(stage)
    after = {one["partner"]: one["outstanding"] for one in owed["by_partner"]}
    # The oldest purchase of the giver was the grill's.
    assert after == {
        "harbour-grill": before["harbour-grill"] - 30,
        "noon-kitchen": before["noon-kitchen"],
        None: 30,
    }
    assert _agrees(stage, "M0001") and _agrees(stage, "M0002")


def test_liability__redeemed_at_the_desk__is_accounted_for_and_comes_back_when_cancelled(
    stage: CliStage,
) -> None:
    held = _owed(stage)["outstanding"]
    desk = contract_at(stage.web3, "RedemptionDesk", stage.deployment.addresses.redemption_desk)
    terms, by_custody = (40, 2**32 - 1, 0, 2**40 - 1, 0), (0, 0, b"")
    order = desk.functions.redeem(1, 1, 40, by_custody)
    _by(stage, MANAGER.address, desk.functions.addReward(terms, bytes(32)), order, order)
    owed = _owed(stage)
    assert (owed["outstanding"], owed["totals"]["redeemed"], owed["conserved"]) == (held - 80, 80, True)
    assert _agrees(stage, "M0001")
    assert json.loads(stage.run("statement", "M0001", "--json").stdout)["beside"] == {"redeemed": 80}
    assert "80 redeemed" in stage.run("statement", "M0001").stdout

    drawn = desk.events.MilesDrawn().get_logs(from_block=0)[0]["args"]
    _by(stage, MANAGER.address, desk.functions.cancel(drawn["order"], [(drawn["member"], drawn["taken"])]))
    owed = _owed(stage)
    assert (owed["outstanding"], owed["totals"]["redeemed"], owed["conserved"]) == (held - 40, 40, True)
    assert _agrees(stage, "M0001")


def test_liability__bought_in_the_shop__is_the_programmes_and_settling_goes_on(stage: CliStage) -> None:
    held = _owed(stage)["outstanding"]
    shop = contract_at(stage.web3, "MilesShop", stage.deployment.addresses.miles_shop)
    # contracts/interfaces/IMilesShop.sol: the limit of miles bought is the lowest of a word.
    _forge(stage, shop.functions.limits(), more=1_000)
    _by(stage, MANAGER.address, shop.functions.recordPurchase(2, 70, b"p" * 32))
    owed = _owed(stage)
    assert (owed["outstanding"], owed["conserved"]) == (held + 70, True)
    assert owed["by_partner"][-1] == {
        "partner": None,
        "partner_id": None,
        "outstanding": 70,
        "revivable": 0,
        "lapsed": 0,
    }
    assert _agrees(stage, "M0002")


def test_liability__redeemed_past_every_desk__is_named_by_account_and_sum(stage: CliStage) -> None:
    _by_desk(stage, _ledger(stage).functions.redeem(2, 50))
    owed = _owed(stage, exit_code=1)
    assert len(owed["differences"]) == 2
    assert owed["differences"][0].startswith("Account 2 holds ")
    assert owed["differences"][1] == (
        "The ledger redeemed 50 miles in all, and store and logs account for 0."
    )
    assert owed["totals"]["redeemed"] == 50


def test_liability__a_word_of_the_ledger_forged__is_named(stage: CliStage) -> None:
    held = _owed(stage)["outstanding"]
    # contracts/types/Account.sol: the pool begins at bit 64.
    _forge(stage, _ledger(stage).functions.accountWord(1), more=1 << 64)
    result = stage.run("liability")
    assert result.exit_code == 1
    assert "Account 1 holds " in result.stderr
    assert f"All lots hold {held + 1} miles, and the ledger's totals leave {held}" in result.stderr
