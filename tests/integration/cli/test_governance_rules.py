"""`milepost governance announce-rule` and `announce-act` on anvil: after the delay, and with the notice.

given a programme whose admin governs with two days' delay
    when the next version of its file is announced  then the ledger has it once the delay is over
    when an act is announced                        then the ledger keeps it
    when either gives too little notice             then it is refused as it is executed, by name
    when the words contradict each other            then nothing is announced
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from milepost.chain.contracts import contract_at
from milepost.domain.calendar import date_of
from tests.support.cli_stage import ROOT, CliStage
from tests.support.governance_stage import TWO_DAYS_S, govern, governed_stage, refused, restored, wait

NOTICE_DAYS = 90


@pytest.fixture(scope="module")
def _governed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CliStage]:
    with governed_stage(tmp_path_factory.mktemp("rules")) as stage:
        yield stage


@pytest.fixture
def stage(_governed: CliStage) -> Iterator[CliStage]:
    with restored(_governed) as stage:
        yield stage


def rules_of(stage: CliStage) -> tuple[int, int]:
    """Versions, and acts announced."""
    found = _ledger(stage).functions.expiryAt(10**9).call()
    return found[1], found[2]


def in_days(stage: CliStage, days: int) -> str:
    """A local day so many days after that of the newest block."""
    now = stage.web3.eth.get_block("latest")["timestamp"]
    return date_of(_ledger(stage).functions.dayOf(now).call() + days).isoformat()


def next_version(folder: Path, from_day: str) -> Path:
    usual = (ROOT / "programmes" / "asia-miles-2018.yaml").read_text("utf-8")
    line = "  - {from: null, lot: {months: 36, align: day}, account: null}\n"
    assert line in usual
    file = folder / "next.yaml"
    second = line.replace("null, lot", f"{from_day}, lot").replace("36", "24")
    file.write_text(usual.replace(line, line + second), "utf-8")
    return file


def test_announce_rule__with_notice__is_in_the_ledger_after_the_delay(
    stage: CliStage, tmp_path: Path
) -> None:
    words = ("announce-rule", next_version(tmp_path, in_days(stage, NOTICE_DAYS + 3)))
    govern(stage, *words)
    assert rules_of(stage) == (1, 0)
    wait(stage, TWO_DAYS_S)
    govern(stage, *words, "--execute")
    assert rules_of(stage) == (2, 0)


def test_announce_rule__notice_is_over_too_soon__is_refused_by_name(stage: CliStage, tmp_path: Path) -> None:
    words = ("announce-rule", next_version(tmp_path, in_days(stage, NOTICE_DAYS)))
    govern(stage, *words)
    wait(stage, TWO_DAYS_S)
    code, complaint = refused(stage, *words, "--execute")
    assert (code, rules_of(stage)) == (3, (1, 0))
    assert "name a later day" in complaint


@pytest.mark.parametrize(
    "words",
    [("never",), ("grace", "--until", "2099-12-31"), ("move", "--months", "6")],
    ids=lambda one: one[0],
)
def test_announce_act__of_each_kind__is_in_the_ledger_after_the_delay(
    stage: CliStage, words: tuple[str, ...]
) -> None:
    whole = ("announce-act", *words, "--from", in_days(stage, 10))
    govern(stage, *whole)
    wait(stage, TWO_DAYS_S)
    govern(stage, *whole, "--execute")
    assert rules_of(stage) == (1, 1)


@pytest.mark.parametrize(
    "words",
    [
        ("grow", "--from", "2030-01-01"),
        ("grace", "--from", "2030-01-01"),
        ("move", "--from", "2030-01-01", "--until", "2031-01-01"),
        ("never", "--from", "2030-01-01", "--months", "1"),
        ("never", "--from", "2030-02-30"),
    ],
)
def test_announce_act__words_that_contradict__announce_nothing(
    stage: CliStage, words: tuple[str, ...]
) -> None:
    code, _ = refused(stage, "announce-act", *words)
    assert (code, rules_of(stage)) == (2, (1, 0))


def _ledger(stage: CliStage):  # type: ignore[no-untyped-def]  # web3 types no contract's functions
    return contract_at(stage.web3, "MilesLedger", stage.deployment.addresses.ledger)
