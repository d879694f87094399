"""Reads the purchases and members to try promotions on, and keeps apart what cannot be used.

Files that an operator named come before it; `playing.py` settles what comes out of here.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from milepost.domain.errors import FeedError
from milepost.domain.partner import Partner
from milepost.domain.purchase import DedupeKey, SubmittedPurchase
from milepost.feeds.files import SUFFIXES, read_feed
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
    """Read a file of purchases, or a folder of them in order of name, and one of members if given.

    Shape: of a member named twice the first row counts.
    Raises: FeedError for a file that cannot be read at all, or a folder without any.
    """
    past = Past()
    known: dict[DedupeKey, SubmittedPurchase] = {}
    agreed = {partner.code: partner for partner in partners}
    for file in _feeds(purchases):
        for record in read_feed(file, agreed):
            _take(record, file, known, past)
    if members is not None:
        past.members = list(_members(members, tiers, segments or {}, past.refused))
    return past


def _feeds(given: Path) -> list[Path]:
    if not given.is_dir():
        return [given]
    found = sorted(path for path in given.iterdir() if path.suffix.lower() in SUFFIXES)
    if not found:
        raise FeedError(f"{given} holds no file of purchases: .csv, .ndjson or .jsonl.")
    return found


def _take(
    record: SubmittedPurchase | Rejection, file: Path, known: dict[DedupeKey, SubmittedPurchase], past: Past
) -> None:
    if isinstance(record, Rejection):
        past.refused.append(Refusal(file, record))
        return
    first = known.setdefault(record.purchase.dedupe_key, record)
    if first is record:
        past.purchases.append(record)
    elif first == record:
        past.duplicates.append(record.line or 0)
    else:
        sentence = (
            f"{record.purchase.sale_ref} stands in line {first.line} with other content; that one was tried,"
            " this was not."
        )
        past.refused.append(Refusal(file, Rejection(record.line or 0, "conflict", sentence)))


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
