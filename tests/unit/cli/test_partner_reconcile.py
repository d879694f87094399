"""A difference in words, for every reason."""

from dataclasses import replace

import pytest

from milepost.cli.partner_reconcile import sentence_of
from milepost.domain.partner_books import BookDifference, Reason
from milepost.domain.purchase import PurchaseKind

USUAL = BookDifference(
    Reason.MISSING_HERE,
    "A-1",
    PurchaseKind.SALE,
    lines=(2,),
    number=7,
    file_minor=60_000,
    chain_minor=59_600,
    file_miles=450,
    chain_miles=447,
)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "Not settled: it never came here."),
        ({"detail": "accepted"}, "Not settled: it is accepted, and waits."),
        ({"detail": "conflicted"}, "Not settled: it came here with other content first."),
        ({"reason": Reason.MISSING_THERE}, "Settled, 447 miles; the file has no such row."),
        (
            {"reason": Reason.MISSING_THERE, "detail": "too_old", "chain_miles": 0},
            "Settled, with too_old, 0 miles; the file has no such row.",
        ),
        (
            {"reason": Reason.AMOUNT_DIFFERS},
            "Eligible by the file HKD 600.00, by the chain HKD 596.00; miles 450 and 447.",
        ),
        ({"reason": Reason.MILES_DIFFER}, "Miles by the file 450, by the chain 447."),
        (
            {"reason": Reason.MILES_DIFFER, "detail": "cut_by_prepaid"},
            "Miles by the file 450, by the chain 447: the partner's miles had run out.",
        ),
        ({"reason": Reason.REFUSED, "detail": "unknown_member"}, "Settled with unknown_member: no miles."),
        (
            {"reason": Reason.REFUNDED_SINCE, "kind": PurchaseKind.REFUND, "chain_miles": -149},
            "REFUND settled since, -149 miles; the file has no such row.",
        ),
        ({"reason": Reason.COUNTED_TWICE}, "Stands twice in the file."),
        ({"reason": Reason.COUNTED_TWICE, "lines": ()}, "Stands twice on chain, under two sources."),
    ],
)
def test_sentence_of__each_reason__says_what_differs(changes: dict[str, object], said: str) -> None:
    assert sentence_of(replace(USUAL, **changes), "HKD") == said


def test_sentence_of__every_reason__has_one() -> None:
    assert {sentence_of(replace(USUAL, reason=reason), "HKD") for reason in Reason}
