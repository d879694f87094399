"""Commands and processes whose keys are kept by a signer elsewhere, on a stage without a key file for them.

given a worker and a reporter whose keys are elsewhere
    when a purchase comes                    then it settles, and each signed what it had to
    when the signer fails for a while        then nothing is lost, and it settles afterwards
given `milepost settle`
    when the signer is down                  then it ends with 3, and works again when it is back
    when the signer lacks the key            then it ends with 3 and names the address
given `milepost doctor`
    when the signer signs                    then nothing is wrong
    when it signs with another key           then the key is
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from milepost.ports import PurchaseState
from milepost.store.engine import open_store
from milepost.store.unit_of_work import SqlStore
from tests.support.cli_stage import CliStage, cli_stage
from tests.support.command_process import CommandProcess, running_command
from tests.support.deployments import RELAYER, REPORTERS, account_named
from tests.support.fault_stage import wait_until
from tests.support.governance_stage import bills
from tests.support.reporter_stage import ReporterHome, reporter_home
from tests.support.web3signer import Manner, Web3Signer, web3signer

OWN, OTHER = REPORTERS[:2], REPORTERS[2]
SOON_S = 45.0


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CliStage]:
    with cli_stage(tmp_path_factory.mktemp("remote-keys")) as made:
        imported = made.run("members", "import", made.write("members.csv", "member\nM0001\n"))
        assert imported.exit_code == 0, imported.output
        for name in ("relayer.key", "reporters.json"):
            (made.folder / name).unlink()
        yield made


@pytest.fixture
def keeper() -> Iterator[Web3Signer]:
    with web3signer(RELAYER, *REPORTERS[:3], account_named("someone else")) as service:
        yield service


@pytest.fixture(scope="module")
def home(stage: CliStage) -> ReporterHome:
    found = reporter_home(stage, OTHER)
    (found.folder / "reporters.json").unlink()
    return found


@contextmanager
def _worker(stage: CliStage, settings: dict[str, str], printed: Path) -> Iterator[CommandProcess]:
    named = {f"MILEPOST_{name.upper()}": value for name, value in settings.items()}
    with running_command("worker", settings={**stage.settings, **named}, printed=printed) as process:
        yield process


@contextmanager
def _reporter(home: ReporterHome, keeper: Web3Signer) -> Iterator[ReporterHome]:
    for name, value in keeper.settings(reporters=[OTHER]).items():
        home.settings[f"MILEPOST_{name.upper()}"] = value
    with home.running():
        yield home


def _final(stage: CliStage) -> int:
    with SqlStore(open_store(stage.settings["MILEPOST_DATABASE_URL"])).unit_of_work() as work:
        return work.purchases.count_by_state().get(PurchaseState.SETTLED_FINAL, 0)


def _settings(keeper: Web3Signer, **more: str) -> dict[str, str]:
    return {**keeper.settings(relayer=RELAYER, reporters=OWN), "signer_timeout_s": "2", **more}


def test_worker_and_reporter__keys_elsewhere__settle_and_go_on_after_the_signer_failed(
    stage: CliStage, home: ReporterHome, keeper: Web3Signer, tmp_path: Path
) -> None:
    before, file = _final(stage), bills(stage, "R-1")
    with (
        _reporter(home, keeper),
        _worker(
            stage, _settings(keeper, reporter_urls=home.url, worker_poll_s="0.1"), tmp_path / "printed"
        ) as worker,
    ):
        home.run("feed", file)
        assert stage.run("feed", file).exit_code == 0
        wait_until(lambda: _final(stage) == before + 1, what=f"R-1: {worker.printed}", within_s=SOON_S)
        begun = {message[:2] for message in keeper.signed}
        # A tx of EIP-1559, reports by EIP-712, and the seal of the proposal that the reporter answered.
        assert {b"\x02\xf9", b"\x19\x01", b"mi"} <= begun
        keeper.status = 500
        more = bills(stage, "R-2")
        home.run("feed", more)
        assert stage.run("feed", more).exit_code == 0
        wait_until(lambda: '"task_stuck"' in worker.printed, what="it cannot sign", within_s=SOON_S)
        assert worker.is_running and _final(stage) == before + 1
        keeper.status = 200
        wait_until(lambda: _final(stage) == before + 2, what=f"R-2: {worker.printed}", within_s=SOON_S)


def test_settle__signer_is_down__ends_and_works_when_it_is_back(stage: CliStage, keeper: Web3Signer) -> None:
    file = bills(stage, "S-1")
    all_here = keeper.settings(relayer=RELAYER, reporters=REPORTERS[:3])
    keeper.status = 503
    done = stage.run("settle", file, **all_here)
    assert done.exit_code == 3
    assert "The signer that MILEPOST_SIGNER_URL names answered 503" in " ".join(done.stderr.split())
    keeper.status = 200
    assert stage.run("settle", file, **all_here).exit_code == 0


def test_settle__signer_lacks_the_key__ends_with_its_address(stage: CliStage, keeper: Web3Signer) -> None:
    keeper.accounts.remove(RELAYER)
    done = stage.run("settle", **keeper.settings(relayer=RELAYER, reporters=REPORTERS[:3]))
    assert done.exit_code == 3
    assert f"no key of {RELAYER.address}" in " ".join(done.stderr.split())


def _levels(stage: CliStage, keeper: Web3Signer) -> dict[str, str]:
    done = stage.run("doctor", "--json", **keeper.settings(relayer=RELAYER, reporters=REPORTERS[:3]))
    return {one["what"]: one["level"] for one in json.loads(done.stdout)}


def test_doctor__signer_signs_or_does_not__says_so(stage: CliStage, keeper: Web3Signer) -> None:
    levels = _levels(stage, keeper)
    found = levels["relayer's key"], levels["reporters' keys"], levels["gas money"], levels["reporters"]
    assert found == ("ok",) * 4
    keeper.manner = Manner.WRONG_KEY
    levels = _levels(stage, keeper)
    assert levels["relayer's key"] == levels["reporters' keys"] == "wrong"
