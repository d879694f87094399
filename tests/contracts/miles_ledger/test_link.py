"""link and unlink: a wallet that signed for it shows its member's miles.

given a member and a wallet, neither linked
  when custody sends the wallet's signature then both name each other, and Transfer shows the balance
  when the wallet is a contract (ERC-1271) then its own answer decides
  when the signature is another's, or for another
    member, nonce or deadline then LedgerLinkSignatureInvalid
  when its deadline has passed then LedgerLinkExpired
  when the member is unknown or closed then LedgerMemberUnknown, LedgerAccountClosed
given a linked pair
  when the member or the wallet is linked again then LedgerMemberLinked, LedgerWalletTaken
  when the wallet or custody unlinks then both are free, Transfer takes the balance away
  when anyone else unlinks then AccessManagedUnauthorized
  when a signature used before is sent again then LedgerLinkSignatureInvalid
  when a member that is not linked is unlinked then LedgerMemberNotLinked
"""

import pytest
from ape.api import AccountAPI
from ape.managers.project import ProjectManager

from tests.support.contract_programme import Programme
from tests.support.links import link, signed_link
from tests.support.purchases import an_entry
from tests.support.refusals import refuses

ZERO = "0x" + "0" * 40


def test_link__signed_by_the_wallet__shows_the_members_miles(
    programme: Programme, wallet: AccountAPI
) -> None:
    programme.award(an_entry(member=7))
    assert programme.ledger.balanceOf(wallet) == 0
    tx = link(programme, 7, wallet)
    assert (programme.ledger.walletOf(7), programme.ledger.memberOf(wallet)) == (wallet.address, 7)
    assert programme.ledger.balanceOf(wallet) == 25
    (linked,) = tx.decode_logs(programme.ledger.WalletLinked)
    (moved,) = tx.decode_logs(programme.ledger.Transfer)
    assert (linked.member, linked.wallet) == (7, wallet.address)
    assert (moved["from"], moved.to, moved.value) == (ZERO, wallet.address, 25)
    assert programme.ledger.linkNonceOf(wallet) == 1


def test_link__wallet_that_is_a_contract__its_answer_decides(
    programme: Programme, project: ProjectManager, wallet: AccountAPI, stranger: AccountAPI
) -> None:
    safe = programme.admin.deploy(project.Wallet__Mock, wallet)
    with refuses("LedgerLinkSignatureInvalid", wallet=safe.address):
        link(programme, 7, safe, signer=stranger)
    link(programme, 7, safe, signer=wallet)
    assert programme.ledger.memberOf(safe) == 7


def test_link__signed_by_another__is_refused(
    programme: Programme, wallet: AccountAPI, stranger: AccountAPI
) -> None:
    with refuses("LedgerLinkSignatureInvalid", wallet=wallet.address):
        link(programme, 7, wallet, signer=stranger)


@pytest.mark.parametrize("changed", ["member", "nonce", "deadline"])
def test_link__signed_for_something_else__is_refused(
    programme: Programme, wallet: AccountAPI, changed: str
) -> None:
    member, _, deadline, signature = signed_link(programme, 7, wallet, nonce=1 if changed == "nonce" else 0)
    with refuses("LedgerLinkSignatureInvalid"):
        programme.ledger.link(
            member + (changed == "member"),
            wallet,
            deadline + (changed == "deadline"),
            signature,
            sender=programme.manager,
        )


@pytest.mark.parametrize("late_s", [0, 1])
def test_link__deadline_to_the_second__is_the_edge(
    programme: Programme, wallet: AccountAPI, late_s: int
) -> None:
    arguments = signed_link(programme, 7, wallet, deadline=programme.now + 50)
    programme.chain.pending_timestamp = arguments[2] + late_s
    if late_s == 0:
        programme.ledger.link(*arguments, sender=programme.manager)
        assert programme.ledger.memberOf(wallet) == 7
    else:
        with refuses("LedgerLinkExpired", deadline=arguments[2]):
            programme.ledger.link(*arguments, sender=programme.manager)


def test_link__member_or_wallet_linked_already__is_refused(
    programme: Programme, wallet: AccountAPI, stranger: AccountAPI
) -> None:
    link(programme, 7, wallet)
    with refuses("LedgerMemberLinked", member=7):
        link(programme, 7, stranger)
    with refuses("LedgerWalletTaken", wallet=wallet.address):
        link(programme, 8, wallet)
    arguments = signed_link(programme, 8, wallet)
    with refuses("LedgerWalletTaken", wallet=ZERO):
        programme.ledger.link(8, ZERO, *arguments[2:], sender=programme.manager)


@pytest.mark.parametrize(("member", "error"), [(0, "Unknown"), (101, "Unknown"), (9, "Closed")])
def test_link__no_open_account__is_refused(
    programme: Programme, wallet: AccountAPI, member: int, error: str
) -> None:
    programme.ledger.close(9, sender=programme.manager)
    name = {"Unknown": "LedgerMemberUnknown", "Closed": "LedgerAccountClosed"}[error]
    with refuses(name, member=member):
        link(programme, member, wallet)


@pytest.mark.parametrize("who", ["wallet", "custody"])
def test_unlink__by_wallet_or_custody__frees_both(programme: Programme, wallet: AccountAPI, who: str) -> None:
    programme.award(an_entry(member=7))
    link(programme, 7, wallet)
    tx = programme.ledger.unlink(7, sender=wallet if who == "wallet" else programme.manager)
    assert (programme.ledger.walletOf(7), programme.ledger.memberOf(wallet)) == (ZERO, 0)
    assert (programme.ledger.balanceOf(wallet), programme.ledger.balanceAt(7, programme.now)) == (0, 25)
    (moved,) = tx.decode_logs(programme.ledger.Transfer)
    assert (moved["from"], moved.to, moved.value) == (wallet.address, ZERO, 25)
    assert not programme.settle(programme.a_section(an_entry(member=7))).tx.decode_logs(
        programme.ledger.Transfer
    )
    link(programme, 7, wallet)


def test_unlink__by_anyone_else__is_refused(
    programme: Programme, wallet: AccountAPI, stranger: AccountAPI
) -> None:
    link(programme, 7, wallet)
    with refuses("AccessManagedUnauthorized", caller=stranger.address):
        programme.ledger.unlink(7, sender=stranger)


def test_link__signature_used_before__is_refused(programme: Programme, wallet: AccountAPI) -> None:
    arguments = signed_link(programme, 7, wallet)
    programme.ledger.link(*arguments, sender=programme.manager)
    programme.ledger.unlink(7, sender=wallet)
    with refuses("LedgerLinkSignatureInvalid"):
        programme.ledger.link(*arguments, sender=programme.manager)


@pytest.mark.parametrize("member", [7, 0, 2**40 - 1])
def test_unlink__not_linked__is_refused(programme: Programme, member: int) -> None:
    with refuses("LedgerMemberNotLinked", member=member):
        programme.ledger.unlink(member, sender=programme.manager)
