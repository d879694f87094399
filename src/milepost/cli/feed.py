"""`milepost feed`: takes files of purchases into the store and settles nothing.

A reporter's store is fed with it where its partner's files do not come over HTTP. Source: docs/reporters.md
"""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from milepost.cli.session import AsJson, session_of

if TYPE_CHECKING:
    from milepost.pipeline.ingest_purchase import Answer


def feed(
    context: typer.Context,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help="Feeds of purchases: .csv, .ndjson, .jsonl or .xml.")
    ],
    as_json: AsJson = False,
) -> None:
    """Take purchases in and settle nothing: for the store of a reporter, whose worker is elsewhere.

    Every record is answered as by settle. No key of a reporter or of the relayer is needed. Exit code 1 if a
    record was refused.
    """
    from milepost.bootstrap import ChainClock, MachineClock
    from milepost.cli.output import answers, counted, print_json, table
    from milepost.pipeline.ingest_purchase import AnswerKind, Ingest, ingest_many

    parts = session_of(context).parts()
    for file in files:
        # A file that is no feed is refused before anything of another one is stored.
        next(parts.read_feed(file), None)
    clock = ChainClock(parts.following_chain)
    ingest = Ingest(parts.store, parts.members, parts.programme.accept, clock, MachineClock())
    counts: Counter[AnswerKind] = Counter()
    refused: list[tuple[Path, Answer]] = []
    for file in files:
        for answer in ingest_many(parts.read_feed(file), ingest):
            counts[answer.kind] += 1
            if answer.kind in (AnswerKind.CONFLICT, AnswerKind.REJECTED):
                refused.append((file, answer))
    if as_json:
        print_json(
            {
                "records": {str(kind): counts[kind] for kind in AnswerKind},
                "refused": [
                    {"file": str(file), "line": one.line, "code": one.code, "sentence": one.sentence}
                    for file, one in refused
                ],
            }
        )
    else:
        told = ", ".join(f"{counts[kind]:,} {kind}" for kind in AnswerKind)
        answers().print(f"{counted(counts.total(), 'record')} read: {told}. Nothing was settled.")
        if refused:
            found = table("file", ">line", "code", "why")
            for file, one in refused:
                found.add_row(str(file), str(one.line), one.code or "", one.sentence or "")
            answers().print(found)
    if refused:
        raise typer.Exit(1)
