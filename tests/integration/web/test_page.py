"""What docs/http.md shows a partner's developer is run as it stands there, against a real server."""

import json
import os
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from time import time

from milepost.bootstrap.clocks import MachineClock
from milepost.web.problems import Code
from tests.support.web_stage import SECRETS, WebStage, make_stage, problem_of, served

PAGE = Path(__file__).resolve().parents[3] / "docs" / "http.md"


def shell_lines() -> list[str]:
    """The lines of the page that a shell takes, in order."""
    lines = [line[4:] for line in PAGE.read_text("utf-8").splitlines() if line.startswith("    ")]
    return [line for line in lines if re.match(r"[A-Z]+=|curl ", line)]


def run_lines(stage: WebStage, lines: list[str]) -> str:
    env = {
        "PATH": os.environ["PATH"],
        "KEY": "putien-1",
        "SECRET": SECRETS["putien-1"].hex(),
        "SERVER": stage.address,
    }
    script = "set -eu\n" + "\n".join(lines)
    return subprocess.run(
        ["bash", "-c", script], env=env, check=True, capture_output=True, text=True, timeout=60
    ).stdout


def test_page__its_lines__send_a_purchase_and_ask_for_it(tmp_path: Path) -> None:
    prepared = make_stage(tmp_path)
    today = replace(prepared.parts.authenticator, clock=MachineClock())
    with served(prepared, authenticator=today) as stage:
        lines = shell_lines()
        assert len(lines) == 6
        answer = json.loads(run_lines(stage, lines[:3]))
        page = PAGE.read_text("utf-8")
        assert json.dumps(answer) in page
        assert answer["answers"][0]["answer"] == "accepted"
        found = json.loads(run_lines(stage, lines[3:]))
        assert [one["state"] for one in found["purchases"]] == ["accepted"]
        assert problem_of(stage.post({}))[1] == "stale_timestamp", time()


def test_page__codes__are_all_that_there_are() -> None:
    page = PAGE.read_text("utf-8")
    listed = re.findall(r"^\| `([a-z_]+)` \| (\d{3}) \|", page, re.MULTILINE)
    assert listed == [(code.label, str(code.status)) for code in Code]
