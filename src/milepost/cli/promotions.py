"""`milepost promotions`: judges promotion files, tries them on past purchases, publishes and watches them.

A programme manager writes the files; what is valid and was tried is published, by deploying or here.
"""

from pathlib import Path
from typing import Annotated

import typer

from milepost.cli.promotions_files import FilesOption, SegmentFiles, TakesFiles, named_segments
from milepost.cli.promotions_publishing import publish, stop, top_up
from milepost.cli.promotions_simulation import simulate
from milepost.cli.promotions_status import status
from milepost.cli.session import AsJson

app = typer.Typer(
    no_args_is_help=True,
    help="Judge promotion files, try them on past purchases, publish them, and see how they stand.\n\n"
    "What is published, stopped or topped up goes out from the key that MILEPOST_GOVERNANCE_KEY_FILE names.",
)


@app.command(cls=TakesFiles)
def validate(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Promotion files, or folders of them.")],
    partners: Annotated[
        list[Path] | None, FilesOption("Partner files, or folders of them.  [default: partners]")
    ] = None,
    programme: Annotated[
        str | None, typer.Option(metavar="NAME", help="The programme, whose tiers a promotion may name.")
    ] = None,
    segments: SegmentFiles = None,
    as_json: AsJson = False,
) -> None:
    """Check promotions against the format, their partners and one another, and show what was read.

    A file that is refused gets every problem with file, line, key and reason, and exit code 2. Nothing is
    asked of a node. Without --programme tiers are not looked at.
    """
    from milepost.catalogue import CatalogueError, load_partners, load_programme, load_promotions
    from milepost.cli.output import answers, print_json
    from milepost.cli.promotions_view import promotion_document, show_promotions

    agreed = load_partners(partners or [Path("partners")])
    tiers = None if programme is None else load_programme(programme).tiers
    try:
        found = load_promotions(files, agreed, segments=named_segments(segments), tiers=tiers)
    except CatalogueError as error:
        if as_json:
            problems = [
                {"file": one.file, "line": one.line or None, "key": one.key or None, "reason": one.reason}
                for one in error.problems
            ]
            print_json({"valid": False, "promotions": [], "problems": problems})
        raise
    if as_json:
        print_json({"valid": True, "promotions": list(map(promotion_document, found)), "problems": []})
    else:
        show_promotions(found, {partner.code: partner.currency for partner in agreed}, answers())


app.command("simulate", cls=TakesFiles)(simulate)
app.command("publish", cls=TakesFiles)(publish)
app.command("status", cls=TakesFiles)(status)
app.command("stop")(stop)
app.command("top-up")(top_up)
