"""The receipt of an adjustment as a file: what is written reads back, and nothing else is read.

given a receipt                                    then its text reads back as it was
when a key is missing, doubled, unknown or written in another way, then it is refused with the key named
"""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milepost.codec.adjustment_receipt_file import (
    is_adjustment_receipt,
    read_adjustment_receipt_text,
    write_adjustment_receipt_text,
)
from milepost.domain.adjustment import NO_CASE, AdjustmentKind, AdjustmentReason, AdjustmentReceipt
from milepost.domain.errors import ReceiptFileRefused
from tests.support.stored import an_applied

DESK = "0x90F79bf6EB2c4f870365E785982E1f101E93b906"
PERSON = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"


def a_receipt(**changes: Any) -> AdjustmentReceipt:
    usual = {"member": 4, "last_day": 11_000, "case_hash": bytes(range(32))}
    adjustment = replace(an_applied(7).adjustment, proposer=PERSON, decided_by=DESK, **{**usual, **changes})
    return AdjustmentReceipt(31_337, DESK, adjustment)


# The first address is slow: the C library that hashes it is loaded then.
@settings(deadline=None)
@given(
    kind=st.sampled_from(AdjustmentKind),
    reason=st.sampled_from(AdjustmentReason),
    member=st.integers(1, (1 << 40) - 1),
    into=st.integers(0, (1 << 40) - 1),
    miles=st.integers(0, (1 << 80) - 1),
    last_day=st.integers(0, 65_535),
    decided_at=st.integers(1, (1 << 33) - 1),
    case_hash=st.binary(min_size=32, max_size=32),
)
def test_read__any_receipt_as_written__comes_back(**changes: Any) -> None:
    receipt = a_receipt(**changes)
    assert read_adjustment_receipt_text(write_adjustment_receipt_text(receipt)) == receipt


def test_write__credit__says_each_fact_once_and_in_words() -> None:
    values = json.loads(write_adjustment_receipt_text(a_receipt(case_hash=NO_CASE)))
    assert values == {
        "format": "milepost-adjustment-receipt",
        "version": 1,
        "chain_id": 31_337,
        "desk": DESK,
        "adjustment": 7,
        "kind": "credit",
        "reason": "partner_error",
        "member": 4,
        "into": None,
        "miles": 500,
        "last_valid_day": "2020-02-13",
        "proposed_at": "2018-05-14T05:00:00+00:00",
        "proposer": PERSON,
        "decided_at": "2018-05-14T05:01:00+00:00",
        "decided_by": DESK,
        "case_hash": None,
    }


@pytest.mark.parametrize(
    ("key", "value", "named"),
    [
        ("version", 2, "version is 2"),
        ("desk", DESK.lower(), "desk"),
        ("proposer", "0x12", "proposer"),
        ("kind", "gift", "kind"),
        ("reason", "", "reason"),
        ("member", -1, "member"),
        ("member", True, "member"),
        ("into", 0, "into is 0"),
        ("miles", "500", "miles"),
        ("miles", 500.0, "miles"),
        ("adjustment", 1 << 64, "adjustment"),
        ("last_valid_day", "1990-01-01", "1990-01-01"),
        ("last_valid_day", "1989-12-31", "last_valid_day"),
        ("last_valid_day", "20200213", "last_valid_day"),
        ("decided_at", "2018-05-14T13:01:00+08:00", "decided_at"),
        ("decided_at", "2018-05-14T05:01:00", "decided_at"),
        ("proposed_at", "2018-05-14T05:00:00.500000+00:00", "proposed_at"),
        ("case_hash", "0x" + "00" * 32, "case_hash"),
        ("case_hash", "0x12", "case_hash"),
        ("extra", 1, "extra"),
    ],
)
def test_read__another_value__is_refused_with_the_key(key: str, value: object, named: str) -> None:
    values = json.loads(write_adjustment_receipt_text(a_receipt()))
    with pytest.raises(ReceiptFileRefused, match=named):
        read_adjustment_receipt_text(json.dumps(values | {key: value}))


def test_read__missing_or_doubled_key__is_refused() -> None:
    text = write_adjustment_receipt_text(a_receipt())
    values = json.loads(text)
    for key in values:
        less = {other: value for other, value in values.items() if other != key}
        with pytest.raises(ReceiptFileRefused, match=f"{key} is missing"):
            read_adjustment_receipt_text(json.dumps(less))
    with pytest.raises(ReceiptFileRefused, match="stands twice"):
        read_adjustment_receipt_text(text.replace('"miles": 500', '"miles": 500, "miles": 501'))


def test_is_adjustment_receipt__by_its_format_alone() -> None:
    assert is_adjustment_receipt(write_adjustment_receipt_text(a_receipt()))
    assert is_adjustment_receipt('{"format": "milepost-adjustment-receipt"}')
    for other in ("", "[]", "null", "{}", '{"format": "another"}', '{"version": 1}', "[" * 10_000):
        assert not is_adjustment_receipt(other)
