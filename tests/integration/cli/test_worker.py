"""`milepost worker` as a process of its own: what it is told is looked at before anything is done."""

import json
from pathlib import Path

import pytest

from tests.support.cli_stage import CliStage
from tests.support.command_process import CommandProcess


def run(stage: CliStage, folder: Path, *words: str, **changes: str) -> CommandProcess:
    """One run to its end."""
    settings = {**stage.settings, **changes}
    process = CommandProcess(["worker", *words], settings=settings, printed=folder / "printed.txt")
    process.wait()
    return process


def test_worker__nothing_to_do__ends_well_and_gives_its_leases_back(stage: CliStage, tmp_path: Path) -> None:
    done = run(stage, tmp_path, "--once")
    assert done.code == 0, done.printed
    events = [json.loads(line)["event"] for line in done.printed.splitlines() if line.startswith("{")]
    assert "lease_taken" in events and events[-1] == "worker_stopped"
    assert "leases_released" in events and "task_stuck" not in events


@pytest.mark.parametrize(
    ("words", "changes", "code", "said"),
    [
        (["--lane", "9"], {}, 2, "No partner is in lane 9: name one of"),
        ([], {"MILEPOST_RPC_URL": "http://127.0.0.1:1"}, 3, "MILEPOST_RPC_URL does not answer"),
    ],
    ids=["lane", "node"],
)
def test_worker__cannot_begin__says_why_and_what_to_do(
    stage: CliStage, tmp_path: Path, words: list[str], changes: dict[str, str], code: int, said: str
) -> None:
    done = run(stage, tmp_path, "--once", *words, **changes)
    assert (done.code, said in " ".join(done.printed.split())) == (code, True), done.printed
