"""Report bytes have the stated sizes and places, read back, and are refused by name when changed."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.codec.entry import entry_word
from milepost.codec.report_bytes import decode_report, encode_report
from milepost.domain.errors import (
    AttachmentMalformed,
    FieldOutOfRange,
    ReportEmpty,
    ReportExtended,
    ReportMalformed,
    ReportMiscounted,
    ReportTruncated,
    ReportVersionUnknown,
    SectionEmpty,
    SectionsNotAscending,
)
from milepost.domain.purchase import PurchaseKind
from milepost.domain.report import Attachment, Report, Section
from tests.support.purchases import an_entry


def _section(partner: int, count: int = 1) -> Section:
    return Section(partner, 5, 1_526_256_000, tuple(an_entry(seconds=i) for i in range(count)))


def _attachment(siblings: int) -> Attachment:
    return Attachment(1, 9, *range(1, 6), proof=tuple(bytes([i + 1]) * 32 for i in range(siblings)))


def _amending(*attachments: Attachment | None) -> Report:
    """A sale, and then a refund for each."""
    refunds = (an_entry(seconds=i, kind=PurchaseKind.REFUND) for i, _ in enumerate(attachments))
    return Report(1, 2, (Section(3, 5, 1_526_256_000, (an_entry(), *refunds)),), attachments)


REPORT = Report(1, 2, (_section(3, 2), _section(9)))
BYTES = encode_report(REPORT)
AMENDING = encode_report(_amending(_attachment(2), None, _attachment(0)))

reports = st.builds(
    lambda lane, sequence, counts: Report(
        lane, sequence, tuple(_section(partner, counts[partner]) for partner in sorted(counts))
    ),
    st.integers(0, (1 << 16) - 1),
    st.integers(0, (1 << 64) - 1),
    st.dictionaries(st.integers(1, (1 << 24) - 1), st.integers(1, 5), min_size=1, max_size=4),
)


def test_encode_report__two_sections__stand_as_the_format_says() -> None:
    assert BYTES[:15].hex() == "01" + "0001" + "0000000000000002" + "0002" + "0003"
    assert BYTES[15:30].hex() == "000003" + "0000000005" + "005af8d180" + "0002"
    assert BYTES[30:62] == entry_word(an_entry()).to_bytes(32, "big")
    assert len(BYTES) == 15 + 2 * 15 + 3 * 32


@given(reports)
def test_decode_report__any_report__is_the_inverse(report: Report) -> None:
    assert decode_report(encode_report(report)) == report


@pytest.mark.parametrize("data", [BYTES, AMENDING], ids=["sales", "amendments"])
def test_decode_report__cut_anywhere__is_truncated(data: bytes) -> None:
    for size in range(len(data)):
        with pytest.raises(ReportTruncated):
            decode_report(data[:size])


def test_encode_report__attachments__follow_the_last_entry_as_the_format_says() -> None:
    entries_end = 15 + 15 + 4 * 32
    assert AMENDING[0] == 2
    words = "".join(f"{word:064x}" for word in range(1, 6))
    first, second = "02" + "0001" + "0000000000000009" + words, "ff"
    proof = "01" * 32 + "02" * 32
    third = "00" + "0001" + "0000000000000009" + words
    assert AMENDING[entries_end:].hex() == first + proof + second + third


@pytest.mark.parametrize("attachments", [(None,), (_attachment(32), None), (_attachment(0),) * 3])
def test_decode_report__attachments__are_the_inverse(attachments: tuple) -> None:
    report = _amending(*attachments)
    assert decode_report(encode_report(report)) == report


def test_decode_report__version_1_with_a_refund__has_nothing_attached() -> None:
    report = replace(_amending(None), attachments=None)
    data = encode_report(report)
    assert data[0] == 1 and decode_report(data) == report
    assert [placed.attachment for placed in decode_report(data).placed()] == [None, None]


@pytest.mark.parametrize("siblings", [33, 254])
def test_decode_report__more_siblings_than_a_proof_has__are_refused(siblings: int) -> None:
    data = encode_report(_amending(None))[:-1] + bytes([siblings]) + bytes(170 + 32 * siblings)
    with pytest.raises(AttachmentMalformed):
        decode_report(data)


@pytest.mark.parametrize(
    "report",
    [
        _amending(_attachment(33)),
        _amending(replace(_attachment(0), proof=(b"short",))),
        replace(_amending(None), attachments=()),
        replace(_amending(None), attachments=(None, None)),
    ],
    ids=["33 siblings", "short sibling", "too few", "too many"],
)
def test_encode_report__attachments_that_do_not_fit__are_refused(report: Report) -> None:
    with pytest.raises(AttachmentMalformed):
        encode_report(report)


def _with_bytes(at: int, data: str) -> bytes:
    new = bytes.fromhex(data)
    return BYTES[:at] + new + BYTES[at + len(new) :]


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        (BYTES + b"\x00", ReportExtended),
        (BYTES[:11] + bytes(4), ReportEmpty),
        (_with_bytes(11, "0001"), ReportExtended),
        (_with_bytes(11, "0003"), ReportTruncated),
        (_with_bytes(0, "03"), ReportVersionUnknown),
        (_with_bytes(0, "00"), ReportVersionUnknown),
        (_with_bytes(13, "0002"), ReportMiscounted),
        (_with_bytes(13, "0004"), ReportMiscounted),
        (_with_bytes(15, "000009"), SectionsNotAscending),
        (_with_bytes(15, "00000a"), SectionsNotAscending),
        (_with_bytes(15, "000000"), SectionsNotAscending),
        (_with_bytes(28, "0004"), ReportTruncated),
        (BYTES[:-34] + b"\x00\x00", SectionEmpty),
    ],
)
def test_decode_report__changed_bytes__are_refused_by_name(
    changed: bytes, error: type[ReportMalformed]
) -> None:
    with pytest.raises(error):
        decode_report(changed)


@given(st.binary(max_size=120))
def test_decode_report__any_bytes__are_a_report_or_refused(data: bytes) -> None:
    try:
        report = decode_report(data)
    except (ReportMalformed, FieldOutOfRange):
        return
    assert encode_report(report) == data


@pytest.mark.parametrize(
    ("sections", "error"),
    [
        ((), ReportEmpty),
        ((_section(2), _section(1)), SectionsNotAscending),
        ((_section(2), _section(2)), SectionsNotAscending),
        ((_section(2, 0),), SectionEmpty),
        ((_section(1 << 24),), FieldOutOfRange),
    ],
)
def test_encode_report__sections_out_of_form__are_refused(sections: tuple, error: type[Exception]) -> None:
    with pytest.raises(error):
        encode_report(Report(0, 1, sections))
