"""transferMiles: a member gives live miles to another, where the programme allows it.

given a limit for transfers and a fee
  when a stranger relays the sender's signature  then lots move with their days, and the stranger pays the fee
  when custody sends it for one without a wallet then no fee is taken here
  when the fee is above what the caller agreed to then ShopPriceAbove
  when the year's limit leaves too little        then ShopLimitReached; receiving has none
  when it is more than lives                     then LedgerMilesShort
  when it is sent again, late, or signed otherwise then ConsentNonceNotNext, …Expired, …SignatureInvalid
  when sender and receiver are one, or no miles are named then ShopTransferToItself, ShopMilesInvalid
given no limit                                   then ShopTransfersNotAllowed
"""

import pytest
from ape.api import AccountAPI
from ape.managers.project import ProjectManager

from tests.support.consents import NO_CONSENT, consent
from tests.support.contract_programme import Programme
from tests.support.links import link
from tests.support.orders import balance, lots
from tests.support.refusals import refuses
from tests.support.shop import LIMITS, MOST, NO_PERMIT, NO_PRICE, give, open_shop, paid


@pytest.fixture
def sender(programme: Programme, wallet: AccountAPI) -> AccountAPI:
    """The wallet of member 1, who has 5,000 miles in two lots; the relayer has tokens, the shop is open."""
    open_shop(programme)
    give(programme, programme.relayer)
    for days_ago in (10, 0):
        programme.earn(2_500, days_ago=days_ago)
    link(programme, 1, wallet)
    return wallet


def transfer(programme: Programme, sender: AccountAPI, miles: int, most: int = MOST, into: int = 2) -> int:
    """Transfer by signature, relayed; gives the fee."""
    signed = consent(programme, "Transfer", 1, sender, into=into, miles=miles)
    tx = programme.shop.transferMiles(1, into, miles, most, signed, NO_PERMIT, sender=programme.relayer)
    (event,) = tx.decode_logs(programme.shop.MilesTransferPaid)
    assert (event["from"], event.into, event.miles) == (1, into, miles)
    return int(event.fee)


def test_transfer_miles__signed_by_the_sender__lots_keep_their_days(
    programme: Programme, sender: AccountAPI
) -> None:
    (first, last) = lots(programme)
    assert transfer(programme, sender, 3_000, 30_000_000) == programme.shop.transferFee(3_000) == 30_000_000
    assert lots(programme, 2) == [first, (500, last[1])]
    assert (lots(programme), paid(programme)) == ([(2_000, last[1])], 30_000_000)
    assert tuple(programme.shop.yearOf(1, 2018)) == (0, 0, 3_000)
    assert tuple(programme.shop.yearOf(2, 2018)) == (0, 0, 0)


def test_transfer_miles__no_fee_set__costs_nothing(programme: Programme, sender: AccountAPI) -> None:
    open_shop(programme, transferring=NO_PRICE)
    assert transfer(programme, sender, 100, 0) == 0
    assert (balance(programme, 2), paid(programme)) == (100, 0)


def test_transfer_miles__fee_above_what_was_agreed__is_refused(
    programme: Programme, sender: AccountAPI
) -> None:
    with refuses("ShopPriceAbove", price=10_000, most=9_999):
        transfer(programme, sender, 1, 9_999)


def test_transfer_miles__no_wallet__is_for_custody_alone_and_pays_elsewhere(
    programme: Programme, stranger: AccountAPI
) -> None:
    open_shop(programme)
    programme.earn(500)
    with refuses("AccessManagedUnauthorized", caller=stranger.address):
        programme.shop.transferMiles(1, 2, 100, MOST, NO_CONSENT, NO_PERMIT, sender=stranger)
    programme.shop.transferMiles(1, 2, 100, 0, NO_CONSENT, NO_PERMIT, sender=programme.manager)
    assert (balance(programme, 2), paid(programme)) == (100, 0)


def test_transfer_miles__years_limit__is_the_senders(programme: Programme, sender: AccountAPI) -> None:
    most = LIMITS[2]
    transfer(programme, sender, most - 1)
    with refuses("ShopLimitReached", member=1, left=1, wanted=2):
        transfer(programme, sender, 2)
    transfer(programme, sender, 1)
    programme.earn(500, member=3)
    programme.shop.transferMiles(3, 2, 500, 0, NO_CONSENT, NO_PERMIT, sender=programme.manager)
    assert balance(programme, 2) == most + 500


def test_transfer_miles__more_than_lives__is_refused(programme: Programme, sender: AccountAPI) -> None:
    open_shop(programme, limits=(0, 0, 10_000, 0))
    with refuses("LedgerMilesShort", member=1, live=5_000, wanted=5_001):
        transfer(programme, sender, 5_001)


def test_transfer_miles__not_allowed__is_refused(programme: Programme, sender: AccountAPI) -> None:
    open_shop(programme, limits=(1_000, 1_000, 0, 30))
    with refuses("ShopTransfersNotAllowed"):
        transfer(programme, sender, 1)


def test_transfer_miles__to_itself_or_nothing__is_refused(programme: Programme, sender: AccountAPI) -> None:
    with refuses("ShopTransferToItself", member=1):
        transfer(programme, sender, 100, into=1)
    with refuses("ShopMilesInvalid", miles=0):
        transfer(programme, sender, 0)


@pytest.mark.parametrize(("into", "error"), [(0, "Unknown"), (101, "Unknown"), (9, "Closed")])
def test_transfer_miles__receiver_without_open_account__is_refused(
    programme: Programme, sender: AccountAPI, into: int, error: str
) -> None:
    programme.ledger.close(9, sender=programme.manager)
    name = {"Unknown": "LedgerMemberUnknown", "Closed": "LedgerAccountClosed"}[error]
    with refuses(name, member=into):
        transfer(programme, sender, 100, into=into)


def test_transfer_miles__wallet_that_is_a_contract__its_answer_decides(
    programme: Programme, project: ProjectManager, wallet: AccountAPI, stranger: AccountAPI
) -> None:
    open_shop(programme, transferring=NO_PRICE)
    programme.earn(500)
    safe = programme.admin.deploy(project.Wallet__Mock, wallet)
    link(programme, 1, safe, signer=wallet)
    with refuses("ConsentSignatureInvalid", member=1, wallet=safe.address):
        transfer(programme, stranger, 100)
    transfer(programme, wallet, 100)
    assert balance(programme, 2) == 100


def test_transfer_miles__signature_used_late_or_of_another__is_refused(
    programme: Programme, sender: AccountAPI, stranger: AccountAPI
) -> None:
    signed = consent(programme, "Transfer", 1, sender, into=2, miles=100)
    for arguments in ((1, 3, 100), (1, 2, 101)):
        with refuses("ConsentSignatureInvalid", member=1, wallet=sender.address):
            programme.shop.transferMiles(*arguments, MOST, signed, NO_PERMIT, sender=programme.relayer)
    with refuses("ConsentSignatureInvalid", member=1):
        transfer(programme, stranger, 100)
    programme.shop.transferMiles(1, 2, 100, MOST, signed, NO_PERMIT, sender=programme.relayer)
    with refuses("ConsentNonceNotNext", member=1, given=0, expected=1):
        programme.shop.transferMiles(1, 2, 100, MOST, signed, NO_PERMIT, sender=programme.relayer)
    late = consent(programme, "Transfer", 1, sender, into=2, miles=100, deadline=programme.now)
    with refuses("ConsentExpired"):
        programme.shop.transferMiles(1, 2, 100, MOST, late, NO_PERMIT, sender=programme.relayer)
