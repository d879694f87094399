"""Which amendments are let through: each outcome by a case, and what an amendment leaves of its bill."""

from dataclasses import replace
from typing import Any

import pytest

from milepost.domain.amending import channel_of, how_of, offset_choice_of, party_of
from milepost.domain.books import Attached
from milepost.domain.outcome import Outcome
from milepost.domain.purchase import PurchaseKind
from tests.support.promotions import some_books
from tests.support.purchases import an_entry
from tests.support.till import DAY_S, Till


@pytest.fixture
def till() -> Till:
    """One bill of 400.00, which earned 100 miles."""
    till = Till(some_books())
    till.sell("a")
    return till


def _unchanged(till: Till, **changes: Any) -> Outcome:
    """The outcome of a refund that changes nothing."""
    settled = till.refund("a", 10_000, **changes)
    assert (settled.base, settled.last_day, settled.amendment) == (0, 0, None)
    assert till.books.ledger.balance_at(1, till.now_s) == 100
    return settled.outcome


def test_change_of__a_sale_nobody_knows__is_original_not_found(till: Till) -> None:
    (judged,) = [till._settle(0, None, kind=PurchaseKind.REFUND, eligible_minor=1)]
    assert judged.settled.outcome is Outcome.ORIGINAL_NOT_FOUND


def test_change_of__a_proof_that_fails__is_unproven(till: Till) -> None:
    newest = till.newest("a")
    assert newest.receipt is not None
    forged = replace(newest.receipt, settled=replace(newest.receipt.settled, base=99))
    for attached in (
        Attached(None),
        replace(newest, is_proven=False),
        Attached(forged),
        Attached(replace(newest.receipt, number=2)),
    ):
        assert _unchanged(till, attached=attached) is Outcome.UNPROVEN
    basis = replace(newest.receipt.settled.basis, per_minor=1)
    forged = replace(newest.receipt, settled=replace(newest.receipt.settled, basis=basis))
    assert _unchanged(till, attached=Attached(forged)) is Outcome.UNPROVEN


def test_change_of__an_older_receipt__is_unproven(till: Till) -> None:
    older = till.newest("a")
    assert till.refund("a", 4_000).outcome is Outcome.REVERSED
    assert till.refund("a", 4_000, attached=older).outcome is Outcome.UNPROVEN
    assert till.refund("a", 4_000).outcome is Outcome.REVERSED


def test_change_of__another_member_or_partner__is_receipt_not_true(till: Till) -> None:
    assert _unchanged(till, member=2) is Outcome.RECEIPT_NOT_TRUE
    till.books.partners[2] = replace(till.books.partners[1])
    till.partner = 2
    assert _unchanged(till) is Outcome.RECEIPT_NOT_TRUE


def test_change_of__the_receipt_of_a_refused_amendment__is_receipt_not_true(till: Till) -> None:
    till.refund("a", 50_000)
    refused = Attached(till.books.issued[1, 2])
    assert _unchanged(till, attached=refused) is Outcome.RECEIPT_NOT_TRUE


def test_change_of__the_same_facts__is_already_refunded(till: Till) -> None:
    assert till.refund("a", 10_000, facts=b"the same refund!").outcome is Outcome.REVERSED
    assert till.refund("a", 10_000, facts=b"the same refund!").outcome is Outcome.ALREADY_REFUNDED
    assert till.books.ledger.balance_at(1, till.now_s) == 75


def test_change_of__refunds_in_sum__never_exceed_the_bill(till: Till) -> None:
    outcomes = [till.refund("a", amount).outcome for amount in (30_000, 10_001, 10_000, 1)]
    assert outcomes == [
        Outcome.REVERSED,
        Outcome.EXCEEDS_BILL,
        Outcome.REVERSED,
        Outcome.ALREADY_REFUNDED,
    ]
    assert till.void("a").outcome is Outcome.ALREADY_REFUNDED
    assert till.books.ledger.balance_at(1, till.now_s) == 0


def test_change_of__an_amend_below_what_was_refunded__exceeds_the_bill(till: Till) -> None:
    till.refund("a", 10_000)
    assert till.amend("a", 9_999).outcome is Outcome.EXCEEDS_BILL
    amended = till.amend("a", 20_000)
    assert amended.amendment is not None
    assert (amended.amendment.eligible_minor, amended.amendment.refunded_minor) == (10_000, 10_000)
    assert (amended.outcome, amended.base, amended.returned) == (Outcome.REVERSED, 25, 50)


def test_change_of__suspended_partner_age_and_closed_account__do_not_stop_a_refund(till: Till) -> None:
    till.books.partners[1].is_suspended = True
    till.books.ledger.close(1)
    till.now_s += 400 * DAY_S
    assert till.refund("a", 40_000).outcome is Outcome.REVERSED
    assert till.books.ledger.balance_at(1, till.now_s) == 0


def test_change_of__a_sale_that_earned_nothing__only_its_bill_changes() -> None:
    till = Till(some_books())
    till.sell("nobody's", member=0)
    settled = till.refund("nobody's", 10_000)
    assert (settled.outcome, settled.base, settled.returned) == (Outcome.REVERSED, 0, 0)
    assert till.amend("nobody's", 70_000).outcome is Outcome.CREDITED
    newest = till.newest("nobody's").receipt
    assert newest is not None and newest.settled.amendment is not None
    assert newest.settled.amendment.eligible_minor == 60_000
    assert till.books.ledger.credited == 0


def test_change_of__an_amend_with_the_member__claims_what_was_nobodys() -> None:
    till = Till(some_books())
    till.sell("a", member=0)
    claimed = till.amend("a", 40_000, member=5)
    assert (claimed.outcome, claimed.base, claimed.credited) == (Outcome.CREDITED, 100, 100)
    assert till.books.ledger.balance_at(5, till.now_s) == 100
    assert till.amend("a", 40_000, member=6).outcome is Outcome.RECEIPT_NOT_TRUE
    assert till.refund("a", 40_000, member=5).returned == 100


@pytest.mark.parametrize(
    ("member", "late_days", "outcome"),
    [(101, 0, Outcome.UNKNOWN_MEMBER), (9, 0, Outcome.CLOSED_ACCOUNT), (5, 91, Outcome.TOO_OLD)],
)
def test_change_of__a_claim_that_is_refused__may_come_again(
    member: int, late_days: int, outcome: Outcome
) -> None:
    till = Till(some_books())
    till.books.ledger.close(9)
    till.sell("a", member=0)
    till.now_s += late_days * DAY_S
    assert till.amend("a", 40_000, member=member).outcome is outcome
    till.now_s -= late_days * DAY_S
    assert till.amend("a", 40_000, member=5).outcome is Outcome.CREDITED


def test_change_of__a_refund_of_a_claimable_sale__may_not_name_a_member() -> None:
    till = Till(some_books())
    till.sell("a", member=0)
    assert till.refund("a", 1, member=5).outcome is Outcome.RECEIPT_NOT_TRUE


def test_change_of__void__returns_all_that_is_left(till: Till) -> None:
    till.refund("a", 30_000)
    voided = till.void("a")
    assert voided.amendment is not None
    assert (voided.outcome, voided.returned) == (Outcome.REVERSED, 25)
    assert (voided.amendment.eligible_minor, voided.amendment.refunded_minor) == (0, 40_000)


def test_change_of__amend_up_with_a_lapsed_lot__is_lot_void(till: Till) -> None:
    till.now_s += 1_200 * DAY_S
    assert till.amend("a", 50_000).outcome is Outcome.LOT_VOID
    assert till.refund("a", 10_000).outcome is Outcome.REVERSED


def test_how_of__an_entry__has_kind_offset_channel_and_party() -> None:
    how = how_of(an_entry(offset_choice=1, channel=2, party=63))
    assert (how, offset_choice_of(how), channel_of(how), party_of(how)) == (0b00_1_10_111111_0, 1, 2, 63)
    assert how_of(an_entry(kind=PurchaseKind.VOID)) == 3 << 10
