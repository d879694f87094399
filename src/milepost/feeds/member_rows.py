"""Reads a list of members from CSV: `member,tier,segments,enrolled_at`.

Before it stands a file an operator named; after it the pipeline enrols the members.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from milepost.domain.errors import FeedError
from milepost.domain.segments import SEGMENTS
from milepost.feeds.files import numbered_lines, open_feed
from milepost.ports import MemberRow, Rejection

COLUMNS = ("member", "tier", "segments", "enrolled_at")
"""Columns of the header; all but `member` may be left out, and further ones are ignored."""
MOST_NUMBER = 128
"""Longest membership number in characters, the same as in a feed of purchases."""
NO_NAMES: Mapping[str, int] = {}


class _Refused(Exception):
    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


def read_member_rows(
    path: Path, tiers: Sequence[str], segments: Mapping[str, int] = NO_NAMES
) -> Iterator[MemberRow | Rejection]:
    """Read one member a row, in order; `tiers` are the programme's, the lowest first.

    Shape: one answer a line that is not blank. An empty tier is the lowest, matched without case; segments
        are names, whose bits `segments` gives, or bit numbers, with spaces between; `enrolled_at` is a time
        with offset, or empty.
    Raises: FeedError if the file cannot be read or its header has no column `member`, or one twice.
    """
    with open_feed(path) as file:
        lines = numbered_lines(file)
        header = _header(lines, path)
        for line, text in lines:
            if isinstance(text, Rejection):
                yield text
            elif text.strip():
                yield _read(line, text, header=header, tiers=tiers, names=segments)


def number_problem(text: str) -> str | None:
    """Why a text can be no membership number, as a sentence; None if it can be one."""
    if not text or text != text.strip():
        return "The number is empty, or has spaces at an end: state the membership number."
    if "@" in text:
        return "The member is an e-mail address: state the membership number."
    if len(text) > MOST_NUMBER or not text.isprintable():
        return f"The number has more than {MOST_NUMBER} characters, or unseen ones."
    return None


def _header(lines: Iterator[tuple[int, str | Rejection]], path: Path) -> list[str]:
    _, text = next(lines, (0, ""))
    header = None if isinstance(text, Rejection) else _cells(text)
    if not header or "member" not in header:
        raise FeedError(f"{path} lacks the column member: its first line names {', '.join(COLUMNS)}.")
    if doubled := sorted({column for column in header if header.count(column) > 1}):
        raise FeedError(f"{path} has {', '.join(doubled)} twice in its header row: keep one of each.")
    return header


def _read(
    line: int, text: str, *, header: list[str], tiers: Sequence[str], names: Mapping[str, int]
) -> MemberRow | Rejection:
    cells = _cells(text)
    try:
        if cells is None or len(cells) != len(header):
            given = "cells that cannot be told apart" if cells is None else f"{len(cells)} cells"
            raise _Refused("malformed_row", f"The row has {given}, the header {len(header)} columns.")
        fields = dict(zip(header, cells, strict=True))
        return MemberRow(
            number=_number(fields["member"]),
            tier=_tier(fields, tiers),
            segments=_segments(fields, names),
            enrolled_at=_enrolled_at(fields),
        )
    except _Refused as refused:
        return Rejection(line, refused.code, str(refused))


def _number(text: str) -> str:
    if not text:
        raise _Refused("bad_member", "The row has no member: state the membership number.")
    if (problem := number_problem(text)) is not None:
        raise _Refused("bad_member", problem)
    return text


def _tier(fields: Mapping[str, str], tiers: Sequence[str]) -> int:
    name = fields.get("tier", "").lower()
    if not name:
        return 0
    if name not in tiers:
        known = f"known are {', '.join(tiers)}" if tiers else "the programme has none, so leave it empty"
        raise _Refused("unknown_tier", f"{name!r} is no tier of the programme: {known}.")
    return tiers.index(name)


def _segments(fields: Mapping[str, str], names: Mapping[str, int]) -> int:
    bits = 0
    for word in fields.get("segments", "").split():
        if word in names:
            bits |= 1 << names[word]
        elif word.isascii() and word.isdigit() and len(word) <= 2 and int(word) < SEGMENTS:
            bits |= 1 << int(word)
        else:
            known = f"{', '.join(names)}, or " if names else ""
            raise _Refused(
                "bad_segments", f"{word!r} is no segment: {known}0 to {SEGMENTS - 1}, spaces between."
            )
    return bits


def _enrolled_at(fields: Mapping[str, str]) -> int | None:
    text = fields.get("enrolled_at", "")
    if not text:
        return None
    try:
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is None:
            raise ValueError
        if (instant_s := int(instant.timestamp())) <= 0:
            raise ValueError
        return instant_s
    except (ValueError, OverflowError):
        raise _Refused(
            "bad_time", f"enrolled_at {text!r} is no time with offset: write 2018-04-02T09:00:00+08:00."
        ) from None


def _cells(text: str) -> list[str] | None:
    try:
        return [cell.strip() for cell in next(csv.reader([text], strict=True), [])]
    except csv.Error:
        return None
