"""Sets up what the bench of the oracle measures: anvil of today, the programme, members, keys, a database.

The rows start `milepost serve` and `milepost worker` on it with `settings`, as an operator would.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.till_load import KEY, PARTNER, SECRET, Till
from milepost.chain.deployment_file import write_deployment
from milepost.config import setting_name
from milepost.demo.accounts import KeyFiles
from milepost.demo.plan import PROGRAMME, plan_of
from milepost.demo.stage import Stage, set_stage
from milepost.demo.tips import write_feed_csv
from milepost.local.anvil import AnvilChain, free_port, running_anvil
from scripts._compiling import ROOT

PARTNERS = ROOT / "examples" / "history" / "partners"
"""Partners without a limit that purchases could reach."""
KEPT_STATES = 64
"""States of blocks that anvil keeps: of all, a million purchases would be more than the machine holds."""

_BEHIND_S = 7_200
"""Deploying and enrolling date a block a second ahead; the chain must not come to lie in the future."""


@dataclass(frozen=True, slots=True)
class OracleStage:
    """A programme that is ready for purchases of `till`. Shape: `database` is the kind of its database."""

    database: str
    stage: Stage
    anvil: AnvilChain
    folder: Path
    settings: dict[str, str]
    members: tuple[str, ...]

    def till(self, name: str) -> Till:
        """A till whose purchases are of now."""
        return Till(name, self.stage.settlement.block_time(), self.members)


@contextmanager
def oracle_stage(folder: Path, database_url: str, *, members: int) -> Iterator[OracleStage]:
    """Deploy and enrol on a fresh anvil, which ends with the block; `folder` is made."""
    folder.mkdir(parents=True)
    numbers = tuple(f"B{number:06}" for number in range(members))
    file = folder / "members.csv"
    row = {"tier": "", "segments": "", "enrolled_at": "2020-01-01T00:00:00+08:00"}
    write_feed_csv([{"member": number, **row} for number in numbers], file)
    starts_at = int(time.time()) - _BEHIND_S
    with running_anvil(
        ROOT,
        port=free_port(),
        log=folder / "anvil.log",
        starts_at=starts_at,
        setting="make bench-oracle",
        keeps=KEPT_STATES,
    ) as anvil:
        plan = plan_of(ROOT / PROGRAMME, partners=[PARTNERS], promotions=[])
        stage = set_stage(plan, anvil, folder=folder, members=file, database_url=database_url)
        write_deployment(stage.deployment, folder / "deployment.json")
        yield OracleStage(
            stage.engine.dialect.name, stage, anvil, folder, _settings(folder, anvil, database_url), numbers
        )
        stage.engine.dispose()


def _settings(folder: Path, anvil: AnvilChain, database_url: str) -> dict[str, str]:
    keys, partner_keys = KeyFiles(folder), folder / "partner-keys.json"
    partner_keys.touch(mode=0o600)
    entry = {"key": KEY, "secret": SECRET.hex(), "from": 0, "until": None}
    partner_keys.write_text(json.dumps({PARTNER: [entry]}), encoding="utf-8")
    values = {
        "rpc_url": anvil.url,
        "database_url": database_url,
        "deployment_file": folder / "deployment.json",
        "programme": ROOT / PROGRAMME,
        "partners": PARTNERS,
        "relayer_key_file": keys.relayer,
        "reporter_keys_file": keys.reporters,
        "partner_secrets_file": keys.partner_secrets,
        "directory_key_file": keys.directory,
        "partner_keys_file": partner_keys,
        # Neither a partner's share nor a long queue is what is measured.
        "http_rate": "1000000/second",
        "http_waiting": 10_000_000,
        "finality": "instant",
    }
    return {setting_name(field): str(value) for field, value in values.items()}
