"""Stating a partner's account.

given reports settled              then base and each promotion stand in their month, and months add up
    when amended                   then the difference to the receipt it brought comes back, or is added
    when a pot paid                then it moves nothing of the partner
given funding and pots             then they are lines of their own
given logs that do not add up, or a block replaced meanwhile    then nothing is stated
"""

from dataclasses import replace
from typing import Any

import pytest

from milepost.codec.receipt_leaf import accrual_word, grants_word
from milepost.domain.outcome import Cut, Outcome
from milepost.domain.partner import PaymentMode
from milepost.domain.partner_account import Item, Movement
from milepost.domain.purchase import PurchaseKind
from milepost.domain.receipt import Amendment, Grant, Settled
from milepost.domain.report import Attachment, PlacedEntry, Section
from milepost.pipeline.read_settlements import read_settlements
from milepost.pipeline.state_partner import (
    AccountDiffers,
    MonthUnknown,
    PartnerStatement,
    changes_of,
    state_partner,
)
from milepost.ports import ChainUnavailable, PartnerAct, PartnerLog, PublishedPromotion, StandingPartner
from milepost.testing import FakePartnerBook
from tests.support.programme import MEMBERS, NOON_S, Oracle, submitted, three_bills
from tests.support.purchases import an_entry

PUTIEN, TAMARIND = 1, 2
WINDOW = PublishedPromotion(is_funded=False, is_of_window=True)


def _settled(**changes: Any) -> FakePartnerBook:
    """Two bills at Putien: 149 base and 298 of promotion 1 each; one at Tamarind of nobody."""
    oracle = Oracle()
    oracle.ingest(*three_bills())
    oracle.relayed()
    prepaid = StandingPartner(PaymentMode.PREPAID, 10_000 - 2 * 447, 9_500, False)
    funded = (NOON_S - 40 * 86_400, PartnerLog(PUTIEN, PartnerAct.FUNDED, 10_000, 10_000))
    usual: dict[str, Any] = {"acts": [funded], "standings": {PUTIEN: prepaid}}
    return FakePartnerBook(oracle.chain, **{**usual, **changes})


def _stated(book: FakePartnerBook, partner: int = PUTIEN) -> PartnerStatement:
    return state_partner(partner, book=book, utc_offset_minutes=480)


def test_state_partner__settled__has_base_and_each_promotion_by_month() -> None:
    found = _stated(_settled())
    april, may = found.months
    assert (april.month, april.closing) == ((2018, 4), 10_000)
    assert may.lines == {(Item.BASE, None): 298, (Item.BONUS, 1): 596}
    assert (may.opening, may.closing, may.issued) == (10_000, 9_106, 894)
    assert found.is_low and found.forecast is not None and found.forecast.used == 894


def test_state_partner__nothing_was_credited__has_no_lines() -> None:
    found = _stated(_settled(), TAMARIND)
    assert [month.lines for month in found.months] == [{}]
    assert (found.forecast, found.is_low) == (None, False)


def test_state_partner__pots_and_lows__are_lines_and_times_of_their_own() -> None:
    at_s = NOON_S - 86_400
    acts = [
        (at_s, PartnerLog(PUTIEN, PartnerAct.FUNDED, 5_000, 5_000)),
        (at_s, PartnerLog(PUTIEN, PartnerAct.CONTRIBUTED, 300, 4_700, 1)),
        (at_s, PartnerLog(PUTIEN, PartnerAct.RELEASED, 40, 4_740, 1)),
        (at_s, PartnerLog(TAMARIND, PartnerAct.FUNDED, 9, 9)),
        (at_s + 1, PartnerLog(PUTIEN, PartnerAct.LOW, 4_442, 4_442)),
    ]
    paid_by_pot = {1: PublishedPromotion(is_funded=True, is_of_window=False)}
    standing = StandingPartner(PaymentMode.POSTPAID, 5_000 - 300 + 40 - 298, 0, False)
    found = _stated(_settled(acts=acts, standings={PUTIEN: standing}, published=paid_by_pot))
    (may,) = found.months
    assert may.lines == {
        (Item.FUNDED, None): 5_000,
        (Item.CONTRIBUTED, 1): 300,
        (Item.RELEASED, 1): 40,
        (Item.BASE, None): 298,
    }
    assert may.pot_lines == {(Item.BONUS, 1): 596}
    assert found.lows == ((at_s + 1, 4_442),)


def test_state_partner__a_log_is_missing__is_refused() -> None:
    with pytest.raises(AccountDiffers, match="may issue -894 miles, by the registry 9106") as refused:
        _stated(_settled(acts=[]))
    assert refused.value.exit_code == 1


def test_state_partner__block_replaced__is_refused() -> None:
    with pytest.raises(ChainUnavailable):
        _stated(_settled(changed=lambda: True))


def test_month__not_of_the_account__says_which_are() -> None:
    found = _stated(_settled())
    assert found.month((2018, 5)) is found.months[-1]
    with pytest.raises(
        MonthUnknown, match="2018-06 is no month of this account, which goes from 2018-04 to 2018-05"
    ):
        found.month((2018, 6))


def _amended(
    before: Settled, after: Settled, promotions: dict[int, PublishedPromotion] | None = None
) -> list[tuple[int | None, int]]:
    accrual = accrual_word(before, partner_id=PUTIEN, number=1, base_time=0)
    attachment = Attachment(0, 1, 0, accrual, grants_word(before.grants), 0, 0)
    entry = an_entry(kind=PurchaseKind.REFUND)
    placed = PlacedEntry(Section(PUTIEN, 2, 0, (entry,)), 2, entry, attachment)
    return changes_of(placed, after, promotions or {})


def _left(base: int, *grants: tuple[int, int], returned: int = 0, added: int = 0) -> Settled:
    amendment = Amendment(1, 100, 0, 0, 0, 0, returned=returned, added=added)
    found = tuple(Grant(promotion, Cut.NONE, miles, miles) for promotion, miles in grants)
    return Settled(Outcome.REVERSED, base, 11_000, found, amendment=amendment)


def _sale(base: int, *grants: tuple[int, int]) -> Settled:
    return replace(_left(base, *grants), outcome=Outcome.CREDITED, amendment=None)


def test_changes_of__refunded_in_part__is_the_difference() -> None:
    sale = _sale(149, (1, 298), (4, 20))
    assert _amended(sale, _left(100, (1, 200), returned=167)) == [(None, -49), (1, -98), (4, -20)]
    assert _amended(sale, _left(149, (1, 298), (4, 20))) == []


def test_changes_of__amended_up__is_issued() -> None:
    assert _amended(_sale(149), _left(160, (1, 22), added=33)) == [(None, 11), (1, 22)]


def test_changes_of__a_window_that_fell_further__falls_on_its_promotion() -> None:
    before, after = _sale(100, (1, 50), (6, 500)), _left(50, (1, 25), (6, 0), returned=50 + 25 + 2_000)
    assert _amended(before, after, {6: WINDOW}) == [(None, -50), (1, -25), (6, -2_000)]
    assert _amended(before, after) == [(None, -1_550), (1, -25), (6, -500)]


def test_changes_of__a_claim__is_issued_whole() -> None:
    nobody = Settled(Outcome.UNKNOWN_MEMBER, 0, 0)
    assert _amended(nobody, _left(149, (1, 298), added=447)) == [(None, 149), (1, 298)]


def test_changes_of__an_amendment_without_effect__is_nothing() -> None:
    assert _amended(_sale(149), Settled(Outcome.ALREADY_REFUNDED, 0, 0)) == []


def test_state_partner__report_of_others__is_passed_over() -> None:
    oracle = Oracle()
    oracle.ingest(submitted("B-2", partner="tamarind"))
    oracle.relayed()
    assert state_partner(PUTIEN, book=FakePartnerBook(oracle.chain), utc_offset_minutes=480).movements == ()


def test_state_partner__refunded_in_part__comes_back_by_base_and_promotion() -> None:
    oracle = Oracle()
    oracle.ingest(submitted("A-1"))
    oracle.relayed()
    read_settlements(oracle.store, chain=oracle.chain)
    refund = {"kind": PurchaseKind.REFUND, "original_sale_ref": "A-1", "gross_minor": 30_000}
    parts = {"tax_minor": 0, "service_minor": 0, "tip_minor": 0, "eligible_minor": 30_000}
    oracle.ingest(submitted("R-1", **refund, **parts))
    oracle.relayed()
    (month,) = state_partner(PUTIEN, book=FakePartnerBook(oracle.chain), utc_offset_minutes=480).months
    # HKD 596.00 gave 149 and 298; HKD 296.00 leave 74 and 148.
    assert month.lines == {
        (Item.BASE, None): 149,
        (Item.BONUS, 1): 298,
        (Item.BASE_REVERSED, None): 75,
        (Item.BONUS_REVERSED, 1): 150,
    }


def test_movement__of_today__is_in_the_accounts_last_month() -> None:
    oracle = Oracle()
    oracle.ingest(submitted("A-9", MEMBERS[2]))
    oracle.relayed()
    found = state_partner(PUTIEN, book=FakePartnerBook(oracle.chain), utc_offset_minutes=480)
    at_s = oracle.chain.final_block().timestamp
    assert found.movements == (Movement(at_s, Item.BASE, 149), Movement(at_s, Item.BONUS, 298, 1))
