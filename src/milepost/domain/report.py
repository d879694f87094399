"""Says what reporters seal and sign: entries in sections by partner, in one lane's sequence.

The pipeline seals reports out of stored purchases; codec makes the bytes of them that are signed.
Source: docs/report-format.md.
"""

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
class Report:
    """Sections stand by strictly rising partner id."""

    lane: Lane
    sequence: ReportSequence
    sections: tuple[Section, ...]

    @property
    def purchase_count(self) -> int:
        return sum(len(section.entries) for section in self.sections)


def channel_number(channel: str | None) -> int:
    """The channel as an entry holds it; 0 for none or one that has no number."""
    try:
        return _CHANNEL_NUMBERS[None if channel is None else Channel(channel)]
    except ValueError:
        return 0


def party_number(party_size: int | None) -> int:
    """The party as an entry holds it: 0 not said, 63 for 63 or more."""
    return min(party_size or 0, MOST_PARTY)
