"""Says what reporters seal and sign: entries in sections by partner, in one lane's sequence.

The pipeline seals reports out of stored purchases; codec makes the bytes of them that are signed.
Source: docs/report-format.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from milepost.domain.purchase import Channel, PurchaseKind
from milepost.domain.quantities import (
    Lane,
    MemberId,
    MinorUnits,
    OutletNumber,
    PartnerId,
    PurchaseNumber,
    ReportSequence,
)

MOST_PARTY = 63
"""Guests that an entry can say; 63 stands for 63 or more."""

_CHANNEL_NUMBERS = {None: 0, Channel.DINE_IN: 1, Channel.TAKEAWAY: 2, Channel.DELIVERY: 3}


@dataclass(frozen=True, slots=True)
class Entry:
    """One sealed purchase. Units: minor units, and seconds after the base time of its section."""

    member: MemberId
    eligible_minor: MinorUnits
    seconds: int
    outlet: OutletNumber
    kind: PurchaseKind
    offset_choice: int
    channel: int
    party: int
    facts: bytes


@dataclass(frozen=True, slots=True)
class Section:
    """All purchases of one partner in a report, at least one, by time and then dedupe key.

    Units: `base_time` in unix seconds.
    """

    partner_id: PartnerId
    first_number: PurchaseNumber
    base_time: int
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Attachment:
    """The newest receipt of the sale that an entry amends, as words, and the proof that it is on chain.

    Shape: `amended` is 0 for a sale's receipt; `proof` lists at most 32 siblings from the leaf up.
    """

    lane: Lane
    sequence: ReportSequence
    entry: int
    accrual: int
    grants: int
    basis: int
    amended: int
    proof: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class PlacedEntry:
    """An entry where it stands in its report. `attachment` is None for a sale, and where none is attached."""

    section: Section
    number: PurchaseNumber
    entry: Entry
    attachment: Attachment | None


@dataclass(frozen=True, slots=True)
class Report:
    """Sections stand by strictly rising partner id.

    Shape: `attachments` is None in a report of version 1; else one for each entry that is no SALE, in order,
        None for a sale that nobody knows.
    """

    lane: Lane
    sequence: ReportSequence
    sections: tuple[Section, ...]
    attachments: tuple[Attachment | None, ...] | None = None

    @property
    def purchase_count(self) -> int:
        return sum(len(section.entries) for section in self.sections)

    @property
    def amendment_count(self) -> int:
        """Entries that are no SALE."""
        return sum(
            entry.kind is not PurchaseKind.SALE for section in self.sections for entry in section.entries
        )

    def placed(self) -> Iterator[PlacedEntry]:
        """Every entry in order, with its purchase number and what is attached to it."""
        attached = iter(self.attachments or ())
        for section in self.sections:
            for number, entry in enumerate(section.entries, start=section.first_number):
                attachment = None if entry.kind is PurchaseKind.SALE else next(attached, None)
                yield PlacedEntry(section, PurchaseNumber(number), entry, attachment)


def channel_number(channel: str | None) -> int:
    """The channel as an entry holds it; 0 for none or one that has no number."""
    try:
        return _CHANNEL_NUMBERS[None if channel is None else Channel(channel)]
    except ValueError:
        return 0


def party_number(party_size: int | None) -> int:
    """The party as an entry holds it: 0 not said, 63 for 63 or more."""
    return min(party_size or 0, MOST_PARTY)
