"""`python -m milepost.demo`, from a checkout of Milepost: what `make demo` runs."""

import sys
from pathlib import Path

from rich.console import Console

from milepost.demo.run import DemoPaths, run_demo
from milepost.domain.errors import MilepostError


def main() -> int:
    """0 when every sum agrees; else the error's own exit code, with its sentence on standard error."""
    try:
        run_demo(DemoPaths(Path(), Path("build")), Console(highlight=False))
    except MilepostError as error:
        Console(stderr=True, highlight=False).print(f"demo: {error}", style="red", markup=False)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
