"""The members' ledger in memory: it answers as the model of the lots does, and refuses when told to."""

import pytest

from milepost.ports import MemberProfile, TxUnderfunded
from milepost.testing import FakeMemberLedger
from tests.support.ledgers import a_lot, a_lot_ledger


def test_fake_member_ledger__credited__balances_and_lots_are_the_models() -> None:
    ledger = FakeMemberLedger(a_lot_ledger())
    assert ledger.enrol_up_to(2) == 2
    assert (ledger.enrolled(), ledger.txs) == (2, 1)
    ledger.ledger.credit(1, a_lot(10_000), 5)
    noon_s = 1_526_274_000
    assert ledger.day_of(noon_s) == 10_360
    assert ledger.balance_at(1, noon_s) == 0
    assert [lot.miles for lot in ledger.lots_of(1)] == [5]


def test_fake_member_ledger__profiles__are_the_usual_until_written() -> None:
    ledger = FakeMemberLedger(a_lot_ledger())
    assert ledger.profile_of(1) == MemberProfile()
    ledger.set_profile(1, MemberProfile(2, 3))
    assert ledger.profile_of(1) == MemberProfile(2, 3)
    ledger.set_profiles({1: MemberProfile(1, 1), 4: MemberProfile(0, 9)})
    assert (ledger.profile_of(1), ledger.profile_of(4)) == (MemberProfile(1, 1), MemberProfile(0, 9))
    assert ledger.txs == 2


def test_fake_member_ledger__times__are_0_until_written() -> None:
    ledger = FakeMemberLedger(a_lot_ledger())
    assert ledger.enrolled_at(1) == 0
    ledger.set_enrolled_at({1: 1_522_630_800})
    assert (ledger.enrolled_at(1), ledger.txs) == (1_522_630_800, 1)


def test_fake_member_ledger__told_to_refuse__does() -> None:
    ledger = FakeMemberLedger(a_lot_ledger(), refuses=TxUnderfunded("send funds"))
    for act in (ledger.require_can_enrol, lambda: ledger.enrol_up_to(1)):
        with pytest.raises(TxUnderfunded):
            act()
    assert ledger.enrolled() == 0
