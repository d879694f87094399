"""`milepost partner`: what a partner owes and may issue, its invoice, and its own books beside the chain.

Settling comes before it. `partner_view.py` shows accounts, `partner_invoice.py` makes invoices.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from milepost.cli.governance import CallData, run_acts
from milepost.cli.session import AsJson, session_of

if TYPE_CHECKING:
    from milepost.bootstrap import Parts
    from milepost.domain.partner import Partner
    from milepost.domain.quantities import PartnerId
    from milepost.pipeline.state_partner import PartnerStatement

app = typer.Typer(
    no_args_is_help=True,
    help="Accounts of partners: invoice, ledger, status, funding, and their own books beside the chain.",
)

Code = Annotated[str, typer.Argument(metavar="PARTNER", help="The partner's code.", show_default=False)]
MOST_MILES = (1 << 48) - 2
"""Most miles that the registry's field can say."""
MilesGiven = Annotated[int, typer.Argument(metavar="MILES", min=0, max=MOST_MILES, show_default=False)]
FORMATS = ("csv", "html")


@app.command("invoice")
def invoice(
    context: typer.Context,
    partner: Code,
    month: Annotated[
        str, typer.Option(metavar="YYYY-MM", help="Month by the programme's clock.", show_default=False)
    ],
    form: Annotated[
        str | None,
        typer.Option("--format", help="csv or html.  [default: by the name of --output, else a table]"),
    ] = None,
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it here.")] = None,
    as_json: AsJson = False,
) -> None:
    """State what a partner has to pay for a month, from the chain alone.

    Opening, miles issued by base and by promotion, taken back, put into joint promotions, closing, and the
    amount due: exact decimals, rounded once. The months follow each other to what the registry holds now, or
    nothing is stated. A month that is not over is called provisional.
    """
    from milepost.cli.output import answers, print_json, write_answer_file
    from milepost.cli.partner_invoice import invoice_csv, make_invoice
    from milepost.cli.partner_page import invoice_html
    from milepost.cli.partner_view import invoice_document, show_invoice

    written = _format_of(form, output)
    asked = parse_month(month)
    parts = session_of(context).parts()
    agreed, partner_id = find_partner(parts, partner)
    made = make_invoice(_stated(parts, partner_id), agreed, asked, parts.deployment)
    text = {"csv": invoice_csv, "html": invoice_html}[written](made) if written else None
    if output is not None and text is not None:
        write_answer_file(output, text)
    if as_json:
        print_json(invoice_document(made))
    elif text is None:
        show_invoice(made, console=answers())
    elif output is None:
        typer.echo(text, nl=False)
    else:
        answers().print(f"Invoice {made.number} is written to {output}.", soft_wrap=True)


@app.command("ledger")
def ledger(
    context: typer.Context,
    partner: Code,
    form: Annotated[str | None, typer.Option("--format", help="csv.  [default: a table]")] = None,
    as_json: AsJson = False,
) -> None:
    """List every month of a partner's account: opening, issued, reversed, funded, pots, closing.

    All from the chain; the last closing is what the registry holds, to the mile, or exit code 1.
    """
    from milepost.cli.output import answers, print_json
    from milepost.cli.partner_view import ledger_csv, ledger_document, show_ledger

    if form not in (None, "csv"):
        raise typer.BadParameter(f"{form!r} is no format of a ledger: csv, or none.", param_hint="--format")
    parts = session_of(context).parts()
    agreed, partner_id = find_partner(parts, partner)
    found = _stated(parts, partner_id)
    if as_json:
        print_json(ledger_document(found, agreed, parts.deployment))
    elif form == "csv":
        typer.echo(ledger_csv(found, agreed), nl=False)
    else:
        show_ledger(found, agreed, console=answers())


@app.command("status")
def status(
    context: typer.Context,
    partner: Annotated[
        str | None, typer.Argument(metavar="[PARTNER]", help="One partner; else all that are deployed.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what partners may still issue, the alert, and when they run out at the pace of 30 days.

    Exit code 1 if a partner is below its alert.
    """
    from milepost.cli.output import answers, print_json
    from milepost.cli.partner_view import show_status, status_document

    parts = session_of(context).parts()
    asked = [partner] if partner is not None else sorted(parts.deployment.partners)
    found = [(agreed, _stated(parts, one)) for agreed, one in _partners(parts, asked)]
    if as_json:
        print_json(status_document(found))
    else:
        show_status(found, console=answers())
    if any(statement.is_low for _, statement in found):
        raise typer.Exit(1)


@app.command("fund")
def fund(
    context: typer.Context,
    partner: Code,
    miles: Annotated[int, typer.Argument(metavar="MILES", min=1, max=MOST_MILES, show_default=False)],
    calldata: CallData = False,
) -> None:
    """Let a partner issue so many miles more: a prepaid pack, or a higher postpaid limit. At once.

    Needs the key of a holder of REGISTER_ROLE. A partner without a limit is refused.
    """
    from milepost.chain.partner_acts import funding_partner

    parts = session_of(context).parts()
    _, partner_id = find_partner(parts, partner)
    run_acts(
        context,
        lambda at: funding_partner(at, partner_id, miles),
        execute=True,
        calldata=calldata,
        parts=parts,
    )


@app.command("alert")
def alert(context: typer.Context, partner: Code, miles: MilesGiven, calldata: CallData = False) -> None:
    """Have `PartnerLow` told once a report leaves a partner less than so many miles; 0 for never. At once.

    Needs the key of a holder of REGISTER_ROLE.
    """
    from milepost.chain.partner_acts import setting_alert

    parts = session_of(context).parts()
    _, partner_id = find_partner(parts, partner)
    run_acts(
        context, lambda at: setting_alert(at, partner_id, miles), execute=True, calldata=calldata, parts=parts
    )


def _stated(parts: "Parts", partner_id: "PartnerId") -> "PartnerStatement":
    from milepost.pipeline.state_partner import state_partner

    return state_partner(
        partner_id, book=parts.partner_book, utc_offset_minutes=parts.deployment.utc_offset_minutes
    )


def find_partner(parts: "Parts", code: str) -> "tuple[Partner, PartnerId]":
    """A partner's agreement and its id. Raises: SettingsRefused."""
    (found,) = _partners(parts, [code])
    return found


def _partners(parts: "Parts", codes: Iterable[str]) -> "list[tuple[Partner, PartnerId]]":
    """Raises: SettingsRefused for a code that is not deployed, or has no agreement."""
    from milepost.config import SettingsRefused
    from milepost.domain.quantities import PartnerCode

    agreed = {one.code: one for one in parts.partners}
    deployed = parts.deployment.partners
    found = []
    for code in map(PartnerCode, codes):
        if code not in deployed:
            known = ", ".join(sorted(deployed))
            raise SettingsRefused(f"{code!r} is no partner of this deployment, which has {known}.")
        if code not in agreed:
            raise SettingsRefused(f"{code!r} is deployed and has no agreement in the partners' folder.")
        found.append((agreed[code], deployed[code]))
    return found


def _format_of(form: str | None, output: Path | None) -> str | None:
    if form is None and output is not None:
        form = output.suffix.lower().removeprefix(".")
    if form is not None and form not in FORMATS:
        raise typer.BadParameter(f"{form!r} is no format of an invoice: csv or html.", param_hint="--format")
    return form


def parse_month(given: str) -> tuple[int, int]:
    """Year and month of `2018-05`. Raises: typer.BadParameter."""
    year, _, number = given.partition("-")
    if not (len(year) == 4 and len(number) == 2 and (year + number).isdigit() and 1 <= int(number) <= 12):
        raise typer.BadParameter(f"{given!r} is no month: write it as 2018-05.", param_hint="--month")
    return int(year), int(number)
