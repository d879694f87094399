"""Writes a report as the bytes that reporters sign, and reads such bytes back.

Sealing writes them, signing hashes them, settling sends them; receipts are rebuilt from them.
Source: docs/report-format.md "Report".
"""

from dataclasses import replace

from milepost.codec.bits import pack, unpack
from milepost.codec.entry import ENTRY_SIZE, entry_of_word, entry_word
from milepost.domain.errors import (
    AttachmentMalformed,
    ReportEmpty,
    ReportExtended,
    ReportMiscounted,
    ReportTruncated,
    ReportVersionUnknown,
    SectionEmpty,
    SectionsNotAscending,
)
from milepost.domain.quantities import Lane, PartnerId, PurchaseNumber, ReportSequence
from milepost.domain.report import Attachment, Report, Section

VERSION = 1
"""Of a report that attaches nothing."""
AMENDING_VERSION = 2
"""Of a report with something attached for each entry that is no SALE."""
HEADER_SIZE = 15
SECTION_SIZE = 15
MOST_SIBLINGS = 32
"""Siblings of one proof: far more than a report of 65,535 purchases needs."""
NOT_FOUND = 255
"""Stands in place of a number of siblings: nobody knows the sale."""

_HEADER_WIDTHS = (8, 16, 64, 16, 16)
_SECTION_WIDTHS = (24, 40, 40, 16)
_PLACE_SIZE = 10
_PLACE_WIDTHS = (16, 64)
_WORD_SIZE = 32
_WORDS = 5


def encode_report(report: Report) -> bytes:
    """Shape: version 1 where nothing is attached, else version 2.

    Raises: ReportEmpty, SectionsNotAscending, SectionEmpty; FieldOutOfRange for too great a number;
        AttachmentMalformed unless as much is attached as the report has entries that are no SALE.
    """
    _check_sections(report.sections)
    header = pack(
        [
            ("version", VERSION if report.attachments is None else AMENDING_VERSION, 8),
            ("lane", report.lane, 16),
            ("sequence", report.sequence, 64),
            ("sections", len(report.sections), 16),
            ("purchases", report.purchase_count, 16),
        ]
    )
    if report.attachments is not None and len(report.attachments) != report.amendment_count:
        raise AttachmentMalformed(
            f"{len(report.attachments)} are attached for {report.amendment_count} amendments"
        )
    return b"".join(
        [
            header.to_bytes(HEADER_SIZE, "big"),
            *map(_encode_section, report.sections),
            *map(_encode_attachment, report.attachments or ()),
        ]
    )


def decode_report(report_bytes: bytes) -> Report:
    """Read exactly the bytes that `encode_report` writes.

    Raises: ReportTruncated if they end early; ReportVersionUnknown for a first byte other than 1 and 2;
        ReportExtended if they go on; ReportEmpty; SectionsNotAscending; SectionEmpty; ReportMiscounted if
        the header's number of purchases is not the sum of the counts; AttachmentMalformed for a number of
        siblings that nothing has; FieldOutOfRange for a spare bit set.
    """
    _check_size(report_bytes, HEADER_SIZE)
    version, lane, sequence, section_count, purchases = unpack(
        int.from_bytes(report_bytes[:HEADER_SIZE], "big"), _HEADER_WIDTHS
    )
    if version not in (VERSION, AMENDING_VERSION):
        raise ReportVersionUnknown(version)
    sections = []
    at = HEADER_SIZE
    for _ in range(section_count):
        section, at = _decode_section(report_bytes, at)
        sections.append(section)
    report = Report(Lane(lane), ReportSequence(sequence), tuple(sections))
    if version == AMENDING_VERSION:
        attachments = []
        for _ in range(report.amendment_count):
            attachment, at = _decode_attachment(report_bytes, at)
            attachments.append(attachment)
        report = replace(report, attachments=tuple(attachments))
    if len(report_bytes) > at:
        raise ReportExtended(len(report_bytes), at)
    _check_sections(tuple(sections))
    if report.purchase_count != purchases:
        raise ReportMiscounted(purchases, report.purchase_count)
    return report


def _encode_section(section: Section) -> bytes:
    header = pack(
        [
            ("partner", section.partner_id, 24),
            ("first purchase number", section.first_number, 40),
            ("base time", section.base_time, 40),
            ("count", len(section.entries), 16),
        ]
    )
    entries = (entry_word(entry).to_bytes(ENTRY_SIZE, "big") for entry in section.entries)
    return header.to_bytes(SECTION_SIZE, "big") + b"".join(entries)


def _decode_section(report_bytes: bytes, start: int) -> tuple[Section, int]:
    """The section at `start`, and where the next begins."""
    at = start + SECTION_SIZE
    _check_size(report_bytes, at)
    partner, first_number, base_time, count = unpack(
        int.from_bytes(report_bytes[start:at], "big"), _SECTION_WIDTHS
    )
    end = at + count * ENTRY_SIZE
    _check_size(report_bytes, end)
    words = (report_bytes[i : i + ENTRY_SIZE] for i in range(at, end, ENTRY_SIZE))
    entries = tuple(entry_of_word(int.from_bytes(word, "big")) for word in words)
    return Section(PartnerId(partner), PurchaseNumber(first_number), base_time, entries), end


def _encode_attachment(attachment: Attachment | None) -> bytes:
    if attachment is None:
        return NOT_FOUND.to_bytes(1, "big")
    siblings = len(attachment.proof)
    if siblings > MOST_SIBLINGS or any(len(sibling) != _WORD_SIZE for sibling in attachment.proof):
        raise AttachmentMalformed(f"a proof has {siblings} siblings")
    place = pack([("lane", attachment.lane, 16), ("sequence", attachment.sequence, 64)])
    words = (
        attachment.entry,
        attachment.accrual,
        attachment.grants,
        attachment.basis,
        attachment.amended,
    )
    return b"".join(
        [
            siblings.to_bytes(1, "big"),
            place.to_bytes(_PLACE_SIZE, "big"),
            *(word.to_bytes(_WORD_SIZE, "big") for word in words),
            *attachment.proof,
        ]
    )


def _decode_attachment(report_bytes: bytes, start: int) -> tuple[Attachment | None, int]:
    """What is attached at `start`, and where the next begins."""
    _check_size(report_bytes, start + 1)
    siblings = report_bytes[start]
    if siblings == NOT_FOUND:
        return None, start + 1
    if siblings > MOST_SIBLINGS:
        raise AttachmentMalformed(f"a proof has {siblings} siblings")
    words_at = start + 1 + _PLACE_SIZE
    end = words_at + (_WORDS + siblings) * _WORD_SIZE
    _check_size(report_bytes, end)
    lane, sequence = unpack(int.from_bytes(report_bytes[start + 1 : words_at], "big"), _PLACE_WIDTHS)
    data = [report_bytes[i : i + _WORD_SIZE] for i in range(words_at, end, _WORD_SIZE)]
    entry, accrual, grants, basis, amended = (int.from_bytes(word, "big") for word in data[:_WORDS])
    attachment = Attachment(
        Lane(lane), ReportSequence(sequence), entry, accrual, grants, basis, amended, tuple(data[_WORDS:])
    )
    return attachment, end


def _check_size(report_bytes: bytes, needed: int) -> None:
    if len(report_bytes) < needed:
        raise ReportTruncated(len(report_bytes), needed)


def _check_sections(sections: tuple[Section, ...]) -> None:
    if not sections:
        raise ReportEmpty
    last = 0
    for section in sections:
        if section.partner_id <= last:
            raise SectionsNotAscending(section.partner_id, last)
        if not section.entries:
            raise SectionEmpty(section.partner_id)
        last = section.partner_id
