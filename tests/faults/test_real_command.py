"""The installed command itself, as a person starts it, killed and started again.

The other tests of the tier fork the command from a process that has imported it; this one does not.
"""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.command_process import KILLED
from tests.support.fault_stage import FaultCase
from tests.support.relay_promises import require_promises

COMMAND = Path(sys.executable).with_name("milepost")


def _settle(case: FaultCase, **settings: str) -> "subprocess.CompletedProcess[str]":
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MILEPOST_")}
    given = {**clean, **case.settings, **settings}
    words = [COMMAND, "settle", *case.feeds, "--receipts", case.receipts]
    return subprocess.run(words, env=given, capture_output=True, text=True, timeout=120, check=False)


def test_milepost__killed_after_sending__is_ended_by_the_next_run(case: FaultCase) -> None:
    killed = _settle(case, FAILPOINT="send.after:2")
    assert killed.returncode == KILLED, killed.stderr
    assert "FAILPOINT is set: this process ends itself at send.after" in killed.stderr
    again = _settle(case)
    assert again.returncode == 0, again.stderr
    case.settle_to_the_end()
    require_promises(case)
