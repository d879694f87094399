"""`milepost statement`: a member's miles, every lot, and the purchases and adjustments they come from.

Settling comes before it; what it shows of the chain and of the store must agree, or it says so.
"""

from datetime import datetime
from typing import Annotated

import typer

from milepost.cli.session import AsJson, session_of


def statement(
    context: typer.Context,
    member: Annotated[str, typer.Argument(metavar="MEMBER", help="Membership number.")],
    at: Annotated[
        str | None,
        typer.Option(
            metavar="INSTANT",
            help="Time with offset, as 2021-05-01T00:00:00+08:00.  [default: now by the chain's clock]",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what a member has: lots with their last days, purchases, base, bonus, adjustments, and why.

    Balance and lots are read from the chain at the instant, purchases and adjustments from the store. Of a
    member with merged numbers all accounts are shown. Exit code 1 if they do not add up to the same, or if no
    member has the number.
    """
    from milepost.cli.output import answers, complain, print_json
    from milepost.cli.statement_view import show_statement, statement_document
    from milepost.pipeline.make_statement import make_statement

    at_s = None if at is None else _instant(at)
    parts = session_of(context).parts()
    directory, ledger, chain = parts.members, parts.ledger, parts.reading_chain
    found = make_statement(
        member,
        chain.pending_time() if at_s is None else at_s,
        store=parts.store,
        chain=chain,
        directory=directory,
        ledger=ledger,
    )
    if as_json:
        print_json(statement_document(member, found, parts.deployment))
    else:
        show_statement(member, found, parts.deployment, console=answers())
    if found.differences:
        complain("Chain and store do not add up to the same: " + " ".join(found.differences))
        raise typer.Exit(1)


def _instant(text: str) -> int:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or found.timestamp() < 0:
        raise typer.BadParameter(
            f"{text!r} is no time with offset: write 2021-05-01T00:00:00+08:00.", param_hint="--at"
        )
    return int(found.timestamp())
