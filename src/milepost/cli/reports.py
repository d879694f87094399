"""`milepost reports`: what reporters disagreed about, for the people who compare their copies.

Signing keeps both contents of a disagreement, at the proposer and at the reporter. Source: docs/reporters.md
"""

from typing import TYPE_CHECKING, Any

import typer

from milepost.cli.session import AsJson, session_of

if TYPE_CHECKING:
    from milepost.pipeline.compare_reports import Difference
    from milepost.ports import Disagreement

app = typer.Typer(no_args_is_help=True, help="Look at what reporters disagreed about.")


@app.callback()
def reports() -> None:
    """Look at what reporters disagreed about."""


@app.command()
def disagreements(context: typer.Context, as_json: AsJson = False) -> None:
    """List the reports that a reporter's own copy gives otherwise, and where the two contents differ.

    It reads this store alone: the proposer's and that reporter's have both contents. Exit code 1 if there is
    any.
    """
    from milepost.cli.output import answers, print_json
    from milepost.pipeline.compare_reports import differences

    with session_of(context).parts().store.unit_of_work() as work:
        kept = work.journal.disagreements()
    found = [(one, differences(one.proposed, one.own)) for one in kept]
    if as_json:
        print_json({"disagreements": [_document(one, differing) for one, differing in found]})
    elif not found:
        answers().print("No reporter disagreed.")
    else:
        _show(found)
    if found:
        raise typer.Exit(1)


def _document(one: "Disagreement", differing: "list[Difference]") -> dict[str, Any]:
    from milepost.codec.digest import content_hash

    return {
        "reporter": one.reporter,
        "lane": one.lane,
        "sequence": one.sequence,
        "noticed_at": one.noticed_at,
        "proposed_hash": f"0x{content_hash(one.proposed).hex()}",
        "own_hash": f"0x{content_hash(one.own).hex()}",
        "proposed_report": f"0x{one.proposed.hex()}",
        "own_report": f"0x{one.own.hex()}",
        "differences": [
            {"position": at.position, "partner_id": at.partner_id, "number": at.number, "what": list(at.what)}
            for at in differing
        ],
    }


def _show(found: "list[tuple[Disagreement, list[Difference]]]") -> None:
    from milepost.cli.output import answers, table
    from milepost.codec.digest import content_hash

    for one, differing in found:
        answers().print(
            f"Report {one.sequence} of lane {one.lane}: proposed {content_hash(one.proposed).hex()}, and"
            f" {one.reporter} has {content_hash(one.own).hex()}.",
            soft_wrap=True,
        )
        rows = table(">entry", ">partner", ">number", "what differs")
        for at in differing:
            rows.add_row(str(at.position), str(at.partner_id), str(at.number), ", ".join(at.what))
        answers().print(rows)
