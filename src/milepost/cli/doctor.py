"""`milepost doctor`: says of everything the oracle needs how it is, and what to do where it is not well.

It sends and changes nothing; an operator runs it before starting, and when something is amiss.
"""

from typing import Annotated

import typer

from milepost.cli.session import AsJson, session_of


def doctor(
    context: typer.Context,
    as_reporter: Annotated[
        bool, typer.Option("--reporter", help="Look at what milepost reporter needs, on its machine.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check settings, files, keys, node, contracts, reporters, database, clock, partners and webhooks.

    Each is ok, worth a warning, or wrong, with what to do; skipped is what cannot be looked at before
    something else is mended. It goes on whatever it finds. Exit code 0 if nothing is wrong, 1 otherwise.
    """
    from milepost.bootstrap import Parts
    from milepost.bootstrap.doctor import examine
    from milepost.bootstrap.findings import Level
    from milepost.cli.output import answers, print_json, table

    settings = session_of(context).settings()
    # Warnings of the parts themselves are findings here.
    found = list(examine(Parts(settings), settings, as_reporter=as_reporter))
    if as_json:
        print_json([{"what": one.what, "level": str(one.level), "said": one.said} for one in found])
    else:
        shown = table("What", "How", "What to do")
        for one in found:
            shown.add_row(one.what, str(one.level), one.said)
        answers().print(shown)
    if any(one.level is Level.WRONG for one in found):
        raise typer.Exit(1)
