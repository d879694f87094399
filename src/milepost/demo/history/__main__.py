"""`python -m milepost.demo.history`, from a checkout of Milepost: what `make demo-history` runs."""

import argparse
import sys
from pathlib import Path

from rich.console import Console

from milepost.demo.history.run import DAYS, HistoryPaths, run_history
from milepost.demo.history.terminal import HistoryTerminal
from milepost.demo.options import count
from milepost.domain.errors import MilepostError


def main() -> int:
    """0 when every sum agrees; else the error's own exit code, with its sentence on standard error."""
    parser = argparse.ArgumentParser(prog="make demo-history", description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=count, help="only the first purchases of the file; all unless given")
    parser.add_argument("--days", type=count, default=DAYS, help="days of purchases in a feed")
    options = parser.parse_args()
    out, bars = Console(highlight=False), Console(stderr=True, highlight=False)
    try:
        run_history(
            HistoryPaths(Path(), Path("build")),
            HistoryTerminal(out, bars),
            most=options.rows,
            days=options.days,
        )
    except MilepostError as error:
        bars.print(f"demo-history: {error}", style="red", markup=False)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
