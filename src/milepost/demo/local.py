"""`python -m milepost.demo.local`, what `make local` runs: the demo's month on anvil, which then stays up.

It is `run.py` on a node of its own process, so that the commands can be tried by hand on what was settled.
"""

import argparse
import shlex
import shutil
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from milepost.chain.deployment_file import EPHEMERAL_FOLDER, FOLDER, deployment_path, write_deployment
from milepost.config import setting_name
from milepost.demo.accounts import KeyFiles
from milepost.demo.month import SOURCE, play_month
from milepost.demo.stage import STARTS_AT, Stage
from milepost.demo.tampering import telling_receipt
from milepost.demo.terminal import Terminal
from milepost.demo.tips import purchases_from_tips
from milepost.domain.errors import MilepostError
from milepost.domain.receipt import MemberReceipt
from milepost.local.anvil import AnvilChain, require_free, running_anvil

ROOT = Path()
PORT = 8545
"""Where the settings look for a node when nothing else is said."""
_MILEPOST = ".venv/bin/milepost"
_COST = 300
"""Miles of the reward to be tried: less than the one receipt shown brought its member."""


@dataclass(frozen=True, slots=True)
class LocalPaths:
    """Where a local chain's files are: those of the usual port are where the settings look by themselves."""

    port: int

    @property
    def folder(self) -> Path:
        """Made anew in each run; a chain on another port has its own."""
        return Path("build/local" if self.port == PORT else f"build/local-{self.port}")

    @property
    def settings(self) -> Path:
        return self.folder / "settings.env"

    @property
    def deployment(self) -> Path:
        if self.port == PORT:
            return deployment_path("ethereum", "local", is_ephemeral=True)
        return self.folder / "deployment.json"

    @property
    def are_defaults(self) -> bool:
        """Whether commands find all this untold: they take a deployment that is the only one."""
        found = [*FOLDER.glob("*.json"), *EPHEMERAL_FOLDER.glob("*.json")]
        return found == [self.deployment]


def main() -> int:
    """0 when it was ended by Ctrl-C, or when every line worked; else the error's own exit code."""
    parser = argparse.ArgumentParser(prog="make local", description=__doc__.split("\n")[0])
    parser.add_argument("--port", type=int, default=PORT, help="port of anvil on this machine")
    parser.add_argument("--once", action="store_true", help="run the printed lines, and stop")
    options = parser.parse_args()
    # Ended by a signal it still ends anvil: this leaves by the same way as Ctrl-C. SIGINT too, which a shell
    # has its background jobs ignore.
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, signal.default_int_handler)
    console = Console(highlight=False)
    try:
        return _run(console, LocalPaths(options.port), once=options.once)
    except KeyboardInterrupt:
        console.print("\nanvil is ended; its chain is gone. make local starts a new one.")
        return 0
    except MilepostError as error:
        Console(stderr=True, highlight=False).print(f"local: {error}", style="red", markup=False)
        return error.exit_code


def _run(console: Console, paths: LocalPaths, *, once: bool) -> int:
    require_free(paths.port, otherwise=f"make local PORT={paths.port + 1}")
    # Only now: another `make local` that is up has its database there.
    shutil.rmtree(paths.folder, ignore_errors=True)
    paths.folder.mkdir(parents=True)
    with running_anvil(ROOT, port=paths.port, log=paths.folder / "anvil.log", starts_at=STARTS_AT) as anvil:
        console.print(f"anvil answers at {anvil.url}, process {anvil.process_id}, and starts on 2018-04-20.")
        lines = _settle(anvil, console, paths)
        console.print("\nIn another terminal, from this folder:\n")
        for line in lines:
            # As one line whatever the width, so that it can be pasted.
            console.print(f"  {line}", soft_wrap=True, style="bold", markup=False)
        if once:
            return _try(lines, console)
        console.print("\nanvil stays up until Ctrl-C.")
        threading.Event().wait()
    return 0


def _settle(anvil: AnvilChain, console: Console, paths: LocalPaths) -> list[str]:
    """Deploy, enrol and settle the month; the lines to try."""
    terminal = Terminal(console)
    rows = purchases_from_tips(ROOT / SOURCE)
    month = play_month(anvil, rows, root=ROOT, folder=paths.folder, terminal=terminal)
    stage, season = month.stage, month.season
    found = stage.oracle.reconcile()
    write_deployment(stage.deployment, paths.deployment)
    _write_settings(anvil, paths)
    terminal.line(
        f"{len(season.bills)} bills settled in {len(season.reports)} reports, each receipt verified:"
        f" chain {found.chain:,} miles, store {found.store:,}, difference {found.difference}."
    )
    terminal.line(
        f"deployment {paths.deployment}; database, settings and the keys, which everyone knows, below"
        f" {paths.folder}/"
    )
    return _lines(telling_receipt(bill.receipt for bill in season.bills), stage, anvil, paths=paths)


def _lines(receipt: MemberReceipt, stage: Stage, anvil: AnvilChain, *, paths: LocalPaths) -> list[str]:
    milepost = _MILEPOST if paths.are_defaults else f"{_MILEPOST} --config {paths.settings}"
    purchase = receipt.purchase
    file = paths.folder / "receipts" / f"{purchase.sale_ref}.json"
    member = stage.oracle.members.number_of(receipt.entry.member)
    return [
        f"{milepost} receipt show {purchase.partner} {purchase.sale_ref}",
        f"{milepost} receipt verify {file} --rpc {anvil.url}",
        f'{milepost} rewards add "A night in Hong Kong" --cost {_COST} --stock 2',
        f"{milepost} redeem {member} 1 --most {_COST}",
        # Without a file it reads what the redemption left on chain, which the liability counts then.
        f"{milepost} settle",
        f"{milepost} liability",
        f"{milepost} statement {member}",
    ]


def _write_settings(anvil: AnvilChain, paths: LocalPaths) -> None:
    keys = KeyFiles(paths.folder)
    values = {
        "rpc_url": anvil.url,
        "database_url": f"sqlite:///{paths.folder / 'milepost.db'}",
        "deployment_file": paths.deployment,
        "partners": "partners",
        "relayer_key_file": keys.relayer,
        "enroller_key_file": keys.enroller,
        "support_key_file": keys.support,
        "approver_key_file": keys.approver,
        "governance_key_file": keys.governance,
        "custody_key_file": keys.custody,
        "keeper_key_file": keys.keeper,
        "reporter_keys_file": keys.reporters,
        "partner_secrets_file": keys.partner_secrets,
        "partner_keys_file": keys.partner_keys,
        "directory_key_file": keys.directory,
        "finality": "instant",
    }
    text = "".join(f"{setting_name(field)}={value}\n" for field, value in values.items())
    paths.settings.touch(mode=0o600)
    paths.settings.write_text(text, encoding="utf-8")


def _try(lines: list[str], console: Console) -> int:
    """Run what was printed, as printed; 1 if a line does not answer 0."""
    codes = []
    for line in lines:
        console.print(f"\n$ {line}", soft_wrap=True, style="bold", markup=False)
        sys.stdout.flush()
        codes.append(subprocess.run(shlex.split(line), check=False).returncode)
    if any(codes):
        console.print(f"\nA line failed: exit codes {codes}.", style="red")
    return int(any(codes))


if __name__ == "__main__":
    sys.exit(main())
