"""The arithmetic of base miles by the rate that the receipt names, and what an amendment did."""

from dataclasses import replace

from milepost.cli.receipt_view import base_words, changed_words
from milepost.domain.outcome import Outcome
from milepost.domain.receipt import NO_BASIS, MemberReceipt
from tests.support.purchases import a_receipt, an_amendments_receipt


def _receipt(base: int, outcome: Outcome = Outcome.CREDITED) -> MemberReceipt:
    receipt = a_receipt()
    return replace(receipt, settled=replace(receipt.settled, base=base, outcome=outcome))


def test_base_words__by_the_receipts_rate__shows_the_sum() -> None:
    words = base_words(_receipt(149))
    assert words == "149: 1 mile for each HKD 4.00, in minor units: floor(59,600 * 1 / 400) = 149"


def test_base_words__prepaid_ran_out__says_that_it_was_cut() -> None:
    words = base_words(_receipt(40, Outcome.CUT_BY_PREPAID))
    assert words.startswith("40: ") and words.endswith("= 149, cut to what the partner had prepaid")


def test_base_words__refund__is_of_what_is_left() -> None:
    words = base_words(an_amendments_receipt())
    assert words.startswith("125: ") and words.endswith("floor(50,000 * 1 / 400) = 125")


def test_base_words__nothing_credited_or_no_rate__makes_no_sum() -> None:
    assert base_words(_receipt(0, Outcome.UNKNOWN_MEMBER)) == "0"
    receipt = _receipt(149)
    assert base_words(replace(receipt, settled=replace(receipt.settled, basis=NO_BASIS))) == "149"


def test_changed_words__each_way__says_the_miles() -> None:
    amendment = an_amendments_receipt().settled.amendment
    assert changed_words(amendment) == "purchase 77 of the partner: 72 miles taken back"
    assert changed_words(replace(amendment, returned=0, added=1)).endswith(": 1 mile added")
    assert changed_words(replace(amendment, returned=0)).endswith(": no miles")
