"""`milepost promotions`: judges promotion files, tries them on past purchases, publishes and watches them.

A programme manager writes the files; what is valid and was tried is published, by deploying or here.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from milepost.cli.promotions_files import TakesFiles
from milepost.cli.promotions_publishing import publish, stop, top_up
from milepost.cli.promotions_simulation import simulate
from milepost.cli.promotions_status import status
from milepost.cli.session import AsJson

if TYPE_CHECKING:
    from milepost.domain.promotion import Promotion

app = typer.Typer(
    no_args_is_help=True,
    help="Judge promotion files, try them on past purchases, publish them, and see how they stand.\n\n"
    "What is published, stopped or topped up goes out from the key that MILEPOST_GOVERNANCE_KEY_FILE names.",
)


@app.command()
def validate(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Promotion files, or folders of them.")],
    partners: Annotated[
        list[Path] | None,
        typer.Option(help="Partner file or folder, repeated as needed.  [default: partners]"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check promotions against the format, their partners and one another.

    A file that is refused gets every problem with file, line, key and reason, and exit code 2. Nothing is
    asked of a node.
    """
    from milepost.catalogue import CatalogueError, load_partners, load_promotions
    from milepost.cli.output import print_json

    try:
        found = load_promotions(files, load_partners(partners or [Path("partners")]))
    except CatalogueError as error:
        if as_json:
            problems = [
                {"file": one.file, "line": one.line or None, "key": one.key or None, "reason": one.reason}
                for one in error.problems
            ]
            print_json({"valid": False, "promotions": [], "problems": problems})
        raise
    if as_json:
        print_json({"valid": True, "promotions": [_document(one) for one in found], "problems": []})
    else:
        _show(found)


def _document(promotion: "Promotion") -> dict[str, Any]:
    return {
        "promotion": promotion.name,
        "title": promotion.title,
        "partners": list(promotion.partners),
        "from": promotion.window.from_day.isoformat(),
        "until": promotion.window.until_day.isoformat(),
        "reward": _reward(promotion),
        "per_member": promotion.limits.per_member,
        "budget": promotion.limits.budget,
        "group": promotion.stacking.group,
    }


def _show(promotions: "tuple[Promotion, ...]") -> None:
    from milepost.cli.output import answers, counted, table

    console = answers()
    console.print(f"{counted(len(promotions), 'promotion')} valid.")
    found = table("promotion", "partners", "from", "until", "reward", "limits", "group")
    for one in promotions:
        found.add_row(
            one.name,
            ", ".join(one.partners),
            one.window.from_day.isoformat(),
            one.window.until_day.isoformat(),
            _reward(one),
            _limits(one),
            one.stacking.group or "",
        )
    console.print(found)


def _reward(promotion: "Promotion") -> str:
    from milepost.cli.output import counted
    from milepost.domain import promotion as rewards

    match promotion.reward:
        case rewards.Multiple(bps):
            return _times(bps)
        case rewards.Fixed(miles):
            return counted(miles, "mile")
        case rewards.PerStep(_, miles):
            return f"{counted(miles, 'mile')} a step"
        case rewards.Bands(rows):
            return f"up to {counted(rows[-1].miles, 'mile')} by the bill"
        case rewards.WindowSpend(rows):
            return f"up to {counted(rows[-1].miles, 'mile')} by spend"
        case rewards.WindowOutlets(rows):
            return f"up to {counted(rows[-1].miles, 'mile')} by outlets"
        case rewards.Visit() as visit:
            paid = counted(visit.miles, "mile") if visit.miles else _times(visit.multiple_bps or 0)
            when = [
                f"every {visit.every}" if visit.every else "",
                f"from {visit.from_visit}" if visit.from_visit else "",
            ]
            return f"{paid} for visits {' '.join(filter(None, when))}"


def _times(bps: int) -> str:
    whole, part = divmod(bps, 10_000)
    decimals = f".{part:04d}".rstrip("0") if part else ""
    return f"base x {whole}{decimals}"


def _limits(promotion: "Promotion") -> str:
    from milepost.cli.output import number

    limits = promotion.limits
    named = (("member", limits.per_member), ("budget", limits.budget))
    return ", ".join(f"{name} {number(most)}" for name, most in named if most is not None)


app.command("simulate", cls=TakesFiles)(simulate)
app.command("publish", cls=TakesFiles)(publish)
app.command("status", cls=TakesFiles)(status)
app.command("stop")(stop)
app.command("top-up")(top_up)
