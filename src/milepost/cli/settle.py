"""`milepost settle`: takes files of purchases all the way to final settlements and receipts.

Members were imported before; afterwards receipts can be shown and verified, and statements made.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from milepost.cli.session import AsJson, session_of

if TYPE_CHECKING:
    pass


def settle(
    context: typer.Context,
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FILE",
            help="Feeds of purchases: .csv, .ndjson, .jsonl or .xml. Without any, what waits is settled, and"
            " what is final on chain is read.",
            show_default=False,
        ),
    ] = None,
    receipts: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Write the receipt of every purchase settled by this run here, and of those of the files"
            " that were settled before and have none here.",
        ),
    ] = None,
    every: Annotated[
        bool,
        typer.Option("--all", help="List every record; else only up to 40 of them, and 40 refused ones."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Settle purchases: read, store, seal, sign, relay, read back, reconcile, issue receipts.

    Every record gets an answer: accepted, duplicate, conflict, or rejected with a code and a sentence; the
    good ones settle whatever the others are. Run again after any failure: what was accepted is stored, and
    nothing settles twice. Exit code 1 if a record was refused.
    """
    from milepost.cli.output import answers, complain, print_json, progress, warn
    from milepost.cli.settle_run import run_settle
    from milepost.cli.settle_view import settle_document, show_settle, warnings_of
    from milepost.domain.errors import MilepostError

    parts = session_of(context).parts()
    files = files or []
    for file in files:
        # A file that is no feed is refused before anything of another one is stored.
        next(parts.read_feed(file), None)
    oracle = parts.oracle
    if oracle.remote:
        from milepost.bootstrap.reporting import make_feed_passing

        # What partners sent over HTTP: reporters sign what they have themselves.
        passing = make_feed_passing(parts, session_of(context).settings())
        passing.pass_on()
        for url in passing.urls:
            for refusal in passing.refusals(url):
                warn(refusal.sentence())
    with progress() as bar:
        run = run_settle(oracle, {file: parts.read_feed(file) for file in files}, receipts=receipts, bar=bar)
    if as_json:
        print_json(settle_document(run, parts.deployment))
    else:
        show_settle(run, console=answers(), every=every)
    for sentence in warnings_of(run):
        warn(sentence)
    stopped = run.stopped
    if isinstance(stopped, MilepostError):
        complain(str(stopped))
        raise typer.Exit(stopped.exit_code)
    if run.refused or not run.is_reconciled:
        raise typer.Exit(1)
