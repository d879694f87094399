"""The points at which a test ends the process.

given none is asked for        then nothing happens at any
given a point and which time   then the process is killed there, at that time and not before
given a word that names none   then it is refused with the names that there are
"""

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import milepost
from milepost.cli import app
from milepost.fail_point import VARIABLE, FailPoint, FailPointUnknown, arm, reach

every_point = pytest.mark.parametrize("point", FailPoint, ids=lambda point: point.label)


def _run(asked: str, *reached: FailPoint) -> "subprocess.CompletedProcess[str]":
    """A process that passes points and says so after each."""
    lines = [f"reach(FailPoint.{point.name}); print('{point.label}', flush=True)" for point in reached]
    code = "\n".join(["from milepost.fail_point import FailPoint, arm, reach", f"arm({asked!r})", *lines])
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_reach__nothing_asked_for__goes_on() -> None:
    assert arm(None) is None and arm("") is None
    for point in FailPoint:
        reach(point)


def test_reach__asked_for_the_second_time__kills_then_and_not_before() -> None:
    send, sign = FailPoint.SEND_AFTER, FailPoint.SIGN_AFTER_COMMIT
    done = _run("send.after:2", send, sign, send, send)
    assert (done.returncode, done.stdout) == (-signal.SIGKILL, "send.after\nsign.after_commit\n")


def test_reach__asked_for_without_a_number__kills_the_first_time() -> None:
    assert _run("send.after", FailPoint.SEND_AFTER).stdout == ""


@pytest.mark.parametrize(
    "text", ["send.afterwards", "SEND_AFTER", "send.after:", "send.after:0", "send.after:x"]
)
def test_arm__names_no_point_or_no_time__is_refused_with_the_names(text: str) -> None:
    with pytest.raises(FailPointUnknown, match="names no fail point") as refused:
        arm(text)
    assert repr(text) in str(refused.value) and "ingest.before_commit" in str(refused.value)


def test_milepost__unknown_fail_point__is_refused_at_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "nowhere")
    result = CliRunner().invoke(app, ["statement", "M0001"])
    assert result.exit_code == 2 and "'nowhere', which names no fail point" in result.stderr


@every_point
def test_fail_point__each__is_passed_in_one_module_and_says_what_a_crash_leaves(point: FailPoint) -> None:
    package = Path(str(milepost.__file__)).parent
    places = [
        path.name
        for path in package.rglob("*.py")
        if re.search(rf"\bFailPoint\.{point.name}\b", path.read_text(encoding="utf-8"))
    ]
    assert len(places) == 1, places
    assert re.fullmatch(r"[a-z]+\.[a-z_]+", point.label) and point.leaves.endswith(".")
