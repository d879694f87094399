"""Seals a purchase into the 32-byte word that stands for it in a report.

The pipeline seals stored purchases; report bytes and receipt leaves are made of these words.
Source: docs/report-format.md "Entry"; contracts/types/Entry.sol.
"""

from milepost.codec.bits import pack, unpack
from milepost.codec.facts import FACTS_SIZE, canonical_facts, facts16
from milepost.domain.errors import FieldOutOfRange
from milepost.domain.purchase import Purchase, PurchaseKind
from milepost.domain.quantities import MemberId, MinorUnits, OutletNumber
from milepost.domain.report import Entry, channel_number, party_number

ENTRY_SIZE = 32

_FIELDS = (
    ("member", 40),
    ("eligible", 40),
    ("seconds", 24),
    ("outlet", 12),
    ("kind", 2),
    ("offset choice", 1),
    ("channel", 2),
    ("party", 6),
    ("spare", 1),
    ("facts", 128),
)
_WIDTHS = [bits for _, bits in _FIELDS]


def seal_entry(
    purchase: Purchase,
    *,
    member: MemberId,
    outlet: OutletNumber,
    offset_choice: int,
    base_time: int,
    salt: bytes,
) -> Entry:
    """Reduce a purchase to what the contract judges, and commit to the rest.

    Units: `base_time` in unix seconds, not after the purchase.
    """
    return Entry(
        member=member,
        eligible_minor=purchase.eligible_minor,
        seconds=purchase.occurred_at_s - base_time,
        outlet=outlet,
        kind=purchase.kind,
        offset_choice=offset_choice,
        channel=channel_number(purchase.channel),
        party=party_number(purchase.party_size),
        facts=facts16(salt, canonical_facts(purchase)),
    )


def entry_word(entry: Entry) -> int:
    """Raises: FieldOutOfRange for a number its field cannot hold."""
    values = (
        entry.member,
        entry.eligible_minor,
        entry.seconds,
        entry.outlet,
        entry.kind,
        entry.offset_choice,
        entry.channel,
        entry.party,
        0,
        int.from_bytes(entry.facts, "big"),
    )
    return pack((name, value, bits) for (name, bits), value in zip(_FIELDS, values, strict=True))


def member_of_word(word: int) -> MemberId:
    """The member of an entry's word, all that is asked of it where the rest may be anything."""
    return MemberId(word >> 216)


def entry_of_word(word: int) -> Entry:
    """The inverse of `entry_word`.

    Raises: FieldOutOfRange if the spare bit is set: the word could not be written again.
    """
    member, eligible, seconds, outlet, kind, choice, channel, party, spare, facts = unpack(word, _WIDTHS)
    if spare:
        raise FieldOutOfRange("spare", spare, 0)
    return Entry(
        member=MemberId(member),
        eligible_minor=MinorUnits(eligible),
        seconds=seconds,
        outlet=OutletNumber(outlet),
        kind=PurchaseKind(kind),
        offset_choice=choice,
        channel=channel,
        party=party,
        facts=facts.to_bytes(FACTS_SIZE, "big"),
    )
