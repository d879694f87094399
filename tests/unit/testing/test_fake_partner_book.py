"""The fake of partners' accounts: logs of the chain beside it, and acts by their time."""

import pytest

from milepost.domain.partner import PaymentMode
from milepost.ports import ChainUnavailable, PartnerAct, PartnerLog, SettledLog
from milepost.testing import FakePartnerBook
from tests.support.programme import NOON_S, Oracle, three_bills


def test_fake_partner_book__logs__are_in_order_of_time() -> None:
    oracle = Oracle()
    oracle.ingest(*three_bills())
    oracle.relayed()
    later = PartnerLog(1, PartnerAct.FUNDED, 5, 5)
    book = FakePartnerBook(oracle.chain, acts=[(NOON_S + 10**6, later), (NOON_S - 10**6, later)])
    first, settled, last = book.logs()
    assert isinstance(settled.log, SettledLog) and first.log == last.log == later
    assert settled.at_s == book.block.timestamp


def test_fake_partner_book__nothing_said__is_open_and_unchanged() -> None:
    book = FakePartnerBook(Oracle().chain)
    assert (book.standing(1).payment, book.standing(1).available) == (PaymentMode.OPEN, None)
    assert book.promotions() == {}
    book.require_unchanged()
    with pytest.raises(ChainUnavailable):
        FakePartnerBook(Oracle().chain, changed=lambda: True).require_unchanged()
