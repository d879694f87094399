"""`make demo-lives` on the first 200 members, through all ten programmes: sums, not times.

given the history as it is   then every sum agrees, and table, picture and document hold them
given one sum is not as due  then it says which, and writes nothing
"""

import io
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from milepost.chain.deploy import deploy_programme
from milepost.chain.deployment_plan import NOWHERE
from milepost.chain.deployment_run import Web3Executor
from milepost.demo.accounts import demo_accounts
from milepost.demo.checks import Check, SumDiffers
from milepost.demo.lives import run
from milepost.demo.lives.checks import require_life_sums
from milepost.demo.lives.habit import AWARD
from milepost.demo.lives.life import Life, lives_plan
from milepost.demo.lives.on_chain import BlockIncomplete, LivesChain
from milepost.demo.lives.places import PLACES, begins
from milepost.demo.lives.reports import SignedReport
from milepost.demo.lives.run import LivesPaths, run_lives
from milepost.demo.lives.terminal import LivesTerminal
from milepost.domain.quantities import MemberId, Miles
from milepost.local.anvil import BatchRefused, free_port, running_anvil

ROOT = Path(__file__).resolve().parents[3]
MEMBERS, PURCHASES = 200, 763
DAYS = 56
"""Of purchases in a batch: an eighth of the blocks that weeks would take, and some purchases come late."""


@dataclass(frozen=True, slots=True)
class Lives:
    """What a run gave, and what was written where."""

    found: dict[str, Any]
    lives: dict[str, Life]
    out: str
    bars: str
    build: Path

    def programme(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = next(one for one in self.found["programmes"] if one["programme"] == name)
        return found

    def lapsing(self, name: str) -> dict[str, int]:
        return {one["month"]: one["lapsed"] for one in self.programme(name)["by_month"] if one["lapsed"]}


def _terminal() -> tuple[LivesTerminal, io.StringIO, io.StringIO]:
    out, bars = io.StringIO(), io.StringIO()
    return LivesTerminal(Console(file=out, width=80), Console(file=bars)), out, bars


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> Lives:
    build = tmp_path_factory.mktemp("build")
    terminal, out, bars = _terminal()
    seen: dict[str, Life] = {}

    def kept(life: Life) -> list[Check]:
        seen[life.place.programme] = life
        return require_life_sums(life)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "require_life_sums", kept)
        found = run_lives(LivesPaths(ROOT, build), terminal, members=MEMBERS, days=DAYS)
    return Lives(found, seen, out.getvalue(), bars.getvalue(), build)


def test_run_lives__two_hundred_members__live_through_all_ten_programmes(lives: Lives) -> None:
    source = lives.found["source"]
    assert source == {"file": "examples/cdnow_master.txt", "purchases": PURCHASES, "members": MEMBERS}
    assert [one["programme"] for one in lives.found["programmes"]] == [place.programme for place in PLACES]
    for one in lives.found["programmes"]:
        miles = one["miles"]
        assert one["purchases"] == PURCHASES
        assert miles["earned"] == miles["redeemed"] + miles["lapsed"] + miles["live"] > 50_000
        assert miles["redeemed"] == one["redemptions"] * AWARD > 0
        assert miles["lapsed"] > 0


def test_run_lives__its_months__end_with_what_is_alive(lives: Lives) -> None:
    for one in lives.found["programmes"]:
        assert len(one["by_month"]) == 54
        assert one["by_month"][-1]["live"] == one["miles"]["live"]
        later = sum(month["miles"] for month in one["lapsing_later"])
        assert later + one["miles"]["live_never_lapsing"] == one["miles"]["live"]


def test_run_lives__yearly_and_quarterly_rules__lapse_at_their_ends_alone(lives: Lives) -> None:
    assert set(lives.lapsing("enrich")) == {"2000-12"}
    assert {month[-2:] for month in lives.lapsing("jpprivilege")} == {"03", "06", "09", "12"}
    assert set(lives.lapsing("garuda")) == {"2008-12", "2009-12"}


def test_run_lives__rules_by_months_from_earning__lapse_when_those_are_over(lives: Lives) -> None:
    assert min(lives.lapsing("ana")) == min(lives.lapsing("asia-miles-2018")) == "2000-01"
    assert min(lives.lapsing("rapid-rewards")) == "1999-01"
    assert min(lives.lapsing("onepass")) >= "1998-07"


def test_run_lives__skymiles__keeps_what_was_earned_before_2007_forever(lives: Lives) -> None:
    assert lives.programme("skymiles")["miles"]["live_never_lapsing"] > 0
    assert all(
        one["miles"]["live_never_lapsing"] == 0
        for one in lives.found["programmes"]
        if one["programme"] != "skymiles"
    )


def test_run_lives__redemption_as_activity__keeps_miles_longer(lives: Lives) -> None:
    """Both rules count 18 months from activity; only one of them counts a redemption."""
    assert max(lives.lapsing("onepass")) < "2000-02"
    assert max(lives.lapsing("asia-miles-2020")) > "2022-12"


def test_run_lives__nobody_watches__shows_tables_within_the_width_and_no_bars(lives: Lives) -> None:
    out = " ".join(lives.out.split())
    assert lives.bars == ""
    assert "that they dined is our assumption" in out
    assert "members with an even number redeem" in out
    assert "for garuda-2011 5,021 days later" in out
    assert "…" not in lives.out
    assert "each is equal" in out


def test_run_lives__when_done__has_written_document_and_picture(lives: Lives) -> None:
    assert json.loads((lives.build / "lives.json").read_text()) == lives.found
    picture = (lives.build / "lives.svg").read_text()
    assert picture.rstrip().endswith("</svg>")


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        (lambda life: replace(life, purchases=life.purchases - 1), {"purchases settled"}),
        (lambda life: replace(life, base=Miles(life.base + 1)), {"miles earned, by the partners' rates"}),
        (
            lambda life: replace(
                life, model=replace(life.model, lapsed=life.model.lapsed + Counter({40: 1}))
            ),
            {"lapsed in all", "lapsed in month 40"},
        ),
        (
            lambda life: replace(life, totals=replace(life.totals, written_off=Miles(1_000_000))),
            {"miles written off", "miles that the lots hold"},
        ),
        (
            lambda life: replace(life, balances=Miles(life.balances + 1)),
            {"balances by the model", "balances of all members"},
        ),
        (lambda life: replace(life, differing=1), {"members whose live lots differ"}),
    ],
)
def test_require_life_sums__a_sum_is_wrong__says_which(
    lives: Lives, change: Callable[[Life], Life], wrong: set[str]
) -> None:
    with pytest.raises(SumDiffers) as differs:
        require_life_sums(change(lives.lives["enrich"]))
    assert {check.what.removeprefix("enrich: ") for check in differs.value.wrong} == wrong
    assert differs.value.exit_code == 1


def test_run_lives__a_sum_is_wrong__writes_nothing(
    lives: Lives, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = replace(lives.lives["ana"], base=Miles(1))
    monkeypatch.setattr(run, "live", lambda *_given, **_named: wrong)
    terminal, _, _ = _terminal()
    with pytest.raises(SumDiffers, match="ana: miles earned, by the partners' rates"):
        run_lives(LivesPaths(ROOT, tmp_path), terminal, places=PLACES[:1], members=MEMBERS)
    assert not (tmp_path / "lives.json").exists()
    assert not (tmp_path / "lives.svg").exists()


def test_lives_chain__what_the_ledger_refuses_or_anvil_does_not_take__is_said(tmp_path: Path) -> None:
    place, members = PLACES[0], [MemberId(1), MemberId(2)]
    starts_at = begins(place.first_day, 0)
    with running_anvil(ROOT, port=free_port(), log=tmp_path / "anvil.log", starts_at=starts_at) as anvil:
        web3 = anvil.node.web3
        executor = Web3Executor(web3, demo_accounts().deployer)
        deployment = deploy_programme(lives_plan(ROOT, place.programme), executor, web3=web3)
        chain = LivesChain.take_over(anvil, deployment, members=len(members))
        now_s = starts_at + 7 * 86_400
        assert [lots for _, lots in chain.lots_of(members, at=now_s)] == [[], []]
        with pytest.raises(BlockIncomplete, match="500 miles were to be redeemed, and 0 were"):
            chain.redeem(members, at=now_s)
        with pytest.raises(BlockIncomplete, match="Of 1 reports of one block 0 were settled"):
            chain.settle([SignedReport(b"no report", b"")], at=now_s + 1)
        with pytest.raises(BatchRefused, match="anvil refused eth_sendTransaction"):
            anvil.request_all("eth_sendTransaction", [[{"from": NOWHERE, "to": NOWHERE}]])
