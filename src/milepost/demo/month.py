"""Sets the stage on a chain and plays the whole month on it, with bars to watch.

`run.py` plays it on the embedded chain and `local.py` on anvil: only the chain differs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from milepost.chain.deployment import deployment_steps
from milepost.demo.accounts import demo_accounts
from milepost.demo.plan import demo_plan
from milepost.demo.season import Season, play_season
from milepost.demo.stage import DemoChain, Stage, set_stage
from milepost.demo.terminal import Terminal
from milepost.demo.tills import TillFile, write_till_files
from milepost.demo.tips import MEMBERS, Row
from milepost.simulation.model import Model

SOURCE = "examples/tips.csv"


@dataclass(frozen=True, slots=True)
class Month:
    """The month as played, and what it was played on."""

    stage: Stage
    model: Model
    till_files: list[TillFile]
    season: Season


def play_month(
    chain: DemoChain, rows: Sequence[Row], *, root: Path, folder: Path, terminal: Terminal
) -> Month:
    """Deploy, enrol and settle; all files go below `folder`, which holds no others of this kind.

    Shape: `root` is a checkout of Milepost; `rows` are in order of time.
    Raises: what `set_stage` and `play_season` raise.
    """
    plan = demo_plan(root)
    steps = deployment_steps(plan, deployer=demo_accounts().deployer.address)
    with terminal.progress("deploying", total=len(steps), unit="steps") as bar:
        stage = set_stage(plan, chain, folder=folder, on_step=lambda _: bar.advance(1))
    model = Model(plan, enrolled=MEMBERS)
    till_files = write_till_files(rows, folder / "feed")
    with terminal.progress("settling", total=len(rows), unit="bills") as bar:
        season = play_season(
            till_files,
            stage,
            model,
            receipts=folder / "receipts",
            on_bills=lambda day, count: bar.advance(count, day),
        )
    return Month(stage, model, till_files, season)
