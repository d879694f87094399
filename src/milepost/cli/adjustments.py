"""`milepost adjustments`: miles credited or taken back by hand, by two people.

Support proposes with one key, an approver decides with another; the member is given a receipt.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from milepost.cli.session import AsJson, session_of

if TYPE_CHECKING:
    from milepost.bootstrap import Parts
    from milepost.domain.adjustment import Adjustment, AdjustmentReason
    from milepost.domain.quantities import AdjustmentId

app = typer.Typer(no_args_is_help=True, help="Credit miles by hand or take them back, by two people.")

MOST_ID = 2**63 - 1
"""Largest number that a store keeps; the desk never gets there."""
Number = Annotated[int, typer.Argument(metavar="ID", min=1, max=MOST_ID, help="Number of the adjustment.")]
MOST_LISTED = 50
"""Adjustments listed unless told otherwise."""


@app.command()
def propose(
    context: typer.Context,
    member: Annotated[str, typer.Argument(metavar="MEMBER", help="Membership number.")],
    reason: Annotated[
        str,
        typer.Option(
            metavar="REASON",
            help="goodwill, missing-purchase, double-purchase, partner-error, promotion-error, fraud or"
            " same-person.",
        ),
    ],
    credit: Annotated[int | None, typer.Option(metavar="MILES", help="Miles to credit.")] = None,
    debit: Annotated[int | None, typer.Option(metavar="MILES", help="Miles to take back.")] = None,
    case: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="Case it belongs to; a keyed hash of it goes on chain, no more."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Propose to credit miles to a member, or to take some back; nothing moves until somebody else approves.

    A credit lasts from the day on which it is approved; a debit takes what lapses soonest. The case is kept
    nowhere: who has its text and the directory's key can show that it belongs to the adjustment (`show
    --case`). Exit code 2 for miles or reasons that cannot be, 1 if just this waits already.
    """
    from milepost.domain.adjustment import AdjustmentKind
    from milepost.pipeline.adjust_miles import Wish, propose_adjustment

    if (credit is None) == (debit is None):
        raise typer.BadParameter("Name either --credit or --debit.", param_hint="--credit / --debit")
    wish = Wish(
        kind=AdjustmentKind.DEBIT if credit is None else AdjustmentKind.CREDIT,
        miles=debit or 0 if credit is None else credit,
        reason=_reason(reason),
        case=case,
    )
    parts = session_of(context).parts()
    directory, desk = parts.members, parts.support_desk
    _answer(propose_adjustment(member, wish, directory=directory, desk=desk), as_json=as_json)


@app.command()
def approve(context: typer.Context, number: Number, as_json: AsJson = False) -> None:
    """Apply what somebody else proposed.

    Exit code 4 for one's own proposal or without the role, 1 if a merge would strand purchases under way.
    """
    from milepost.pipeline.adjust_miles import approve_adjustment

    parts = session_of(context).parts()
    directory, store, desk = parts.members, parts.store, parts.approver_desk
    _answer(approve_adjustment(_id(number), directory=directory, store=store, desk=desk), as_json=as_json)


@app.command()
def reject(context: typer.Context, number: Number, as_json: AsJson = False) -> None:
    """End a proposal without applying it, as an approver."""
    parts = session_of(context).parts()
    parts.approver_desk.reject(_id(number))
    _answer(_found(number, parts), as_json=as_json)


@app.command()
def withdraw(context: typer.Context, number: Number, as_json: AsJson = False) -> None:
    """End one's own proposal, as support."""
    parts = session_of(context).parts()
    parts.support_desk.withdraw(_id(number))
    _answer(_found(number, parts), as_json=as_json)


@app.command("list")
def list_(
    context: typer.Context,
    waiting: Annotated[
        bool, typer.Option("--waiting", help="Only those that may still be approved.")
    ] = False,
    most: Annotated[int, typer.Option(min=1, max=MOST_ID, help="How many at most.")] = MOST_LISTED,
    as_json: AsJson = False,
) -> None:
    """List adjustments, the newest first."""
    from itertools import islice

    from milepost.cli.adjustments_view import adjustments_table
    from milepost.cli.output import answers, print_json
    from milepost.pipeline.adjust_miles import all_adjustments, waiting_adjustments
    from milepost.pipeline.write_statement import adjustment_document

    desk = session_of(context).parts().desk
    found = list(islice(waiting_adjustments(desk) if waiting else all_adjustments(desk), most))
    if as_json:
        print_json({"adjustments": [adjustment_document(one) for one in found]})
    elif found:
        answers().print(adjustments_table(found))
    else:
        answers().print("No adjustment waits." if waiting else "There is no adjustment.")


@app.command()
def show(
    context: typer.Context,
    number: Number,
    case: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Say whether the adjustment belongs to this case.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what the desk keeps of an adjustment. With --case, exit code 1 if it is of another case."""
    from milepost.cli.adjustments_view import adjustment_words
    from milepost.cli.output import answers, print_json
    from milepost.pipeline.write_statement import adjustment_document

    parts = session_of(context).parts()
    found = _found(number, parts)
    is_of_case = None
    if case is not None:
        is_of_case = parts.members.case_hash_of(found.member, case) == found.case_hash
    if as_json:
        print_json(adjustment_document(found) | ({} if case is None else {"is_of_case": is_of_case}))
    else:
        answers().print(adjustment_words(found))
        if case is not None:
            answers().print("It is of this case." if is_of_case else "It is not of this case.")
    if is_of_case is False:
        raise typer.Exit(1)


@app.command()
def receipt(
    context: typer.Context,
    number: Number,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the receipt, as JSON, to this file too.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Issue the member's receipt of an adjustment that is applied and final.

    `milepost receipt verify` checks it against any node of the chain; it holds no membership number. Exit
    code 1 if there is none.
    """
    from milepost.cli.adjustments_view import adjustment_words
    from milepost.cli.output import answers, write_answer_file
    from milepost.codec.adjustment_receipt_file import write_adjustment_receipt_text
    from milepost.pipeline.issue_adjustment_receipt import issue_adjustment_receipt

    parts = session_of(context).parts()
    reader = parts.reader
    found = issue_adjustment_receipt(
        _id(number), store=parts.store, chain=reader.chain, directory=parts.members
    )
    text = write_adjustment_receipt_text(found)
    if out is not None:
        write_answer_file(out, text)
    if as_json:
        typer.echo(text, nl=False)
    else:
        answers().print(adjustment_words(found.adjustment))
        answers().print(f"Kept by AdjustmentDesk {found.desk} on chain {found.chain_id}.")


def _id(number: int) -> "AdjustmentId":
    from milepost.domain.quantities import AdjustmentId

    return AdjustmentId(number)


def _found(number: int, parts: "Parts") -> "Adjustment":
    from milepost.pipeline.adjust_miles import require_adjustment

    return require_adjustment(_id(number), parts.desk)


def _reason(text: str) -> "AdjustmentReason":
    from milepost.domain.adjustment import AdjustmentReason

    reasons = {reason.code.replace("_", "-"): reason for reason in AdjustmentReason}
    if text not in reasons:
        raise typer.BadParameter(f"{text!r} is none of {', '.join(reasons)}.", param_hint="--reason")
    return reasons[text]


def _answer(found: "Adjustment", *, as_json: bool) -> None:
    from milepost.cli.adjustments_view import adjustment_words
    from milepost.cli.output import answers, print_json
    from milepost.domain.adjustment import AdjustmentKind, AdjustmentState
    from milepost.pipeline.write_statement import adjustment_document

    if as_json:
        print_json(adjustment_document(found))
        return
    answers().print(adjustment_words(found))
    if found.state is AdjustmentState.PROPOSED:
        answers().print(f"Another person approves it: milepost adjustments approve {found.adjustment_id}")
    elif found.kind is AdjustmentKind.MERGE and found.state is not AdjustmentState.APPLIED:
        answers().print(
            "The numbers lead to one account still: propose again by milepost members merge, or part them by"
            " milepost members unmerge."
        )
