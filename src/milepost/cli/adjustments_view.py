"""Shows adjustments, to a person as words and tables and to a program as JSON.

The commands of adjustments, statements and merging have them made; nothing is decided here.
"""

from collections.abc import Sequence

from rich.table import Table

from milepost.cli.output import counted, facts, number, shown_day, table
from milepost.cli.words import REASONS
from milepost.domain.adjustment import NO_CASE, PROPOSAL_LIFE_S, Adjustment, AdjustmentKind, AdjustmentState
from milepost.domain.calendar import shown_instant


def adjustment_words(adjustment: Adjustment) -> Table:
    """An adjustment in words."""
    found = facts()
    found.add_row("Adjustment", f"{adjustment.adjustment_id}: {what(adjustment)}")
    found.add_row("Reason", REASONS[adjustment.reason])
    found.add_row("Proposed", f"{shown_instant(adjustment.proposed_at)} by {adjustment.proposer}")
    if adjustment.state is AdjustmentState.PROPOSED:
        until = shown_instant(adjustment.proposed_at + PROPOSAL_LIFE_S)
        found.add_row("Decided", f"not yet; it may be approved until {until}")
    else:
        decided = f"{shown_instant(adjustment.decided_at)} by {adjustment.decided_by}"
        found.add_row(adjustment.state.code.capitalize(), decided)
    if adjustment.last_day:
        found.add_row("Valid to", f"{shown_day(adjustment.last_day)}, the whole day by the programme's clock")
    if adjustment.case_hash != NO_CASE:
        found.add_row("Case", f"hash 0x{adjustment.case_hash.hex()}")
    return found


def adjustments_table(adjustments: Sequence[Adjustment]) -> Table:
    """Adjustments in rows."""
    found = table(">number", "what", "reason", "state", "proposed", "by")
    for one in adjustments:
        found.add_row(
            number(one.adjustment_id),
            what(one),
            REASONS[one.reason],
            one.state.code,
            shown_instant(one.proposed_at),
            one.proposer,
        )
    return found


def what(adjustment: Adjustment) -> str:
    """What an adjustment does, in a few words."""
    if adjustment.kind is AdjustmentKind.MERGE:
        moved = (
            f", {counted(adjustment.miles, 'mile')}" if adjustment.state is AdjustmentState.APPLIED else ""
        )
        return f"merge of member {adjustment.member} into member {adjustment.into}{moved}"
    sign = "+" if adjustment.kind is AdjustmentKind.CREDIT else "-"
    return f"{adjustment.kind.code} of {sign}{counted(adjustment.miles, 'mile')}, member {adjustment.member}"
