"""Reads the purchases and members to try promotions on, and keeps apart what cannot be used.

Files that an operator named come before it; `playing.py` settles what comes out of here.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from milepost.domain.partner import Partner
from milepost.domain.purchase import DedupeKey, SubmittedPurchase
from milepost.feeds.files import read_feed
from milepost.feeds.member_rows import read_member_rows
from milepost.ports import MemberRow, Rejection


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that was not tried, and in which file."""

    file: Path
    rejection: Rejection


@dataclass(slots=True)
class Past:
    """Past purchases in the order of their file, and the members that a file describes.

    Shape: `duplicates` are lines that say again what an earlier one said: they count once.
    """

    purchases: list[SubmittedPurchase] = field(default_factory=list)
    members: list[MemberRow] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    duplicates: list[int] = field(default_factory=list)


def read_past(
    purchases: Path,
    partners: Iterable[Partner],
    *,
    members: Path | None = None,
    tiers: tuple[str, ...] = (),
    segments: Mapping[str, int] | None = None,
) -> Past:
    """Read a file of purchases, and one of members if given; of a member named twice the first row counts.

    Raises: FeedError for a file that cannot be read at all.
    """
    past = Past()
    known: dict[DedupeKey, SubmittedPurchase] = {}
    for record in read_feed(purchases, {partner.code: partner for partner in partners}):
        if isinstance(record, Rejection):
            past.refused.append(Refusal(purchases, record))
            continue
        line = record.line or 0
        first = known.setdefault(record.purchase.dedupe_key, record)
        if first is record:
            past.purchases.append(record)
        elif first == record:
            past.duplicates.append(line)
        else:
            sentence = (
                f"{record.purchase.sale_ref} stands in line {first.line} with other content; that one was"
                " tried, this was not."
            )
            past.refused.append(Refusal(purchases, Rejection(line, "conflict", sentence)))
    if members is not None:
        past.members = list(_members(members, tiers, segments or {}, past.refused))
    return past


def _members(
    file: Path, tiers: tuple[str, ...], segments: Mapping[str, int], refused: list[Refusal]
) -> Iterator[MemberRow]:
    seen: set[str] = set()
    for row in read_member_rows(file, tiers, segments):
        if isinstance(row, Rejection):
            refused.append(Refusal(file, row))
        elif row.number not in seen:
            seen.add(row.number)
            yield row
