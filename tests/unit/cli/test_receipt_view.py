"""The arithmetic of base miles: stated where the agreement gives it, and never made up."""

from dataclasses import replace

from milepost.cli.receipt_view import base_words
from milepost.domain.outcome import Outcome
from milepost.domain.partner import EarnRate
from milepost.domain.receipt import MemberReceipt
from tests.support.programme import a_partner
from tests.support.purchases import a_receipt


def _receipt(base: int, outcome: Outcome = Outcome.CREDITED) -> MemberReceipt:
    receipt = a_receipt()
    return replace(receipt, settled=replace(receipt.settled, base=base, outcome=outcome))


def test_base_words__as_agreed__shows_the_sum() -> None:
    words = base_words(_receipt(149), a_partner())
    assert words == "149: 1 mile for each HKD 4.00, in minor units: floor(59,600 * 1 / 400) = 149"


def test_base_words__prepaid_ran_out__says_that_it_was_cut() -> None:
    words = base_words(_receipt(40, Outcome.CUT_BY_PREPAID), a_partner())
    assert words.startswith("40: ") and words.endswith("= 149, cut to what the partner had prepaid")


def test_base_words__another_rate_on_chain__says_so() -> None:
    words = base_words(_receipt(149), a_partner(earn=EarnRate(2, 400)))
    assert words.startswith("149 on chain") and "settled at another rate" in words


def test_base_words__nothing_credited_or_no_agreement__makes_no_sum() -> None:
    assert base_words(_receipt(0, Outcome.UNKNOWN_MEMBER), a_partner()) == "0"
    assert "not among the configured files" in base_words(_receipt(149), None)
