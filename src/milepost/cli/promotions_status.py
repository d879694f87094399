"""`milepost promotions status`: how published promotions stand, and whether files at hand are the same.

Publishing and settling come before it; all but the files is read from the chain.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from milepost.cli.promotions_files import FilesOption
from milepost.cli.session import AsJson, session_of

if TYPE_CHECKING:
    from milepost.bootstrap import Parts
    from milepost.chain.promotion_status import PromotionStatus
    from milepost.domain.promotion import Promotion

_USUAL_FOLDER = Path("promotions")


def status(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="One promotion.  [default: all]")] = None,
    promotions: Annotated[
        list[Path] | None,
        FilesOption("Files to compare with what was published.  [default: promotions, if it is here]"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show window, budget, members reached, and the day on which the budget will be used up.

    That forecast goes on at the mean of the last seven days of grants, or of those since it opened. A file
    is the same as published if the hash of its text and every term are. Exit code 1 if a file given is
    another.
    """
    from milepost.chain.promotion_book import NodePromotionBook
    from milepost.chain.promotion_status import FileMatch, read_promotion_status
    from milepost.cli.output import answers, complain, print_json

    parts = session_of(context).parts()
    files = _files(parts, promotions)
    book = NodePromotionBook(parts.governance.node, parts.deployment)
    found = read_promotion_status(parts.governance, book, files, tiers=parts.programme.tiers)
    if name is not None:
        found = [_named(name, found)]
    if as_json:
        print_json({"promotions": [_document(one) for one in found]})
    else:
        _show(found, answers())
    others = [one for one in found if one.file_match in (FileMatch.OTHER_TEXT, FileMatch.OTHER_TERMS)]
    for one in others:
        complain(
            f"The file of {one.name} has {one.file_match} than what was published: the published one counts."
        )
    if others:
        raise typer.Exit(1)


def _files(parts: "Parts", given: list[Path] | None) -> "dict[str, Promotion]":
    """Promotions at hand by name. The usual folder is a convenience: what is wrong with it is a warning."""
    from milepost.catalogue import CatalogueError
    from milepost.cli.output import warn

    if given is not None:
        return _by_name(parts, given)
    if not _USUAL_FOLDER.is_dir():
        return {}
    try:
        return _by_name(parts, [_USUAL_FOLDER])
    except CatalogueError as error:
        warn(f"The files in {_USUAL_FOLDER} are refused, so nothing is compared: {error.problems[0]}")
        return {}


def _by_name(parts: "Parts", files: list[Path]) -> "dict[str, Promotion]":
    from milepost.catalogue import load_promotions

    found = load_promotions(files, parts.partners, segments=parts.segments, tiers=parts.programme.tiers)
    return {one.name: one for one in found}


def _named(name: str, found: "list[PromotionStatus]") -> "PromotionStatus":
    from milepost.catalogue.model import nearest
    from milepost.config import SettingsRefused

    by_name = {one.name: one for one in found if one.name is not None}
    if name not in by_name:
        raise SettingsRefused(f"There is no published promotion {name!r}; {nearest(name, by_name)}")
    return by_name[name]


def _document(one: "PromotionStatus") -> dict[str, Any]:
    from milepost.domain.calendar import date_of, shown_instant

    budget = one.budget
    return {
        "promotion": one.name,
        "id": one.promotion_id,
        "state": one.stage,
        "from": date_of(one.window.first_day).isoformat(),
        "until": date_of(one.window.last_day).isoformat(),
        "stops_at": None if budget.stop_at is None else shown_instant(budget.stop_at),
        "terms_hash": f"0x{one.terms_hash.hex()}",
        "file": one.file_match,
        "budget": budget.budget,
        "granted": budget.granted,
        "budget_left": budget.left,
        "awards": budget.awards,
        "members": one.members,
        "runs_out_on": None if one.runs_out_on is None else one.runs_out_on.isoformat(),
    }


def _show(found: "list[PromotionStatus]", console: Any) -> None:
    from milepost.chain.promotion_status import Stage
    from milepost.cli.output import counted, number, table
    from milepost.domain.calendar import date_of, shown_instant

    if not found:
        console.print("Nothing is published.")
        return
    shown = table(
        "promotion", ">id", "state", "from", "until",
        ">members", ">awards", ">granted", ">of", "runs out", "file",
        title=f"{counted(len(found), 'promotion')} published",
    )  # fmt: skip
    for one in found:
        budget = one.budget
        state = str(one.stage)
        if budget.stop_at is not None:
            stops = "" if one.stage is Stage.STOPPED else ", stops"
            state = f"{state}{stops} at {shown_instant(budget.stop_at)}"
        shown.add_row(
            one.name or "(not in the deployment file)",
            str(one.promotion_id),
            state,
            date_of(one.window.first_day).isoformat(),
            date_of(one.window.last_day).isoformat(),
            number(one.members),
            number(budget.awards),
            number(budget.granted),
            "no budget" if budget.budget is None else number(budget.budget),
            _run_out(one),
            str(one.file_match),
        )
    console.print(shown)


def _run_out(one: "PromotionStatus") -> str:
    if one.budget.left == 0:
        return "used up"
    if one.runs_out_on is not None:
        return one.runs_out_on.isoformat()
    return "" if one.budget.left is None or not one.budget.granted else "not before it ends"
