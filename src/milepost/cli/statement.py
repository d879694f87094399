"""`milepost statement`: a member's miles, every lot, and the purchases and adjustments they come from.

Settling comes before it; what it shows of the chain and of the store must agree, or it says so.
"""

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from milepost.cli.session import AsJson, session_of

if TYPE_CHECKING:
    from milepost.bootstrap import Parts
    from milepost.pipeline.explain_coming import Coming
    from milepost.pipeline.make_statement import Statement

_STANDARD_OUTPUT = "-"


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
    calendar: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Write the coming last valid days as an iCalendar file; - writes it to standard output and"
            " nothing else.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what a member has: lots with every coming date and why, purchases, adjustments, base, bonus.

    Balance and lots are read from the chain at the instant, purchases and adjustments from the store. Of a
    member with merged numbers all accounts are shown. Exit code 1 if they do not add up to the same, or if no
    member has the number.
    """
    from milepost.bootstrap.statements import names_of, state_member
    from milepost.cli.output import answers, aside, complain, counted, print_json
    from milepost.cli.statement_view import show_statement
    from milepost.pipeline.write_statement import statement_document

    if calendar == _STANDARD_OUTPUT and as_json:
        raise typer.BadParameter("- and --json both want standard output.", param_hint="--calendar")
    parts = session_of(context).parts()
    found, coming = state_member(member, None if at is None else _instant(at), parts)
    days = 0 if calendar is None else _write_calendar(calendar, found, coming, parts)
    if as_json:
        print_json(statement_document(member, found, coming, names_of(parts.deployment)))
    elif calendar != _STANDARD_OUTPUT:
        show_statement(member, found, coming, parts.deployment, console=answers())
    if calendar is not None:
        where = "standard output" if calendar == _STANDARD_OUTPUT else calendar
        is_aside = as_json or calendar == _STANDARD_OUTPUT
        (aside() if is_aside else answers()).print(
            f"{counted(days, 'day')} written to {where}.", soft_wrap=True
        )
    if differences := (*found.differences, *coming.differences):
        complain("Chain and store do not add up to the same: " + " ".join(differences))
        raise typer.Exit(1)


def _write_calendar(calendar: str, found: "Statement", coming: "Coming", parts: "Parts") -> int:
    """Write the coming days; how many there are."""
    from milepost.cli.statement_calendar import coming_calendar

    content = coming_calendar(
        coming,
        programme=parts.programme,
        made_at_s=found.at_s,
        # Keyed and one a member and day: an event that is imported again replaces itself, and names nobody.
        uid_of=lambda last_day: parts.members.case_hash_of(found.member_id, f"calendar {last_day}").hex()[
            :32
        ],
    )
    days = content.count(b"BEGIN:VEVENT")
    if calendar == _STANDARD_OUTPUT:
        sys.stdout.buffer.write(content)
        return days
    try:
        Path(calendar).write_bytes(content)
    except OSError as error:
        raise typer.BadParameter(
            f"{calendar} cannot be written: {error.strerror}.", param_hint="--calendar"
        ) from None
    return days


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
