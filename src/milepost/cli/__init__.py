"""The `milepost` command: what an operator, a partner or a member types.

It calls what `bootstrap` has put together; nothing calls it. Commands import what they need when they run,
so that help and mistyped words are answered at once.
"""

import os
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from milepost.cli.adjustments import app as adjustments_app
from milepost.cli.doctor import doctor
from milepost.cli.expiry import expiry
from milepost.cli.feed import feed
from milepost.cli.governance import app as governance_app
from milepost.cli.governance_rules import announce_act, announce_rule
from milepost.cli.liability import liability
from milepost.cli.members import app as members_app
from milepost.cli.partner import app as partner_app
from milepost.cli.partner_pots import contribute, release
from milepost.cli.partner_reconcile import reconcile
from milepost.cli.partners import app as partners_app
from milepost.cli.promotions import app as promotions_app
from milepost.cli.receipt import app as receipt_app
from milepost.cli.redemption import orders_app, redeem, rewards_app
from milepost.cli.reporter import reporter
from milepost.cli.reports import app as reports_app
from milepost.cli.segments import app as segments_app
from milepost.cli.serve import serve
from milepost.cli.session import Session
from milepost.cli.settle import settle
from milepost.cli.statement import statement
from milepost.cli.store import app as store_app
from milepost.cli.txs import app as txs_app
from milepost.cli.up import up
from milepost.cli.webhooks import app as webhooks_app
from milepost.cli.worker import worker
from milepost.domain.errors import MilepostError
from milepost.fail_point import VARIABLE, arm

__all__ = ["app"]


class _Answering(TyperGroup):
    """Turns every error of ours into its sentence on standard error and its exit code."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except MilepostError as error:
            from milepost.cli.output import complain

            complain(str(error))
            raise typer.Exit(error.exit_code) from error


app = typer.Typer(
    name="milepost",
    cls=_Answering,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    # Tracebacks go into reports of bugs, and variables may hold what nobody else should see.
    pretty_exceptions_show_locals=False,
)
app.add_typer(members_app, name="members")
app.add_typer(adjustments_app, name="adjustments")
app.command("settle")(settle)
app.command("worker")(worker)
app.command("feed")(feed)
app.add_typer(reports_app, name="reports")
app.add_typer(txs_app, name="txs")
app.command("reporter")(reporter)
app.command("serve")(serve)
app.command("up")(up)
app.add_typer(receipt_app, name="receipt")
app.command("doctor")(doctor)
app.command("statement")(statement)
app.command("expiry")(expiry)
app.command("liability")(liability)
app.add_typer(rewards_app, name="rewards")
app.command("redeem")(redeem)
app.add_typer(orders_app, name="orders")
app.add_typer(promotions_app, name="promotions")
app.add_typer(segments_app, name="segments")
app.add_typer(partner_app, name="partner")
app.add_typer(partners_app, name="partners")
partner_app.command("reconcile")(reconcile)
partner_app.command("contribute")(contribute)
partner_app.command("release")(release)
app.add_typer(store_app, name="store")
app.add_typer(webhooks_app, name="webhooks")
app.add_typer(governance_app, name="governance")
governance_app.command("announce-rule")(announce_rule)
governance_app.command("announce-act")(announce_act)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(version("milepost"))
        raise typer.Exit


@app.callback()
def milepost(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Settings as lines MILEPOST_NAME=VALUE; the environment goes before them."
        ),
    ] = None,
    asked_for_version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop."),
    ] = False,
) -> None:
    """Operate Milepost, the on-chain rewards platform.

    Settings come from variables MILEPOST_… (docs/configuration.md); without any, from what `make local` runs.
    Exit codes: 0 done or true, 1 the answer is no, 2 wrong use or a file refused, 3 node, chain or contracts
    not as configured, 4 not allowed or no gas money.
    """
    if (point := arm(os.environ.get(VARIABLE))) is not None:
        from milepost.cli.output import warn

        warn(f"{VARIABLE} is set: this process ends itself at {point.label}. Unset it outside of tests.")
    context.obj = Session(config)
