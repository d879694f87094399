"""`python -m milepost.demo.lives`, from a checkout of Milepost: what `make demo-lives` runs."""

import argparse
import sys
from pathlib import Path

from rich.console import Console

from milepost.demo.lives.places import PLACES
from milepost.demo.lives.run import LivesPaths, run_lives
from milepost.demo.lives.terminal import LivesTerminal
from milepost.demo.options import count
from milepost.domain.errors import MilepostError


def main() -> int:
    """0 when every sum agrees; else the error's own exit code, with its sentence on standard error."""
    names = [place.programme for place in PLACES]
    parser = argparse.ArgumentParser(prog="make demo-lives", description=__doc__.split("\n")[0])
    parser.add_argument(
        "--programme",
        action="append",
        choices=names,
        help="only this one; may be given again; all ten unless",
    )
    parser.add_argument("--members", type=count, help="only the first members of the file; all unless given")
    options = parser.parse_args()
    wanted = options.programme or names
    out, bars = Console(highlight=False), Console(stderr=True, highlight=False)
    try:
        run_lives(
            LivesPaths(Path(), Path("build")),
            LivesTerminal(out, bars),
            places=[place for place in PLACES if place.programme in wanted],
            members=options.members,
        )
    except MilepostError as error:
        bars.print(f"demo-lives: {error}", style="red", markup=False)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
