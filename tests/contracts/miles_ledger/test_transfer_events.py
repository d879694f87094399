"""Transfer, as a linked member's wallet sees it: every act says what came or went, and no act says it twice.

given a linked member
  when miles are redeemed, taken back or given to another   then they go from its wallet to nobody
  when a redemption is cancelled                            then they come back, and what lapsed goes at once
  when miles are bought, adjusted up or received            then they come
  when miles are extended                                   then nothing moves
  when lapsed miles are written off                         then they go
  when a refund takes miles back, or a debt is collected    then they go
  when later miles pay a debt                               then what pays is not seen
given a member who is not linked                            then nothing is said
given a desk that is named or taken out                     then DeskSet says what it may do
"""

from typing import Any

import pytest
from ape.api import AccountAPI

from tests.support.contract_programme import Programme
from tests.support.links import link
from tests.support.refunding import a_refund, a_sale, a_void, amend, attached

DAY = 86_400
NOBODY = "0x" + "0" * 40


@pytest.fixture
def desk(programme: Programme, wallet: AccountAPI) -> AccountAPI:
    """The manager as a desk that may do everything; member 2 is linked."""
    programme.ledger.setDesk(programme.manager, 15, sender=programme.manager)
    link(programme, 2, wallet)
    return programme.manager


def seen(programme: Programme, wallet: AccountAPI, tx: Any) -> list[int]:
    """Miles of each Transfer, positive to the wallet, negative from it."""
    found = [(log["from"], log.to, log.value) for log in tx.decode_logs(programme.ledger.Transfer)]
    assert all({source, into} == {wallet.address, NOBODY} for source, into, _ in found)
    return [miles if into == wallet.address else -miles for _, into, miles in found]


def test_transfer__each_act_of_a_linked_member__is_seen_once(
    programme: Programme, desk: AccountAPI, wallet: AccountAPI
) -> None:
    ledger = programme.ledger
    programme.earn(100, member=2)
    # The chain inside the process gives no answer of a tx: it is asked before.
    taken = list(ledger.redeem.call(2, 60, sender=desk))
    tx = ledger.redeem(2, 60, sender=desk)
    assert seen(programme, wallet, tx) == [-60]
    assert seen(programme, wallet, ledger.cancelRedemption(2, taken, sender=desk)) == [60]
    assert seen(programme, wallet, ledger.buy(2, 7, sender=desk)) == [7]
    assert seen(programme, wallet, ledger.adjustUp(2, 5, sender=desk)) == [5]
    assert seen(programme, wallet, ledger.adjustDown(2, 12, sender=desk)) == [-12]
    last_day = ledger.lastDayOf(programme.now)
    assert seen(programme, wallet, ledger.extend(2, last_day, 100, sender=desk)) == []
    assert seen(programme, wallet, ledger.transferMiles(2, 3, 30, sender=desk)) == [-30]
    assert seen(programme, wallet, ledger.transferMiles(3, 2, 10, sender=desk)) == [10]
    assert ledger.balanceOf(wallet) == 80


def test_transfer__lapsed_miles__go_when_they_are_written_off(
    programme: Programme, desk: AccountAPI, wallet: AccountAPI
) -> None:
    ledger = programme.ledger
    programme.earn(100, member=2)
    taken = list(ledger.redeem.call(2, 60, sender=desk))
    ledger.redeem(2, 60, sender=desk)
    last_day = ledger.lastDayOf(programme.now)
    while ledger.dayOf(programme.now) <= last_day:
        programme.move_to(programme.now + 90 * DAY)
    assert seen(programme, wallet, ledger.cancelRedemption(2, taken, sender=desk)) == [60, -100]
    assert seen(programme, wallet, ledger.writeOff(2, 64, sender=desk)) == []
    assert ledger.totalSupply() == 0


def test_transfer__member_without_a_wallet__is_never_seen(programme: Programme, desk: AccountAPI) -> None:
    ledger = programme.ledger
    programme.earn(100)
    for tx in (
        ledger.redeem(1, 20, sender=desk),
        ledger.buy(1, 7, sender=desk),
        ledger.transferMiles(1, 3, 30, sender=desk),
    ):
        assert list(tx.decode_logs(ledger.Transfer)) == []


def test_transfer_and_extend__events__say_who_and_how_many(programme: Programme, desk: AccountAPI) -> None:
    ledger = programme.ledger
    programme.earn(100)
    (moved,) = ledger.transferMiles(1, 3, 30, sender=desk).decode_logs(ledger.MilesTransferred)
    assert (moved["from"], moved.into, moved.miles) == (1, 3, 30)
    last_day = ledger.lastDayOf(programme.now)
    (extended,) = ledger.extend(1, last_day, 50, sender=desk).decode_logs(ledger.LotsExtended)
    assert (extended.member, extended.miles) == (1, 50)


def test_set_desk__named_and_taken_out__says_what_it_may_do(
    programme: Programme, stranger: AccountAPI
) -> None:
    for acts in (6, 0):
        tx = programme.ledger.setDesk(stranger, acts, sender=programme.manager)
        (event,) = tx.decode_logs(programme.ledger.DeskSet)
        assert (event.desk, event.acts) == (stranger.address, acts)
        assert programme.ledger.deskActs(stranger) == acts


def test_transfer__refund_and_what_is_owed__are_seen_as_they_come_and_go(
    programme: Programme, desk: AccountAPI, wallet: AccountAPI
) -> None:
    sold = programme.settle(programme.a_section(a_sale(40_000, member=2)))
    assert seen(programme, wallet, sold.tx) == [100]
    done = amend(programme, [a_refund(12_000, member=2)], [attached(sold)])
    assert seen(programme, wallet, done.tx) == [-30]
    programme.ledger.redeem(2, 50, sender=desk)
    voided = amend(programme, [a_void(member=2)], [attached(done)])
    assert seen(programme, wallet, voided.tx) == [-20]
    # 50 are owed: later miles pay first, and what pays never reaches the wallet.
    paid = programme.settle(programme.a_section(a_sale(12_000, member=2), a_sale(12_000, member=2)))
    assert seen(programme, wallet, paid.tx) == [10]
    assert programme.ledger.balanceOf(wallet) == 10


def test_transfer__debt_collected__goes(programme: Programme, desk: AccountAPI, wallet: AccountAPI) -> None:
    sold = programme.settle(programme.a_section(a_sale(40_000, member=2)))
    programme.ledger.redeem(2, 100, sender=desk)
    amend(programme, [a_void(member=2)], [attached(sold)])
    programme.ledger.buy(2, 70, sender=desk)
    assert programme.ledger.balanceOf(wallet) == 0
    tx = programme.ledger.collect(2, sender=programme.relayer)
    assert seen(programme, wallet, tx) == [-70]
    assert programme.ledger.accountWord(2) >> 188 & 0xFFFFFFFF == 30
