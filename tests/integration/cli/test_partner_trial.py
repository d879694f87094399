"""`milepost partners try` on a running programme: real `serve` and `worker`, real node.

given a partner that was just given a key
    when it is tried                       then each step is told with its time, and no mile stays
    when its member or key is not there    then nothing is sent
given a trial whose sale was never settled
    when patience ends                     then it ends with 3 and says how to go on
    when the rest is asked for later       then the sale is given back, once
    when it was ended by Ctrl-C            then it says how to give the sale back
given a partner that is suspended
    when it is tried                       then it says that the sale credited nothing
"""

import json
import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from tests.support.cli_stage import CliStage, cli_stage
from tests.support.command_process import CommandProcess, running_command
from tests.support.deployments import ADMIN, fund
from tests.support.fault_stage import wait_until
from tests.support.governance_stage import write_key

TEST_MEMBER = "TEST-1"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CliStage]:
    with cli_stage(tmp_path_factory.mktemp("trial")) as made:
        imported = made.run("members", "import", made.write("members.csv", f"member\nM0001\n{TEST_MEMBER}\n"))
        assert imported.exit_code == 0, imported.output
        fund(made.web3, ADMIN.address)
        write_key(made, ADMIN)
        yield made


@contextmanager
def _running(stage: CliStage, printed: Path, *words: str) -> Iterator[CommandProcess]:
    settings = {
        **stage.settings,
        "MILEPOST_PARTNER_KEYS_FILE": str(stage.folder / "partner-keys.json"),
        "MILEPOST_WORKER_POLL_S": "0.1",
    }
    with running_command(*words, settings=settings, printed=printed) as process:
        yield process


@pytest.fixture(scope="module")
def url(stage: CliStage) -> Iterator[str]:
    _partners(stage, "keys", "add", "harbour-grill")
    with _running(stage, stage.folder / "serve.txt", "serve", "--port", "0") as server:
        found: list[str] = []

        def listens() -> bool:
            assert server.is_running, server.printed
            found[:] = re.findall(r"http://127.0.0.1:\d+", server.printed)
            return bool(found)

        wait_until(listens, what="it listens", within_s=60)
        yield found[0]


@pytest.fixture
def worker(stage: CliStage, tmp_path: Path) -> Iterator[CommandProcess]:
    with _running(stage, tmp_path / "worker.txt", "worker") as process:
        yield process


def _partners(stage: CliStage, *words: object) -> Result:
    keys = stage.folder / "partner-keys.json"
    admin = stage.folder / f"{ADMIN.address}.key"
    return stage.run("partners", *words, partner_keys_file=keys, governance_key_file=admin)


def _try(stage: CliStage, url: str, *words: object, member: str = TEST_MEMBER) -> Result:
    return _partners(stage, "try", "harbour-grill", "--member", member, "--url", url, *words)


def _balance(stage: CliStage) -> int:
    shown = stage.run("statement", TEST_MEMBER, "--json")
    assert shown.exit_code == 0, shown.output
    balance: int = json.loads(shown.stdout)["balance"]
    return balance


def _said(done: Result) -> str:
    return " ".join((done.stdout + done.stderr).split())


def test_try__partner_has_a_new_key__every_step_comes_true_and_no_mile_stays(
    stage: CliStage, url: str, worker: CommandProcess
) -> None:
    # The key of this instant: the server finds it within a second.
    assert _partners(stage, "keys", "add", "harbour-grill").exit_code == 0
    done = _try(stage, url, "--json")
    assert done.exit_code == 0, f"{done.output}\n{worker.printed}"
    told: dict[str, Any] = json.loads(done.stdout)
    assert (told["partner"], told["key"], told["outlet"]) == ("harbour-grill", "harbour-grill-2", "pier")
    steps = {step["step"]: step for step in told["steps"]}
    wanted = ["sale_accepted", "sale_settled_final", "sale_receipt_verified"]
    wanted += [step.replace("sale", "void") for step in wanted]
    assert [name for name in steps if name in wanted] == wanted
    assert steps["sale_settled_final"]["credited"] == steps["void_settled_final"]["returned"] == 1
    times = [step["after_s"] for step in told["steps"]]
    assert times == sorted(times) and _balance(stage) == 0


def test_try__nobody_settles__ends_and_is_given_back_later(stage: CliStage, url: str, tmp_path: Path) -> None:
    done = _try(stage, url, "--patience", 1)
    assert done.exit_code == 3
    found = re.search(r"--undo (trial-\S+)", _said(done))
    assert found is not None, done.output
    with _running(stage, tmp_path / "worker.txt", "worker"):
        done = _try(stage, url, "--undo", found[1], "--json")
        assert done.exit_code == 0, done.output
        assert json.loads(done.stdout)["sale_ref"] == found[1]
    # The second time all of it is done already, and nobody needs to settle anything.
    done = _try(stage, url, "--undo", found[1])
    assert done.exit_code == 0, done.output
    assert "sale receipt verified" in done.stdout and f"{found[1]} was given back" in done.stdout
    assert TEST_MEMBER not in done.output
    assert _balance(stage) == 0


def test_try__ctrl_c_in_the_middle__says_how_to_give_it_back(
    stage: CliStage, url: str, tmp_path: Path
) -> None:
    """Finding: it said nothing, not even the reference, and a mile stayed with the member."""
    words = ["partners", "try", "harbour-grill", "--member", TEST_MEMBER, "--url", url]
    settings = {**stage.settings, "MILEPOST_PARTNER_KEYS_FILE": str(stage.folder / "partner-keys.json")}
    trial = CommandProcess(words, settings=settings, printed=tmp_path / "trial.txt")
    wait_until(lambda: "sale accepted" in trial.printed, what="the sale is stored", within_s=60)
    os.kill(trial.pid, signal.SIGINT)
    assert trial.wait() != 0
    found = re.search(r"--undo (trial-\S+)", trial.printed)
    assert found is not None and "Traceback" not in trial.printed, trial.printed
    assert trial.printed.startswith(found[1])
    with _running(stage, tmp_path / "worker.txt", "worker"):
        done = _try(stage, url, "--undo", found[1])
        assert done.exit_code == 0, done.output
    assert _balance(stage) == 0


def test_try__partner_is_suspended__says_that_nothing_was_credited(
    stage: CliStage, url: str, worker: CommandProcess
) -> None:
    assert _partners(stage, "suspend", "harbour-grill").exit_code == 0
    done = _try(stage, url)
    assert done.exit_code == 1, worker.printed
    assert "settled as suspended_partner and credited nothing" in _said(done)
    assert "--undo" not in _said(done)
    assert _partners(stage, "suspend", "harbour-grill", "--resume").exit_code == 0


@pytest.mark.parametrize(
    ("words", "said", "code"),
    [
        (["try", "harbour-grill", "--member", "nobody"], "member of --member is not enrolled", 2),
        (["try", "noon-kitchen", "--member", TEST_MEMBER], "noon-kitchen has no key that holds now", 2),
        (["try", "nobodys", "--member", TEST_MEMBER], "nobodys is no partner of this deployment", 2),
        (["try", "harbour-grill", "--member", TEST_MEMBER, "--outlet", "roof"], "no outlet 'roof'", 2),
        (["try", "harbour-grill", "--member", TEST_MEMBER, "--url", "http://a.example"], "--url begins", 2),
        (["try", "harbour-grill", "--member", TEST_MEMBER, "--url", "http://127.0.0.1:9"], "no answer", 3),
        (
            ["try", "harbour-grill", "--member", TEST_MEMBER, "--undo", "trial-never"],
            "has no sale 'trial-never'",
            2,
        ),
        (["try", "harbour-grill", "--member", TEST_MEMBER, "--undo", "H-1"], "sale begins with trial-", 2),
    ],
)
def test_try__something_is_not_there__sends_nothing_and_says_what_to_do(
    stage: CliStage, url: str, words: list[str], said: str, code: int
) -> None:
    if "--url" not in words:
        words = [*words, "--url", url]
    done = _partners(stage, *words)
    assert (done.exit_code, said in _said(done)) == (code, True), done.output
