"""settle: refunds, voids, amendments and claims that take effect.

given a sale worth 100 miles, settled, and its receipt
  when a part is refunded        then its miles come back, the receipt says what is left, its leaf is the head
  when more is refunded with the newest receipt   then it is added up, and the older receipt is unproven
  when all came back             then a further refund or void is already_refunded
  when it is voided              then all that is left comes back
  when it is amended down or up  then miles come back or are added, in the lot of the sale
  when it is amended up and its lot is void       then lot_void, and no head
  when it was settled for nobody then an AMEND with a member claims it like a sale of its time
  when it was refused            then the bill changes, and no miles ever
  when its partner is suspended, its account closed, or it is old   then it comes back all the same
  when its miles are spent       then the programme's setting decides, and later credits pay what is owed
given several in one report, sales among them
  then each gets its outcome, and the receipts of all verify
"""

from collections.abc import Callable

import pytest

from milepost.codec import receipt_tree
from milepost.codec.report_bytes import decode_report
from milepost.domain.outcome import Outcome
from milepost.domain.report import Attachment, Entry
from tests.support.contract_programme import (
    OPEN_PARTNER,
    PREPAID_MILES,
    PREPAID_PARTNER,
    Programme,
    Settlement,
)
from tests.support.receipt_words import words_of
from tests.support.refunding import a_refund, a_sale, a_void, amend, an_amend, attached

DAY_S = 86_400
BILL = 40_000


def _verified(programme: Programme, done: Settlement) -> None:
    """Every receipt of a report, by the contract."""
    words = words_of(decode_report(done.report), done.results)
    leaves = [one.leaf for one in words]
    assert done.root == receipt_tree.root(leaves)
    for i, receipt in enumerate(words):
        assert programme.receipts.verify(tuple(receipt), receipt_tree.proof(leaves, i))


def _head(programme: Programme, number: int = 1, partner: int = OPEN_PARTNER) -> bytes:
    return bytes(programme.receipts.headOf(partner, number))


def _balance(programme: Programme, member: int = 1) -> int:
    return int(programme.ledger.balanceAt(member, programme.now))


def _sold(programme: Programme, *entries: Entry, partner: int = OPEN_PARTNER) -> Settlement:
    return programme.settle(programme.a_section(*(entries or (a_sale(BILL),)), partner=partner))


def _changed(
    programme: Programme, entry: Entry, receipt: Attachment | None, *, partner: int = OPEN_PARTNER
) -> Settlement:
    """Settle one entry that changes a purchase; its receipt is true."""
    done = amend(programme, [entry], [receipt], partner=partner)
    _verified(programme, done)
    return done


def test_settle__part_refunded__takes_its_miles_back(programme: Programme) -> None:
    sold = _sold(programme)
    assert _balance(programme) == 100
    done = _changed(programme, a_refund(10_200), attached(sold))
    (result,) = done.results
    assert (result.outcome, result.base, result.grants) == (Outcome.REVERSED, 74, ())
    assert result.last_day == sold.results[0].last_day
    left = result.amendment
    assert left is not None
    assert (left.number, left.eligible_minor, left.refunded_minor) == (1, 29_800, 10_200)
    assert (left.returned, left.added) == (26, 0)
    assert result.basis == sold.results[0].basis
    assert _balance(programme) == 74
    (words,) = words_of(decode_report(done.report), done.results)
    assert _head(programme) == words.leaf


def test_settle__refunds_of_one_bill__add_up_to_it_and_no_further(programme: Programme) -> None:
    newest = first = attached(_sold(programme))
    for back, left in ((10_001, 74), (9_999, 50), (20_000, 0)):
        newest = attached(_changed(programme, a_refund(back), newest))
        assert _balance(programme) == left
    assert _changed(programme, a_refund(1), newest).results[0].outcome is Outcome.ALREADY_REFUNDED
    assert _changed(programme, a_void(), newest).results[0].outcome is Outcome.ALREADY_REFUNDED
    assert _changed(programme, a_refund(1), first).results[0].outcome is Outcome.UNPROVEN
    assert programme.ledger.totals().reversed == 100


def test_settle__more_than_is_left__exceeds_the_bill(programme: Programme) -> None:
    newest = attached(_changed(programme, a_refund(30_000), attached(_sold(programme))))
    assert _changed(programme, a_refund(10_001), newest).results[0].outcome is Outcome.EXCEEDS_BILL
    assert _changed(programme, an_amend(29_999), newest).results[0].outcome is Outcome.EXCEEDS_BILL
    assert _changed(programme, an_amend(30_000), newest).results[0].outcome is Outcome.REVERSED
    assert _balance(programme) == 0


def test_settle__same_refund_again__is_one_refund(programme: Programme) -> None:
    refund = a_refund(10_000)
    done = _changed(programme, refund, attached(_sold(programme)))
    assert _changed(programme, refund, attached(done)).results[0].outcome is Outcome.ALREADY_REFUNDED
    assert _balance(programme) == 75


def test_settle__sale_changed_twice_in_one_report__changes_once(programme: Programme) -> None:
    receipt = attached(_sold(programme))
    done = amend(programme, [a_refund(10_000), a_refund(4_000)], [receipt, receipt])
    _verified(programme, done)
    assert [one.outcome for one in done.results] == [Outcome.REVERSED, Outcome.UNPROVEN]
    again = _changed(programme, a_refund(4_000), attached(done))
    assert again.results[0].outcome is Outcome.REVERSED
    assert _balance(programme) == 65


def test_settle__void__takes_all_that_is_left(programme: Programme) -> None:
    newest = attached(_changed(programme, a_refund(10_000), attached(_sold(programme))))
    (result,) = _changed(programme, a_void(), newest).results
    assert result.outcome is Outcome.REVERSED
    assert result.amendment is not None
    assert (result.amendment.eligible_minor, result.amendment.refunded_minor) == (0, BILL)
    assert (result.base, result.amendment.returned, _balance(programme)) == (0, 75, 0)


@pytest.mark.parametrize(
    ("bill", "outcome", "returned", "added"),
    [
        (20_000, Outcome.REVERSED, 50, 0),
        (BILL, Outcome.CREDITED, 0, 0),
        (40_399, Outcome.CREDITED, 0, 0),
        (60_800, Outcome.CREDITED, 0, 52),
        (0, Outcome.REVERSED, 100, 0),
    ],
)
def test_settle__amended__goes_to_the_sales_lot(
    programme: Programme, bill: int, outcome: Outcome, returned: int, added: int
) -> None:
    sold = _sold(programme)
    programme.move_to(programme.now + 3 * DAY_S)
    (result,) = _changed(programme, an_amend(bill, channel=3, party=5), attached(sold)).results
    assert (result.outcome, result.base, result.last_day) == (
        outcome,
        100 - returned + added,
        sold.results[0].last_day,
    )
    assert result.amendment is not None
    assert (result.amendment.returned, result.amendment.added) == (returned, added)
    assert (result.amendment.eligible_minor, result.amendment.refunded_minor) == (bill, 0)
    assert result.amendment.how == 3 << 7 | 5 << 1
    assert _balance(programme) == 100 - returned + added
    lots = programme.lens.lotsOf(programme.ledger, 1)
    assert [lot.amount for lot in lots if lot.amount] == [100 - returned + added] * (bill != 0)


def test_settle__amended_up_after_the_lot_is_void__changes_nothing(programme: Programme) -> None:
    sold = _sold(programme)
    programme.move_to(programme.now + 1_200 * DAY_S)
    (result,) = _changed(programme, an_amend(60_000), attached(sold)).results
    assert (result.outcome, result.amendment, result.last_day) == (Outcome.LOT_VOID, None, 0)
    assert _head(programme) == bytes(32)
    (result,) = _changed(programme, a_refund(20_000), attached(sold)).results
    assert result.outcome is Outcome.REVERSED


@pytest.mark.parametrize("refunded", [0, 8_000])
def test_settle__nobodys_sale__is_claimed_like_a_sale_of_its_time(
    programme: Programme, refunded: int
) -> None:
    sold = _sold(programme, a_sale(BILL, member=0))
    newest = attached(sold)
    if refunded:
        newest = attached(_changed(programme, a_refund(refunded, member=0), newest))
    (result,) = _changed(programme, an_amend(BILL, member=5), newest).results
    assert (result.outcome, result.base) == (Outcome.CREDITED, (BILL - refunded) // 400)
    assert result.amendment is not None
    assert (result.amendment.number, result.amendment.added) == (1, result.base)
    assert _balance(programme, 5) == result.base
    assert _head(programme) != bytes(32)


def test_settle__claim_twice_or_of_an_unknown_member__is_refused(programme: Programme) -> None:
    newest = attached(_sold(programme, a_sale(BILL, member=0)))
    assert (
        _changed(programme, an_amend(BILL, member=101), newest).results[0].outcome is Outcome.UNKNOWN_MEMBER
    )
    done = _changed(programme, an_amend(BILL, member=5), newest)
    assert _changed(programme, an_amend(BILL, member=6), newest).results[0].outcome is Outcome.UNPROVEN
    again = _changed(programme, an_amend(BILL, member=6), attached(done))
    assert again.results[0].outcome is Outcome.RECEIPT_NOT_TRUE
    (result,) = _changed(programme, a_refund(10_000, member=5), attached(done)).results
    assert (result.outcome, _balance(programme, 5)) == (Outcome.REVERSED, 75)


def test_settle__claim_too_late__is_too_old(programme: Programme) -> None:
    newest = attached(_sold(programme, a_sale(BILL, member=0)))
    programme.move_to(programme.now + 91 * DAY_S)
    assert _changed(programme, an_amend(BILL, member=5), newest).results[0].outcome is Outcome.TOO_OLD


def test_settle__sale_that_was_refused__changes_its_bill_and_brings_no_miles(programme: Programme) -> None:
    sold = _sold(programme, a_sale(BILL, outlet=99))
    assert sold.results[0].outcome is Outcome.UNKNOWN_OUTLET
    done = _changed(programme, a_refund(10_000), attached(sold))
    assert done.results[0].outcome is Outcome.REVERSED
    done = _changed(programme, an_amend(900_000), attached(done))
    (result,) = done.results
    assert (result.outcome, result.base, result.last_day) == (Outcome.CREDITED, 0, 0)
    assert result.amendment is not None
    assert result.amendment.eligible_minor == 890_000
    assert _balance(programme) == 0


def _suspended(programme: Programme) -> None:
    programme.registry.setSuspended(OPEN_PARTNER, True, sender=programme.manager)


def _closed(programme: Programme) -> None:
    programme.ledger.close(1, sender=programme.manager)


def _old(programme: Programme) -> None:
    programme.move_to(programme.now + 200 * DAY_S)


@pytest.mark.parametrize("happen", [_suspended, _closed, _old])
def test_settle__suspended_closed_or_old__gives_back_all_the_same(
    programme: Programme, happen: Callable[[Programme], None]
) -> None:
    sold = _sold(programme)
    happen(programme)
    assert _changed(programme, a_refund(10_000), attached(sold)).results[0].outcome is Outcome.REVERSED
    assert programme.ledger.totals().reversed == 25


def test_settle__refund_at_a_prepaid_partner__gives_its_miles_back(programme: Programme) -> None:
    sold = _sold(programme, partner=PREPAID_PARTNER)
    assert programme.registry.partnerOf(PREPAID_PARTNER).available == PREPAID_MILES - 100
    _changed(programme, a_refund(10_000), attached(sold), partner=PREPAID_PARTNER)
    assert programme.registry.partnerOf(PREPAID_PARTNER).available == PREPAID_MILES - 75


def test_settle__spent_miles__are_paid_by_later_credits(programme: Programme) -> None:
    sold = _sold(programme)
    programme.ledger.setDesk(programme.admin, 2, sender=programme.manager)
    programme.ledger.redeem(1, 90, sender=programme.admin)
    done = _changed(programme, a_void(), attached(sold))
    (event,) = done.tx.decode_logs(programme.ledger.MilesReversed)
    assert (event.member, event.miles, event.taken, event.owed) == (1, 100, 10, 90)
    paid = _sold(programme, a_sale(24_000), a_sale(24_000), a_sale(24_000), a_sale(24_000, member=2))
    _verified(programme, paid)
    assert [one.debt_offset for one in paid.results] == [60, 30, 0, 0]
    assert (_balance(programme), _balance(programme, 2)) == (90, 60)
    assert programme.ledger.totals().owed == 0
    # What paid a debt came back already: the refund of such a sale takes from what there is.
    _changed(programme, a_void(), attached(paid, 0))
    assert _balance(programme) == 30


def test_settle__mixed_report__gives_each_its_outcome(programme: Programme) -> None:
    first = _sold(
        programme, a_sale(BILL), a_sale(BILL, member=2), a_sale(BILL, member=0), a_sale(BILL, member=4)
    )
    entries = [
        a_sale(8_000),
        a_refund(4_000),
        a_sale(8_000, member=2),
        an_amend(48_000, member=2),
        a_refund(1, member=3),
        an_amend(BILL, member=3),
        a_void(member=4),
        a_sale(8_000, member=4),
    ]
    receipts = [attached(first, 0), attached(first, 1), None, attached(first, 2), attached(first, 3)]
    done = amend(programme, entries, receipts)
    _verified(programme, done)
    assert [one.outcome.name for one in done.results] == [
        "CREDITED",
        "REVERSED",
        "CREDITED",
        "CREDITED",
        "ORIGINAL_NOT_FOUND",
        "CREDITED",
        "REVERSED",
        "CREDITED",
    ]
    assert [_balance(programme, member) for member in (1, 2, 3, 4)] == [110, 140, 100, 20]
    totals = programme.ledger.totals()
    assert (totals.credited, totals.reversed) == (300 + 60 + 20 + 100, 110)
