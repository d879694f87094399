"""Measures purchases settled a second, from the store to final, beside the same signed txs sent bare.

It plays the first purchases of `make demo-history` on a database that is named; `oracle.py` runs it for each.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.oracle_databases import Databases
from bench.oracle_stage import KEPT_STATES
from milepost.bootstrap import build_chain
from milepost.demo.history.bare import replay_bare, sent_txs
from milepost.demo.history.feed import MEMBERS_FILE, History, write_history
from milepost.demo.history.play import play_history
from milepost.demo.history.rows import read_history
from milepost.demo.history.run import FILE, STARTS_AT, history_plan
from milepost.demo.stage import set_stage
from milepost.local.anvil import AnvilChain, free_port, running_anvil
from scripts._compiling import ROOT

AIM = 0.8
"""Of the speed of the bare replay."""
DAYS = 56
"""Days of purchases that are settled at once: of a usual run some 400 of them, a full report."""

_SETTLING = ("seal", "sign", "relay", "read")


@dataclass(frozen=True, slots=True)
class SettlingRow:
    """Purchases a second, of all settling, of sending and awaiting alone, and of the bare replay."""

    database: str
    purchases: int
    reports: int
    per_s: float
    relaying_per_s: float
    bare_per_s: float

    @property
    def ratio(self) -> float:
        """All of settling over the replay; AIM is the least that is aimed at."""
        return self.per_s / self.bare_per_s

    @property
    def relaying_ratio(self) -> float:
        """Asking, storing, sending and awaiting over the replay, without sealing, signing and reading."""
        return self.relaying_per_s / self.bare_per_s


def measure_settling(found: Databases, folder: Path, purchases: int) -> SettlingRow:
    """Settle the first purchases of the history and replay its txs.

    Raises: ReplayDiffers; whatever the steps of the main path raise.
    """
    made = folder / "settling"
    made.mkdir(parents=True)
    plan = history_plan(ROOT)
    history = write_history(read_history(ROOT / FILE, most=purchases), plan, made, days=DAYS)
    with _anvil(made, "anvil") as anvil:
        stage = set_stage(plan, anvil, folder=made, members=made / MEMBERS_FILE, database_url=found.new_url())
        start_state = anvil.request("anvil_dumpState")
        play = play_history(history.files, stage, anvil)
        with _anvil(made, "anvil-bare") as fresh:
            fresh.request("anvil_loadState", start_state)
            chain = build_chain(fresh.node.web3, stage.deployment, node_name=fresh.node.name)
            bare = replay_bare(sent_txs(play.reports, stage), fresh, credited=chain.ledger_credited)
        stage.engine.dispose()
    return _row(found.kind, history, play.laps.seconds, reports=bare.txs, bare_s=bare.seconds)


def _row(
    kind: str, history: History, seconds: dict[str, float], *, reports: int, bare_s: float
) -> SettlingRow:
    return SettlingRow(
        database=kind,
        purchases=history.purchases,
        reports=reports,
        per_s=history.purchases / sum(seconds[part] for part in _SETTLING),
        relaying_per_s=history.purchases / seconds["relay"],
        bare_per_s=history.purchases / bare_s,
    )


@contextmanager
def _anvil(folder: Path, name: str) -> Iterator[AnvilChain]:
    with running_anvil(
        ROOT,
        port=free_port(),
        log=folder / f"{name}.log",
        starts_at=STARTS_AT,
        setting="make bench-oracle",
        keeps=KEPT_STATES,
    ) as anvil:
        yield anvil
