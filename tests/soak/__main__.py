"""`make soak`: random lives of the oracle under faults, one after the other, until the time is over.

Each prints a line and is written down with its seed in build/soak.json; a seed lives the same life again.
Exit code 1 if a promise was broken.
"""

import argparse
import json
import sys
from contextlib import ExitStack
from pathlib import Path
from secrets import token_bytes
from tempfile import TemporaryDirectory
from time import monotonic
from traceback import format_exc
from typing import Any

from tests.support.databases import postgresql_server
from tests.support.fault_stage import fault_stage
from tests.support.simulated_faults import SEED_BYTES, Life, live

_RESULTS = Path("build") / "soak.json"
_IN_MEMORY = Path("/dev/shm")


def main() -> int:
    """Live until the time is over, or one given life; 1 if one broke a promise."""
    asked = _asked()
    results: list[dict[str, Any]] = []
    until = monotonic() + asked.minutes * 60
    with ExitStack() as stack:
        memory = _IN_MEMORY if _IN_MEMORY.is_dir() else None
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="milepost-soak-", dir=memory)))
        stage = stack.enter_context(fault_stage(folder))
        server = stack.enter_context(postgresql_server())
        while not results or (asked.seed is None and monotonic() < until):
            life = Life.drawn(asked.seed or token_bytes(SEED_BYTES))
            with TemporaryDirectory(dir=folder) as own:
                began = monotonic()
                wanted = server if life.database == "postgresql" else None
                try:
                    with stage.case(Path(own), server=wanted) as case:
                        live(life, case)
                    why = ""
                except AssertionError:
                    why = format_exc()
            _note(results, life, seconds=round(monotonic() - began, 1), why=why)
    failed = [result for result in results if result["why"]]
    print(f"{len(results)} lives, {len(failed)} broke a promise; seeds in {_RESULTS}")
    return 1 if failed else 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=bytes.fromhex, help="64 hexadecimal digits: live this one alone")
    return parser.parse_args()


def _note(results: list[dict[str, Any]], life: Life, *, seconds: float, why: str) -> None:
    """Print a life in a line, and write all of them down: a run that is ended has its results."""
    results.append({"seed": life.seed.hex(), "seconds": seconds, **life.shown(), "why": why})
    verdict = "broke a promise" if why else "kept every promise"
    print(f"{len(results):5} {life.seed.hex()} {life.database:10} {seconds:6.1f} s {verdict}", flush=True)
    if why:
        print(why, flush=True)
    _RESULTS.parent.mkdir(exist_ok=True)
    _RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
