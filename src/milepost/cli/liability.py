"""`milepost liability`: miles outstanding, by month of expiry, by tier and by funding partner, and INV-1.

Settling comes before it; `liability_view.py` shows what was found, `liability_chart.py` draws it.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from milepost.cli.session import AsJson, session_of

if TYPE_CHECKING:
    from milepost.pipeline.state_liability import Differences

_FORMATS = (".png", ".svg")


def liability(
    context: typer.Context,
    at: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="BLOCK",
            help="Number of the block to state it at; the node must keep its state.  [default: the last"
            " block whose settlements the store has read]",
        ),
    ] = None,
    chart: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw a chart too, as .svg or .png.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """State the miles outstanding at a block, and check that none is missing (INV-1).

    By month of expiry, by tier and by funding partner (docs/liability.md says how miles are attributed), and
    what lapsed. Lots, balances and totals are read from the chain at that one block, purchases and
    adjustments from the store. It says where the chain is further: what happened there is not counted. Exit
    code 1 if anything does not add up, in sum or in any account: each difference is named.
    """
    from milepost.cli.liability_view import liability_document, show_liability
    from milepost.cli.output import answers, aside, complain, print_json
    from milepost.pipeline.state_liability import state_liability

    if chart is not None and chart.suffix.lower() not in _FORMATS:
        raise typer.BadParameter(f"{chart} is neither .svg nor .png.", param_hint="--chart")
    parts = session_of(context).parts()
    programme, deployment = parts.programme, parts.deployment
    found = state_liability(at, store=parts.store, ledger=parts.ledger_book)
    if chart is not None:
        from milepost.cli.liability_chart import draw_liability

        draw_liability(found, deployment, chart)
    if as_json:
        print_json(liability_document(found, programme, deployment))
    else:
        show_liability(found, programme, deployment, console=answers())
    if chart is not None:
        (aside() if as_json else answers()).print(f"The chart is written to {chart}.", soft_wrap=True)
    if found.differences.count:
        complain(_named(found.differences))
        raise typer.Exit(1)


def _named(differences: "Differences") -> str:
    more = differences.count - len(differences.sentences)
    rest = f" And {more} more." if more else ""
    return "Miles are not conserved (INV-1): " + " ".join(differences.sentences) + rest
