"""Deploys a programme with its partners and promotions: `ape run deploy`.

    ape run deploy --network http://127.0.0.1:8545 --account ALIAS --programme asia-miles-2020 …

It asks once, and for the account's password, then signs every step; afterwards the deployer holds no role.
What was deployed is written to `deployments/` unless `--output` names a file. docs/first-service.md goes on.
"""

import sys
from pathlib import Path

import click
from ape import networks
from ape.api import AccountAPI
from ape.cli import network_option
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from milepost.catalogue import load_partners, load_programme, load_promotions
from milepost.chain.contracts import CONTRACT_NAMES
from milepost.chain.deployment import deployment_steps
from milepost.chain.deployment_file import Deployment
from milepost.chain.deployment_plan import NOWHERE, TWO_DAYS_S, DeploymentPlan
from milepost.chain.deployment_run import DoneStep
from milepost.chain.roles import Role
from milepost.domain.errors import MilepostError
from scripts._deployer import DeployCommand, deploying_account, require_lasting, signing
from scripts._deployment import ROOT, deploy_through_ape

_HOLDER_ROLES = [role for role in Role if role is not Role.ADMIN]
_FILES = click.Path(exists=True, path_type=Path)


@click.command(cls=DeployCommand)
@network_option(default="ethereum:local:test")
@click.option("--programme", required=True, help="A programme's file, or the name of one in programmes/.")
@click.option(
    "--partners", multiple=True, required=True, type=_FILES, help="A partner's file or a folder; repeat."
)
@click.option(
    "--promotions",
    multiple=True,
    type=_FILES,
    help="A promotion's file or a folder, published in this order; repeat. Its notice must not be over.",
)
@click.option("--reporter", "reporters", multiple=True, required=True, help="Address of a reporter; repeat.")
@click.option("--quorum", required=True, type=int, help="Signatures that a report needs.")
@click.option(
    "--admin", required=True, help="Address that becomes admin, and holds every role without a holder."
)
@click.option(
    "--holder",
    "holders",
    multiple=True,
    type=(click.Choice([role.name.lower() for role in _HOLDER_ROLES]), str),
    metavar="ROLE ADDRESS",
    help=f"Who holds a role: {', '.join(role.name.lower() for role in _HOLDER_ROLES)}; repeat.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Deployment file to write; needed where ape starts the node itself.  [default: by network]",
)
@click.option(
    "--account", "alias", help="Alias of the deploying ape account; on a local network a test account."
)
@click.option("--yes", "is_agreed", is_flag=True, help="Do not ask before the first tx.")
@click.option(
    "--govern-delay", default=TWO_DAYS_S, show_default=True, help="Delay of the govern role, seconds."
)
@click.option(
    "--admin-delay", default=TWO_DAYS_S, show_default=True, help="Delay of the admin role, seconds."
)
@click.option("--payment-token", default=NOWHERE, help="ERC-20 that the shop takes.  [default: none]")
@click.option("--treasury", default=NOWHERE, help="Where the shop's payments go; needed with a token.")
def cli(
    programme: str,
    partners: tuple[Path, ...],
    promotions: tuple[Path, ...],
    reporters: tuple[str, ...],
    quorum: int,
    admin: str,
    holders: tuple[tuple[str, str], ...],
    output: Path | None,
    alias: str | None,
    is_agreed: bool,
    govern_delay: int,
    admin_delay: int,
    payment_token: str,
    treasury: str,
) -> None:
    """Deploy a programme; its deployer keeps no role."""
    console, provider = Console(stderr=True), networks.provider
    if output is None:
        require_lasting(provider)
    account = deploying_account(alias, provider)
    try:
        agreed = load_partners(partners)
        plan = DeploymentPlan(
            programme=load_programme(programme),
            partners=agreed,
            promotions=load_promotions(promotions, agreed),
            reporters=reporters,
            quorum=quorum,
            admin=admin,
            holders=_holders(holders),
            govern_delay_s=govern_delay,
            admin_delay_s=admin_delay,
            payment_token=payment_token,
            treasury=treasury,
        )
        steps = len(deployment_steps(plan, deployer=account.address))
        what = f"Deploy {plan.programme.title} to chain {provider.chain_id} in {steps} txs"
        with signing(account, what=what, is_agreed=is_agreed):
            deployment, path, done = _deploy(plan, account, console, steps=steps, path=output)
    except MilepostError as error:
        console.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        sys.exit(error.exit_code)
    console.print(_table(done))
    _print_summary(deployment, path, account.address, console)


def _deploy(
    plan: DeploymentPlan, account: AccountAPI, console: Console, *, steps: int, path: Path | None
) -> tuple[Deployment, Path, list[DoneStep]]:
    done: list[DoneStep] = []
    columns = (TextColumn("deploying"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=steps)

        def on_step(step: DoneStep) -> None:
            done.append(step)
            progress.update(task, advance=1, description=step.step.name)

        deployment, path = deploy_through_ape(plan, account, path=path, on_step=on_step)
    return deployment, path, done


def _holders(given: tuple[tuple[str, str], ...]) -> dict[Role, tuple[str, ...]]:
    holders: dict[Role, tuple[str, ...]] = {}
    for name, address in given:
        role = Role[name.upper()]
        holders[role] = (*holders.get(role, ()), address)
    return holders


def _table(done: list[DoneStep]) -> Table:
    table = Table(box=None)
    table.add_column("step", overflow="fold")
    table.add_column("what for", overflow="fold")
    table.add_column("gas", justify="right")
    for one in done:
        table.add_row(one.step.name, one.step.purpose, f"{one.mined.gas_used:,}")
    table.add_row("together", f"{len(done)} steps", f"{sum(one.mined.gas_used for one in done):,}")
    return table


def _print_summary(deployment: Deployment, path: Path, deployer: str, console: Console) -> None:
    shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    for name in CONTRACT_NAMES:
        console.print(f"{name:<16} {deployment.addresses.of(name)}", markup=False, highlight=False)
    console.print(
        f"Deployed {deployment.programme} on chain {deployment.chain_id}: {len(deployment.partners)} partners"
        f" and {len(deployment.promotions)} promotions. The deployer {deployer} holds no role.\n"
        f"Written to {shown}",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
