"""`milepost rewards`, `redeem` and `orders` on anvil: added, ordered, fulfilled, cancelled.

given a reward and a member without a wallet who has the miles
  when custody orders it            then the miles are taken; again it asks whether another is wanted
  when the keeper fulfils it        then it is final
  when the keeper cancels it        then every mile is back with its last day
given too few miles, a reward that is not, a cost that was not agreed to, then exit code 1 and nothing moves
given a key without the role, or an instant without an offset, then exit code 4 or 2
"""

import json
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from milepost.chain.contracts import contract_at
from tests.support.cli_stage import CliStage

NewMember = Callable[[int], str]
_numbers = count(1)


@pytest.fixture
def member_with(stage: CliStage) -> NewMember:
    """Enrols a member that no other test knows, with so many miles by an adjustment."""

    def enrol(miles: int) -> str:
        number = f"R{next(_numbers):04d}"
        assert stage.run("members", "import", stage.write("one.csv", f"member\n{number}\n")).exit_code == 0
        proposed = answered(
            stage, "adjustments", "propose", number, "--credit", miles, "--reason", "goodwill"
        )
        answered(stage, "adjustments", "approve", proposed["adjustment"])
        return number

    return enrol


def answered(stage: CliStage, *words: object, code: int = 0, **settings: object) -> Any:
    result = stage.run(*words, "--json", **settings)
    assert result.exit_code == code, result.output
    return json.loads(result.stdout) if code == 0 else result.output


def a_reward(stage: CliStage, *words: object, cost: int = 300) -> int:
    found = answered(stage, "rewards", "add", "A night in Hong Kong", "--cost", cost, *words)
    return int(found["reward"])


def lots_of(stage: CliStage, order: dict[str, Any]) -> list[tuple[int, int]]:
    addresses = stage.deployment.addresses
    lens = contract_at(stage.web3, "MilesLens", addresses.lens)
    lots = lens.functions.lotsOf(addresses.ledger, order["member_id"]).call()
    return [tuple(lot)[:2] for lot in lots]


def test_redeem__then_fulfil__takes_the_miles_for_good(stage: CliStage, member_with: NewMember) -> None:
    member, reward = member_with(500), a_reward(stage, "--stock", 3)
    order = answered(stage, "redeem", member, reward, "--most", 300)
    assert (order["state"], order["reward"], order["miles"]) == ("requested", reward, 300)
    assert [miles for miles, _ in lots_of(stage, order)] == [200]
    waiting = answered(stage, "orders", "list", "--waiting")["orders"]
    assert order["order"] in [one["order"] for one in waiting]
    done = answered(stage, "orders", "fulfil", order["order"])
    assert done["state"] == "fulfilled" and done["decided_at"]
    refused = answered(stage, "orders", "cancel", order["order"], code=1)
    assert f"Order {order['order']} is not waiting" in refused
    listed = answered(stage, "rewards", "list")["rewards"]
    assert next(one for one in listed if one["reward"] == reward)["stock"] == 2


def test_redeem__then_cancel__gives_the_lots_back(stage: CliStage, member_with: NewMember) -> None:
    member, reward = member_with(500), a_reward(stage)
    order = answered(stage, "redeem", member, reward, "--most", 300)
    ((_, last_day),) = lots_of(stage, order)
    cancelled = answered(stage, "orders", "cancel", order["order"])
    assert cancelled["state"] == "cancelled"
    assert lots_of(stage, order) == [(500, last_day)]


def test_redeem__ordered_before__asks_whether_another_is_wanted(
    stage: CliStage, member_with: NewMember
) -> None:
    member, reward = member_with(700), a_reward(stage)
    first = answered(stage, "redeem", member, reward, "--most", 300)
    refused = answered(stage, "redeem", member, reward, "--most", 300, code=1)
    assert f"Order {first['order']}" in refused and "--another" in refused
    second = answered(stage, "redeem", member, reward, "--most", 300, "--another")
    assert second["order"] == first["order"] + 1


def test_redeem__not_to_be_had__moves_nothing(stage: CliStage, member_with: NewMember) -> None:
    member, reward = member_with(299), a_reward(stage)
    assert "299 live miles" in answered(stage, "redeem", member, reward, "--most", 300, code=1)
    assert "agreed to 299" in answered(stage, "redeem", member, reward, "--most", 299, code=1)
    ended = a_reward(stage, cost=1)
    assert stage.run("rewards", "end", ended).exit_code == 0
    over = " ".join(answered(stage, "redeem", member, ended, "--most", 1, code=1).split())
    assert "is offered from the beginning until 2018-" in over and over.endswith("Z: choose another.")
    assert stage.run("redeem", member, 4_000_000, "--most", 1).exit_code != 0
    assert stage.run("redeem", "nobody", reward, "--most", 300).exit_code != 0
    assert "no order 9,999" in answered(stage, "orders", "cancel", 9_999, code=1).replace("9999", "9,999")


def test_rewards__window_and_tier__are_listed(stage: CliStage) -> None:
    window = ("--from", "2018-05-14T00:00:00Z", "--until", "2018-05-15T08:00:00+08:00")
    reward = a_reward(stage, *window, "--tier", 2)
    (found,) = [one for one in answered(stage, "rewards", "list")["rewards"] if one["reward"] == reward]
    assert found["from"].startswith("2018-05-14T00:00:00") and found["until"].startswith("2018-05-15T00:00")
    assert found["lowest_tier"] == 2
    for wrong in ("tomorrow", "2018-05-14", "0001-01-01T00:00:00Z"):
        result = stage.run("rewards", "add", "x", "--cost", 1, "--from", wrong)
        assert result.exit_code == 2, result.output
    head = stage.web3.eth.block_number
    never = ("--from", "2018-05-15T00:00:00Z", "--until", "2018-05-15T08:00:00+08:00")
    refused = stage.run("rewards", "add", "x", "--cost", 1, *never)
    assert refused.exit_code == 2 and "over before it begins" in " ".join(refused.stderr.split())
    assert stage.web3.eth.block_number == head, "nothing was sent"
    shown = stage.run("rewards", "list").stdout
    assert "2018-05-14" in shown and "no end" in shown


def test_keys__without_the_role__exit_with_4(stage: CliStage, member_with: NewMember, tmp_path: Path) -> None:
    member, reward = member_with(300), a_reward(stage)
    enroller = stage.folder / "enroller.key"
    words = ("redeem", member, reward, "--most", 300)
    assert stage.run(*words, custody_key_file=enroller).exit_code == 4
    assert stage.run("rewards", "add", "x", "--cost", 1, keeper_key_file=enroller).exit_code == 4
    order = answered(stage, *words)["order"]
    assert stage.run("orders", "fulfil", order, keeper_key_file=enroller).exit_code == 4
    assert stage.run(*words, custody_key_file=tmp_path / "none").exit_code == 2
    shown = stage.run("orders", "list").stdout
    assert f"reward {reward}" in shown and "requested" in shown
