"""`milepost members`: enrols members, forgets one, gives one a new number, and merges two numbers of one.

An operator enrols before purchases come; settling then credits the members enrolled here.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from milepost.cli.session import AsJson, session_of

if TYPE_CHECKING:
    from milepost.pipeline.enrol_members import Enrolment
    from milepost.ports import MemberRow, Rejection

app = typer.Typer(no_args_is_help=True, help="Enrol members, forget one, replace a lost card, merge two.")


@app.command("import")
def import_(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="CSV with the columns member, tier, segments, enrolled_at; all but member may be empty.",
        ),
    ],
    restore: Annotated[
        bool,
        typer.Option(
            "--restore",
            help="The store was lost: give the numbers the ids they had. Lists as they were, in their order.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Enrol the members of a list, in its order; those enrolled before keep their place.

    Any number of new members takes one tx; a tier above the lowest, or segments (names of the segments
    file, or bits from 0 to 31, spaces between), take one more each. Times of enrolment go on chain 500 a tx,
    for promotions that count enrolled members alone; a row without one leaves it as it is. Numbers never go
    on chain: they stay in the member directory, encrypted. Exit code 1 if a row was refused; the others are
    enrolled.

    With --restore nothing goes on chain. The first rebuild of the store finds out if the order was another.
    """
    from milepost.cli.output import progress
    from milepost.pipeline.enrol_members import enrol_members, restore_members
    from milepost.ports import MemberRow

    parts = session_of(context).parts()
    read = list(parts.read_members(file))
    rows = [row for row in read if isinstance(row, MemberRow)]
    refused = [row for row in read if not isinstance(row, MemberRow)]
    if restore:
        enrolment = restore_members(rows, parts.members, ledger=parts.ledger)
    else:
        directory, ledger = parts.members, parts.enrolling_ledger
        with progress() as bar:
            task = bar.add_task("enrolling", total=len({row.number for row in rows}))
            enrolment = enrol_members(rows, directory, ledger=ledger, on_profile=lambda: bar.advance(task))
    _answer_import(rows, refused, enrolment, is_restored=restore, as_json=as_json)
    if refused:
        raise typer.Exit(1)


@app.command()
def forget(
    context: typer.Context,
    member: Annotated[str, typer.Argument(metavar="MEMBER", help="Membership number.")],
    as_json: AsJson = False,
) -> None:
    """Delete every number of the member who has this one, here and at its purchases.

    What was credited stays on chain under an id that leads to nobody from here any more, and no receipt of it
    is issued again; docs/members.md says what is left, and where. Exit code 1 if no member has the number.
    """
    from milepost.cli.output import answers, print_json
    from milepost.pipeline.make_statement import MemberUnknown

    if not session_of(context).parts().members.forget(member):
        raise MemberUnknown(member)
    if as_json:
        print_json({"member": member, "forgotten": True})
    else:
        answers().print(f"{member} is forgotten: its purchases and miles are nobody's by name.")
        answers().print("Copies of the database still hold the number: delete those too.")


@app.command()
def replace(
    context: typer.Context,
    old: Annotated[str, typer.Argument(metavar="OLD", help="Number of the lost card.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="Number of the new card.")],
    as_json: AsJson = False,
) -> None:
    """Give the member of a lost card a new number; miles and id stay.

    Exit code 2 if the old number is nobody's, or the new one is taken or cannot be one.
    """
    from milepost.cli.output import answers, print_json
    from milepost.feeds.member_rows import number_problem

    # As a list would be refused: no purchase could ever name it.
    if (problem := number_problem(new)) is not None:
        raise typer.BadParameter(problem, param_hint="NEW")
    member_id = session_of(context).parts().members.replace(old, new)
    if as_json:
        print_json({"old": old, "new": new, "member_id": member_id})
    else:
        answers().print(f"{new} is member {member_id} now, and {old} is nobody's.")


@app.command()
def merge(
    context: typer.Context,
    from_: Annotated[str, typer.Argument(metavar="FROM", help="Number whose account is closed.")],
    into: Annotated[str, typer.Argument(metavar="INTO", help="Number whose account goes on.")],
    as_json: AsJson = False,
) -> None:
    """Let two numbers of one person lead to one account, and propose to move the miles there.

    From the first run on, purchases with either number go to INTO's account. Its miles follow, each with its
    last day, once somebody else approves (`milepost adjustments approve`); tier, segments and progress in
    promotions stay behind. Run it again whenever it was cut short, or the proposal was not approved. Exit
    code 1 while purchases of FROM are under way: settle, then run it again.
    """
    from milepost.cli.adjustments_view import adjustment_words
    from milepost.cli.output import answers, print_json
    from milepost.domain.adjustment import AdjustmentState
    from milepost.pipeline.merge_members import Merging, merge_members
    from milepost.pipeline.write_statement import adjustment_document

    parts = session_of(context).parts()
    found = merge_members(from_, into, Merging(parts.members, parts.store, parts.support_desk))
    if as_json:
        print_json({"from": from_, "into": into, **adjustment_document(found)})
        return
    answers().print(f"{from_} and {into} lead to member {parts.members.heir_of(found.into)} now.")
    answers().print(adjustment_words(found))
    if found.state is AdjustmentState.PROPOSED:
        answers().print(f"Another person approves it: milepost adjustments approve {found.adjustment_id}")


@app.command()
def unmerge(
    context: typer.Context,
    member: Annotated[str, typer.Argument(metavar="MEMBER", help="Number whose account was to be closed.")],
    as_json: AsJson = False,
) -> None:
    """Undo a merge whose proposal was rejected, withdrawn or not approved in time.

    Purchases that were sealed meanwhile stay with the other account. Exit code 1 if the chain has moved the
    miles, or may still.
    """
    from milepost.cli.output import answers, print_json
    from milepost.pipeline.merge_members import Merging, unmerge_members

    parts = session_of(context).parts()
    account = unmerge_members(member, Merging(parts.members, parts.store, parts.desk))
    if as_json:
        print_json({"member": member, "member_id": account})
    else:
        answers().print(f"{member} leads to member {account} again, whose miles are where they were.")


def _answer_import(
    rows: "list[MemberRow]",
    refused: "list[Rejection]",
    enrolment: "Enrolment",
    *,
    is_restored: bool,
    as_json: bool,
) -> None:
    from milepost.cli.output import answers, counted, number, print_json, table

    new = sum(answer.is_new for answer in enrolment.answers)
    if as_json:
        print_json(_document(rows, refused, enrolment))
        return
    console = answers()
    done = "restored" if is_restored else "enrolled"
    written = "" if is_restored else f"; {counted(enrolment.profiles, 'profile')} written"
    console.print(
        f"{counted(new, 'member')} {done}, {number(len(rows) - new)} {done} before,"
        f" {number(len(refused))} refused{written}."
    )
    if enrolment.times:
        console.print(f"{counted(enrolment.times, 'time')} of enrolment written.")
    if enrolment.opened > new:
        console.print(
            f"{counted(enrolment.opened - new, 'account')} opened that an earlier import had left to do."
        )
    if refused:
        found = table(">line", "code", "why")
        for row in refused:
            found.add_row(number(row.line), row.code, row.sentence)
        console.print(found)


def _document(rows: "list[MemberRow]", refused: "list[Rejection]", enrolment: "Enrolment") -> dict[str, Any]:
    return {
        "enrolled": sum(answer.is_new for answer in enrolment.answers),
        "enrolled_before": sum(not answer.is_new for answer in enrolment.answers),
        "accounts_opened": enrolment.opened,
        "profiles_written": enrolment.profiles,
        "times_written": enrolment.times,
        "members": [
            {
                "member": row.number,
                "member_id": answer.member_id,
                "new": answer.is_new,
                "tier": answer.tier,
                "segments": answer.segments,
            }
            for row, answer in zip(rows, enrolment.answers, strict=True)
        ],
        "rejected": [{"line": row.line, "code": row.code, "sentence": row.sentence} for row in refused],
    }
