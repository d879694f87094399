"""The words that an amendment brings say what the model issued, or they are of no receipt."""

from dataclasses import replace

import pytest

from milepost.codec.attached_receipt import attached_of, receipt_of
from milepost.codec.receipt_leaf import settled_words
from milepost.domain.books import Attached, IssuedReceipt
from milepost.domain.outcome import Cut, Outcome
from milepost.domain.purchase import PurchaseKind
from milepost.domain.receipt import Amendment, Basis, Grant, Settled
from milepost.domain.report import Attachment, Entry, PlacedEntry, Report, Section

ENTRY = Entry(
    member=41,
    eligible_minor=60_000,
    seconds=5,
    outlet=3,
    kind=PurchaseKind.SALE,
    offset_choice=1,
    channel=1,
    party=2,
    facts=bytes(range(16)),
)
SECTION = Section(2, 77, 1_526_272_205, (ENTRY,))
SETTLED = Settled(
    Outcome.CREDITED,
    150,
    11_456,
    (Grant(1, Cut.NONE, 298, 298), Grant(4, Cut.PER_MEMBER, 500, 0)),
    debt_offset=7,
    counted=0b1001,
    basis=Basis(1, 400, 6),
)
AMENDMENT = Amendment(
    number=70, eligible_minor=50_000, refunded_minor=10_000, occurred_at_s=9, outlet=3, how=0x294, returned=25
)


def _attachment(settled: Settled = SETTLED) -> Attachment:
    placed = PlacedEntry(SECTION, 77, ENTRY, None)
    return Attachment(0, 12, *settled_words(placed, settled))


@pytest.mark.parametrize(
    "settled",
    [SETTLED, replace(SETTLED, grants=(), counted=0), replace(SETTLED, amendment=AMENDMENT)],
    ids=["sale", "sale without promotions", "amendment"],
)
def test_receipt_of__words_of_a_receipt__are_what_was_issued(settled: Settled) -> None:
    found = receipt_of(_attachment(settled))
    assert found == IssuedReceipt(2, 77, 1_526_272_205, ENTRY, settled)
    assert found.settled.basis == settled.basis


def test_attached_of__report_of_version_1__brings_nothing() -> None:
    assert attached_of(Report(0, 1, (SECTION,))) is None


def test_attached_of__sale_that_nobody_knows__is_none() -> None:
    report = Report(0, 1, (SECTION,), attachments=(None, _attachment()))
    assert attached_of(report) == [None, Attached(receipt_of(_attachment()))]


@pytest.mark.parametrize(
    "changes",
    [
        {"accrual": _attachment().accrual | 1},
        {"accrual": _attachment().accrual ^ 1 << 249},
        {"accrual": _attachment().accrual | 0xFF << 88},
        {"entry": _attachment().entry | 1 << 128},
        {"grants": _attachment().grants | 1},
        {"grants": 15 << 236},
        {"basis": _attachment().basis | 1},
        {"basis": _attachment().basis | 1 << 110},
        {"amended": 1},
    ],
)
def test_attached_of__words_that_no_receipt_has__are_without_one(changes: dict[str, int]) -> None:
    report = Report(0, 1, (SECTION,), attachments=(replace(_attachment(), **changes),))
    assert attached_of(report) == [Attached(None)]
