"""Says in which purchases two cuts of one report differ, for the people who compare the copies.

A reporter answers a disagreement with it, and `milepost reports disagreements` shows it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

from milepost.codec.report_bytes import decode_report
from milepost.domain.purchase import DedupeKey
from milepost.domain.report import PlacedEntry

_ABSENT = "not in the other report"


@dataclass(frozen=True, slots=True)
class Difference:
    """An entry that two reports have otherwise, and the names of what differs in it."""

    position: int
    partner_id: int
    number: int
    what: tuple[str, ...]


def differences(proposed: bytes, own: bytes) -> list[Difference]:
    """The entries that differ, in order of the proposed report, then what only the own one has.

    Raises: ReportMalformed.
    """
    theirs, ours = list(decode_report(proposed).placed()), list(decode_report(own).placed())
    found = []
    for position in range(max(len(theirs), len(ours))):
        their, our = _at(theirs, position), _at(ours, position)
        what = (_ABSENT,) if their is None or our is None else tuple(_names(their, our))
        if what:
            placed = their or our
            assert placed is not None, "one of them is that long"
            found.append(Difference(position, placed.section.partner_id, placed.number, what))
    return found


def differing_keys(found: Sequence[Difference], keys: Sequence[DedupeKey]) -> list[DedupeKey]:
    """The purchases of the proposal that differ."""
    return [keys[one.position] for one in found if one.position < len(keys)]


def _at(placed: Sequence[PlacedEntry], position: int) -> PlacedEntry | None:
    return placed[position] if position < len(placed) else None


def _names(their: PlacedEntry, our: PlacedEntry) -> list[str]:
    names = [
        field.name
        for field in fields(their.entry)
        if getattr(their.entry, field.name) != getattr(our.entry, field.name)
    ]
    if their.attachment != our.attachment:
        names.append("attachment")
    if (their.section.partner_id, their.number) != (our.section.partner_id, our.number):
        names.append("number")
    if their.section.base_time != our.section.base_time:
        names.append("base_time")
    return names
