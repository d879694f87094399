"""`milepost segments`: who is in which segment by what they bought, and the bits that say so on chain.

Settling comes before it; promotions name the segments afterwards. `segments_view.py` shows what was found.
"""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from milepost.cli.session import AsJson, session_of

if TYPE_CHECKING:
    from milepost.bootstrap import Parts
    from milepost.domain.quantities import DayNumber, MemberId
    from milepost.domain.segments import SegmentRules, Visit
    from milepost.pipeline.compute_segments import Segmentation
    from milepost.ports import Rejection

app = typer.Typer(no_args_is_help=True, help="Compute segments of members from what they bought.")

RULES = Path("segments/dining.yaml")


@app.command("compute")
def compute(
    context: typer.Context,
    rules: Annotated[
        Path, typer.Option(metavar="FILE", help="The segments and their rules, docs/segments.md.")
    ] = RULES,
    as_of: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            help="Day to compute for; later purchases do not count.  [default: today by the programme's"
            " clock; with --purchases the day of the newest one]",
        ),
    ] = None,
    purchases: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="Count the purchases of these feeds, as if all were settled, and not those of the store.",
            show_default=False,
        ),
    ] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Set the bits that changed on chain, 200 members a tx.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show how many members are in each segment, and with --write set their bits on chain.

    Only bits that the file's rules compute are changed: bits set by hand, and tiers, stay. Refunded bills do
    not count. With --purchases and without --write neither store nor chain is asked. Exit code 1 if a row of
    a feed was refused; the others count.
    """
    from milepost.catalogue import read_segment_rules
    from milepost.cli.output import answers, print_json, warn
    from milepost.cli.segments_view import segments_document, show_segments

    read = read_segment_rules(rules)
    day = None if as_of is None else _day(as_of)
    parts = session_of(context).parts()
    refused: list[tuple[Path, Rejection]] = []
    if purchases:
        found, txs = _of_feeds(parts, purchases, read, day=day, write=write, refused=refused)
    else:
        found, txs = _of_store(parts, read, day=day, write=write)
    if as_json:
        print_json(segments_document(found, read, txs=txs, refused=refused))
    else:
        show_segments(found, read, txs=txs, console=answers())
    for file, row in refused:
        warn(f"{file}:{row.line} is not counted, {row.code}: {row.sentence}")
    if refused:
        raise typer.Exit(1)


def _of_store(
    parts: "Parts", rules: "SegmentRules", *, day: "DayNumber | None", write: bool
) -> "tuple[Segmentation, int | None]":
    from milepost.pipeline.compute_segments import settled_histories

    book = parts.ledger_book.newest()
    history = book.history()
    today = parts.ledger.day_of(book.block.timestamp) if day is None else day
    histories = settled_histories(parts.store, rules, enrolled=parts.ledger.enrolled(), heirs=history.heirs)
    found, txs = _compared(parts, histories, rules, today=today, write=write)
    with parts.store.unit_of_work() as work:
        up_to = work.receipts.read_up_to()
    return replace(found, read_up_to=None if up_to is None else up_to.number), txs


def _of_feeds(
    parts: "Parts",
    files: list[Path],
    rules: "SegmentRules",
    *,
    day: "DayNumber | None",
    write: bool,
    refused: "list[tuple[Path, Rejection]]",
) -> "tuple[Segmentation, int | None]":
    from milepost.domain.purchase import Purchase
    from milepost.pipeline.compute_segments import compute_segments, known_members, visits_of
    from milepost.ports import Rejection

    records: dict[str, list[Purchase]] = {}
    for file in files:
        for row in parts.read_undeployed_feed(file):
            if isinstance(row, Rejection):
                refused.append((file, row))
            elif row.member is not None:
                records.setdefault(row.member, []).append(row.purchase)
    histories = {member: list(visits_of(bought, rules)) for member, bought in records.items()}
    today = day if day is not None else _newest(histories)
    if write:
        return _compared(parts, known_members(histories, parts.members), rules, today=today, write=True)
    return compute_segments(histories, rules, today=today)[0], None


def _compared(
    parts: "Parts",
    histories: "dict[MemberId, list[Visit]]",
    rules: "SegmentRules",
    *,
    today: "DayNumber",
    write: bool,
) -> "tuple[Segmentation, int | None]":
    from milepost.cli.output import progress
    from milepost.pipeline.compute_segments import compare_profiles, compute_segments, write_segments

    found, bits = compute_segments(histories, rules, today=today)
    found = compare_profiles(found, bits, rules, history=parts.ledger_book.newest().history())
    if not write:
        return found, None
    with progress() as bar:
        task = bar.add_task("writing segments", total=len(found.changes))
        txs = write_segments(
            found.changes,
            ledger=parts.enrolling_ledger,
            on_batch=lambda members: bar.advance(task, members),
        )
    return found, txs


def _newest(histories: "dict[str, list[Visit]]") -> "DayNumber":
    from milepost.config import SettingsRefused

    days = [visit.day for visits in histories.values() for visit in visits]
    if not days:
        raise SettingsRefused("The feeds hold no purchase of a member: name others, or a day by --as-of.")
    return max(days)


def _day(given: str) -> "DayNumber":
    from milepost.config import SettingsRefused
    from milepost.domain.calendar import day_number

    try:
        return day_number(date.fromisoformat(given))
    except ValueError:
        raise SettingsRefused(f"{given!r} is no day: write it as 2018-06-30.") from None
