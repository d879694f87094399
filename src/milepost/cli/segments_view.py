"""Shows the sizes of segments, to a person as a table and to a program as JSON; no member is named.

`segments.py` has them computed; nothing is decided here.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from milepost.cli.output import counted, day, number, table
from milepost.domain.segments import SegmentRules
from milepost.pipeline.compute_segments import Segmentation
from milepost.ports import Rejection


def segments_document(
    found: Segmentation, rules: SegmentRules, *, txs: int | None, refused: Sequence[tuple[Path, Rejection]]
) -> dict[str, Any]:
    """The sizes as JSON values; `joined` and `left` null where no profile was looked at."""
    return {
        "segments": rules.name,
        "as_of": day(found.today),
        "members": found.members,
        "purchases": found.visits,
        "read_up_to": found.read_up_to,
        "sizes": [
            {
                "segment": one.name,
                "bit": one.bit,
                "members": found.sizes[one.name].members,
                "joined": found.sizes[one.name].joined,
                "left": found.sizes[one.name].left,
            }
            for one in rules.segments
            if one.is_computed
        ],
        "changed": len(found.changes),
        "written": None if txs is None else {"members": len(found.changes), "txs": txs},
        "rejected": [
            {"file": str(file), "line": row.line, "code": row.code, "sentence": row.sentence}
            for file, row in refused
        ],
    }


def show_segments(found: Segmentation, rules: SegmentRules, *, txs: int | None, console: Console) -> None:
    """The sizes as a table, and what changes on chain."""
    rows = table(">bit", "segment", ">members", ">of all", ">joined", ">left", "who")
    for one in rules.segments:
        if not one.is_computed:
            continue
        size = found.sizes[one.name]
        rows.add_row(
            str(one.bit),
            one.name,
            number(size.members),
            _per_cent(size.members, found.members),
            _maybe(size.joined),
            _maybe(size.left),
            one.title,
        )
    console.print(
        f"Segments {rules.name} on {day(found.today)}: {counted(found.members, 'member')},"
        f" {counted(found.visits, 'purchase')}{_read(found)}.\n"
    )
    console.print(rows)
    console.print()
    console.print(_written(found, txs))


def _written(found: Segmentation, txs: int | None) -> str:
    if all(size.joined is None for size in found.sizes.values()):
        return "Nothing on chain was looked at: --write compares with it, and sets what changed."
    changed = counted(len(found.changes), "member")
    if txs is not None:
        return f"{changed} written on chain, in {counted(txs, 'tx', 'txs')}."
    return f"{changed} would change on chain: --write sets them."


def _read(found: Segmentation) -> str:
    return "" if found.read_up_to is None else f" that settled up to block {found.read_up_to}"


def _maybe(size: int | None) -> str:
    return "-" if size is None else number(size)


def _per_cent(part: int, whole: int) -> str:
    """In whole per cent, rounded down."""
    return f"{100 * part // whole} %" if whole else "-"
