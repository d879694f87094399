"""Runs the history: eighteen months of real purchases on anvil, settled, proven, checked, and replayed bare.

`make demo-history` comes here through `__main__.py`; what it found is left in `build/demo-history.json`.
"""

import json
import shutil
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from milepost.bootstrap import build_chain
from milepost.chain.deployment import deployment_steps
from milepost.chain.deployment_plan import DeploymentPlan
from milepost.demo.accounts import demo_accounts
from milepost.demo.checks import Check
from milepost.demo.history.bare import Bare, replay_bare, sent_txs
from milepost.demo.history.checks import require_history_sums
from milepost.demo.history.document import to_json
from milepost.demo.history.facts import HistoryFacts, sum_up_settled
from milepost.demo.history.feed import MEMBERS_FILE, History, write_history
from milepost.demo.history.play import Play, play_history
from milepost.demo.history.proof import prove
from milepost.demo.history.rows import read_history
from milepost.demo.history.terminal import HistoryTerminal
from milepost.demo.on_chain import read_books
from milepost.demo.plan import PROGRAMME, plan_of
from milepost.demo.stage import Stage, set_stage
from milepost.local.anvil import AnvilChain, free_port, running_anvil
from milepost.simulation.model import Model

FILE = "examples/cdnow_master.txt"
STARTS_AT = int(datetime(1996, 12, 15, tzinfo=UTC).timestamp())
"""Of the chain, unix seconds: early enough for the notice of promotions that open on 6 January."""
DAYS = 7
"""Days of purchases in a feed, unless told otherwise."""

_SETTING = "make demo-history"
# Of all blocks they would come to more than a gigabyte, and nothing asks for older ones.
_KEPT_STATES = 64


@dataclass(frozen=True, slots=True)
class HistoryPaths:
    """Where it reads and writes: `root` is a checkout of Milepost, `build` holds all that it makes."""

    root: Path
    build: Path

    @property
    def folder(self) -> Path:
        """Made anew in each run."""
        return self.build / "demo-history"

    @property
    def result(self) -> Path:
        return self.build / "demo-history.json"


def run_history(
    paths: HistoryPaths, terminal: HistoryTerminal, *, most: int | None = None, days: int = DAYS
) -> dict[str, Any]:
    """Run all of it; `most` takes only the first purchases of the file. What was written comes back.

    Raises: SumDiffers, ModelDisagrees, ReplayDiffers: then nothing is written to `build/demo-history.json`;
        AnvilMissing, AnvilDidNotStart; whatever the steps of the main path raise.
    """
    started = time.perf_counter()
    _clear(paths)
    plan = history_plan(paths.root)
    history = write_history(read_history(paths.root / FILE, most=most), plan, paths.folder, days=days)
    terminal.introduce(purchases=history.purchases, members=history.members)
    with _anvil(paths, "anvil") as anvil:
        facts, checks = _settle_and_check(history, plan, anvil, paths=paths, terminal=terminal)
    wall_s = time.perf_counter() - started
    found = to_json(facts, wall_s=wall_s)
    paths.result.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    terminal.show(found)
    terminal.conclude(checks, paths.result, wall_s=wall_s)
    return found


def history_plan(root: Path) -> DeploymentPlan:
    """The demo's programme with the partners and promotions of the history, from their files.

    Raises: CatalogueError for a file that is missing or refused.
    """
    files = root / "examples" / "history"
    return plan_of(root / PROGRAMME, partners=[files / "partners"], promotions=[files / "promotions"])


def _clear(paths: HistoryPaths) -> None:
    """Begin anew: what an earlier run left would be taken for this one's."""
    shutil.rmtree(paths.folder, ignore_errors=True)
    paths.result.unlink(missing_ok=True)
    paths.folder.mkdir(parents=True)


def _anvil(paths: HistoryPaths, name: str) -> AbstractContextManager[AnvilChain]:
    log = paths.folder / f"{name}.log"
    return running_anvil(
        paths.root, port=free_port(), log=log, starts_at=STARTS_AT, setting=_SETTING, keeps=_KEPT_STATES
    )


def _settle_and_check(
    history: History,
    plan: DeploymentPlan,
    anvil: AnvilChain,
    *,
    paths: HistoryPaths,
    terminal: HistoryTerminal,
) -> tuple[HistoryFacts, list[Check]]:
    stage, start_state = _set_stage(plan, anvil, paths, terminal)
    with terminal.progress("settling", total=history.purchases, unit="purchases") as bar:
        play = play_history(
            history.files, stage, anvil, on_file=lambda file: bar.advance(file.bills, file.day)
        )
    with terminal.progress("verifying", total=len(history.sampled), unit="receipts") as bar:
        proof = prove(history.sampled, stage, on_receipt=lambda: bar.advance(1))
    model = Model(plan, enrolled=history.members)
    with terminal.progress("comparing", total=history.purchases, unit="purchases") as bar:
        sums = sum_up_settled(play.reports, stage, model, on_report=bar.advance)
    facts = HistoryFacts(
        file=FILE,
        history=history,
        starts_at=STARTS_AT,
        ends_at=stage.settlement.block_time(),
        play=play,
        sums=sums,
        books=read_books(stage, members=proof.members),
        proof=proof,
        bare=_replay(play, stage, start_state, paths=paths, terminal=terminal),
        reconciliation=stage.oracle.reconcile(),
    )
    return facts, require_history_sums(facts, stage, model)


def _set_stage(
    plan: DeploymentPlan, anvil: AnvilChain, paths: HistoryPaths, terminal: HistoryTerminal
) -> tuple[Stage, str]:
    """Deploy and enrol; the state of the chain then, as anvil writes it, comes back too."""
    steps = deployment_steps(plan, deployer=demo_accounts().deployer.address)
    with terminal.progress("deploying", total=len(steps), unit="steps") as bar:
        stage = set_stage(
            plan,
            anvil,
            folder=paths.folder,
            members=paths.folder / MEMBERS_FILE,
            on_step=lambda _: bar.advance(1),
        )
    return stage, anvil.request("anvil_dumpState")


def _replay(
    play: Play, stage: Stage, start_state: str, *, paths: HistoryPaths, terminal: HistoryTerminal
) -> Bare:
    txs = sent_txs(play.reports, stage)
    with _anvil(paths, "anvil-bare") as fresh:
        fresh.request("anvil_loadState", start_state)
        chain = build_chain(fresh.node.web3, stage.deployment, node_name=fresh.node.name)
        with terminal.progress("replaying", total=len(txs), unit="txs") as bar:
            return replay_bare(txs, fresh, credited=chain.ledger_credited, on_tx=lambda: bar.advance(1))
