"""What a command loads before it does anything: nobody waits for what it does not use."""

import subprocess
import sys

_SHOW_LOADED = "import sys; from milepost.bootstrap import Parts; print(*sys.modules)"


def test_parts__loaded__bring_no_evm_and_no_migrations() -> None:
    """Finding: a third of each command's start went to an EVM and to migrations that it did not use."""
    shown = subprocess.run([sys.executable, "-c", _SHOW_LOADED], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in shown.stdout.split()}
    assert "milepost" in loaded
    assert loaded & {"alembic", "ape", "eth", "eth_tester", "py_ecc"} == set()
