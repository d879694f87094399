"""Give every Python of this virtual environment the compiler and the binaries of this checkout.

Runs at set-up, with the environment's own Python. It writes one `.pth` file, whose line Python executes at
each start: py-solc-x then finds `tools/solc` and ape finds anvil, without a wrapper around `ape`. The paths
are those of this checkout on this machine, which is why the file is made here and never committed.
"""

import sysconfig
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent

# PATH is deduplicated because a Python started by a Python runs the line again.
LINE = (
    "import os; "
    f'os.environ.setdefault("SOLCX_BINARY_PATH", {str(CHECKOUT / "tools" / "solc")!r}); '
    f'os.environ["PATH"] = os.pathsep.join(dict.fromkeys([{str(CHECKOUT / "node_modules" / ".bin")!r}, '
    '*os.environ.get("PATH", os.defpath).split(os.pathsep)]))\n'
)

if __name__ == "__main__":
    Path(sysconfig.get_path("purelib"), "milepost_tools.pth").write_text(LINE, encoding="utf-8")
