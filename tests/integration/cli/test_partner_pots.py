"""A promotion that two partners pay for together: what each paid, what came back, and who granted it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.catalogue_files import write_yaml
from tests.support.cli_stage import CliStage, cli_stage, key_of
from tests.support.deployments import ADMIN, fund

JOINT = {
    "promotion": "joint-table",
    "partners": ["harbour-grill", "noon-kitchen"],
    "window": {"from": "2018-05-01", "until": "2018-06-10"},
    "reward": {"fixed": 100},
    "limits": {"budget": 1_000},
    "funding": [{"partner": "harbour-grill", "miles": 600}, {"partner": "noon-kitchen", "miles": 400}],
}
FEED = (
    "partner,sale_ref,outlet,occurred_at,currency,gross_minor,member\n"
    "harbour-grill,J-1,pier,2018-05-30T18:00:00-04:00,USD,2400,M1\n"
    "noon-kitchen,J-2,market-street,2018-05-30T12:06:00-04:00,USD,2000,M1\n"
)
PAST_ALL_S = 100 * 86_400


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CliStage]:
    folder = tmp_path_factory.mktemp("pots")
    joint = write_yaml(folder / "joint.yaml", JOINT)
    with cli_stage(folder, promotions=[joint]) as made:
        fund(made.web3, ADMIN.address)
        made.write_secret("admin.key", key_of(ADMIN))
        assert made.run("members", "import", made.write("members.csv", "member\nM1\n")).exit_code == 0
        settled = made.run("settle", made.write("joint.csv", FEED))
        assert settled.exit_code == 0, settled.output
        yield made


def _months(stage: CliStage, partner: str) -> list[dict[str, Any]]:
    result = stage.run("partner", "ledger", partner, "--json")
    assert result.exit_code == 0, result.output
    found: list[dict[str, Any]] = json.loads(result.stdout)["months"]
    return found


def _lines(months: list[dict[str, Any]], key: str = "lines") -> dict[tuple[str, str | None], int]:
    return {(one["line"], one["promotion"]): one["miles"] for month in months for one in month[key]}


def _run(stage: CliStage, *words: object) -> Any:
    return stage.run("partner", *words, governance_key_file=stage.folder / "admin.key")


def test_joint_promotion__its_whole_life__adds_up_for_both_partners(stage: CliStage) -> None:
    harbour, noon = _months(stage, "harbour-grill"), _months(stage, "noon-kitchen")
    assert _lines(harbour)["contributed", "joint-table"] == 600
    assert _lines(noon)["contributed", "joint-table"] == 400
    # The pot granted both bonuses: neither is in an account.
    for months in (harbour, noon):
        assert _lines(months, "paid_by_pots") == {("bonus", "joint-table"): 100}
        assert ("bonus", "joint-table") not in _lines(months)
    assert _run(stage, "contribute", "joint-table", "noon-kitchen", 200).exit_code == 0
    assert _lines(_months(stage, "noon-kitchen")[-1:])["contributed", "joint-table"] == 200
    early = _run(stage, "release", "joint-table")
    assert early.exit_code == 3 and "joint-table" not in early.stderr, early.output
    now_s = stage.web3.eth.get_block("latest")["timestamp"]
    stage.web3.provider.make_request("evm_setNextBlockTimestamp", [now_s + PAST_ALL_S])  # type: ignore[arg-type]
    stage.web3.provider.make_request("evm_mine", [])  # type: ignore[arg-type]
    done = _run(stage, "release", "joint-table")
    assert done.exit_code == 0, done.output
    # 1,000 of 1,200 were left: half of it each, in proportion to 600 and 600.
    for partner in ("harbour-grill", "noon-kitchen"):
        assert _lines(_months(stage, partner)[-1:])["released", "joint-table"] == 500


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("contribute", "joint", "noon-kitchen", 5), "did you mean 'joint-table'?"),
        (("contribute", "joint-table", "nobodys", 5), "is no partner of this deployment"),
        (("release", "none"), "There is no published promotion"),
    ],
)
def test_pots__wrong_use__is_refused(stage: CliStage, words: tuple[Any, ...], said: str) -> None:
    result = _run(stage, *words)
    assert result.exit_code == 2 and said in result.stderr


def test_contribute__by_a_stranger_or_more_than_is_left__is_refused(stage: CliStage) -> None:
    words = ("partner", "contribute", "joint-table", "noon-kitchen", 5)
    assert stage.run(*words, governance_key_file=stage.folder / "support.key").exit_code == 4
    assert _run(stage, *words[1:-1], 10**9).exit_code == 3
