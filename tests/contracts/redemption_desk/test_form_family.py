"""formFamily, leaveFamily: members let each other redeem what all of them have; no miles move.

given members who consent to the same list
  when one redeems more than he has       then he is drawn on first, the others in the order of the list
  when the order is cancelled             then every lot is where it was, of every member
  when all of them have too little        then RedemptionMilesShort with the sum
  when another's account is closed        then it is left out
  when one forms another family           then he leaves the first by that
  when one leaves                         then nobody draws on him any more, nor he on others
given a list of one, of seven, with one twice, with a consent missing, or with no member then refused by name
given a member with a wallet
  when it did not sign, or signed another list then ConsentSignatureInvalid
given members without wallets
  when anyone but custody forms or leaves then AccessManagedUnauthorized
given a member without a family
  when he leaves                          then RedemptionNoFamily
"""

import pytest
from ape.api import AccountAPI

from tests.support.consents import NO_CONSENT, consent
from tests.support.contract_programme import Programme
from tests.support.links import link
from tests.support.orders import a_paid_bill, a_reward, balance, form_family, lots, order, order_by_wallet
from tests.support.refusals import refuses


def with_miles(programme: Programme, **miles: int) -> None:
    """Have members earn: `m3=100` gives member 3 a hundred."""
    for member, earned in miles.items():
        programme.earn(earned, member=int(member[1:]))


def test_redeem__family__draws_on_oneself_then_in_the_order_of_the_list(programme: Programme) -> None:
    with_miles(programme, m1=100, m2=100, m3=100, m4=100)
    form_family(programme, 3, 2, 1, 4)
    assert programme.redemption.redeemableBy(2) == 400
    number, draws = order(programme, a_reward(programme, cost=250), member=2)
    assert [(member, sum(lot & (2**40 - 1) for lot in taken)) for member, taken in draws] == [
        (2, 100),
        (3, 100),
        (1, 50),
    ]
    assert [balance(programme, member) for member in (1, 2, 3, 4)] == [50, 0, 0, 100]
    assert programme.redemption.orderOf(number).member == 2


def test_cancel__family_order__gives_each_member_back(programme: Programme) -> None:
    for member in range(1, 7):
        for days_ago in (0, 3):
            programme.earn(50, member=member, days_ago=days_ago)
    before = [lots(programme, member) for member in range(1, 7)]
    form_family(programme, 1, 2, 3, 4, 5, 6)
    number, draws = order(programme, a_reward(programme, cost=600), member=4)
    assert [member for member, _ in draws] == [4, 1, 2, 3, 5, 6]
    assert [balance(programme, member) for member in range(1, 7)] == [0] * 6
    with refuses("RedemptionDrawsWrong", order=number):
        programme.redemption.cancel(number, draws[1:] + draws[:1], sender=programme.manager)
    programme.redemption.cancel(number, draws, sender=programme.manager)
    assert [lots(programme, member) for member in range(1, 7)] == before


def test_redeem__enough_of_ones_own__touches_nobody_else(programme: Programme) -> None:
    with_miles(programme, m1=300, m2=300)
    form_family(programme, 1, 2)
    _, draws = order(programme, a_reward(programme, cost=300), member=2)
    assert [member for member, _ in draws] == [2]


def test_redeem__family_short__says_what_all_have(programme: Programme) -> None:
    with_miles(programme, m1=100, m2=100)
    form_family(programme, 1, 2, 3)
    with refuses("RedemptionMilesShort", member=1, live=200, wanted=300):
        order(programme, a_reward(programme))
    assert [balance(programme, member) for member in (1, 2)] == [100, 100]


def test_redeem__nothing_of_ones_own__draws_on_the_others(programme: Programme) -> None:
    with_miles(programme, m2=300)
    form_family(programme, 1, 2)
    _, draws = order(programme, a_reward(programme))
    assert [member for member, _ in draws] == [2]


def test_redeem__account_of_another_closed__is_left_out(programme: Programme) -> None:
    with_miles(programme, m1=200, m2=200, m3=200)
    form_family(programme, 1, 2, 3)
    programme.ledger.close(2, sender=programme.manager)
    assert programme.redemption.redeemableBy(1) == 400
    _, draws = order(programme, a_reward(programme))
    assert [member for member, _ in draws] == [1, 3]
    with refuses("LedgerAccountClosed", member=2):
        order(programme, a_reward(programme), member=2)


def test_pay_bill__family__draws_as_a_redemption_does(programme: Programme) -> None:
    with_miles(programme, m1=150, m2=150)
    form_family(programme, 1, 2)
    number, draws = a_paid_bill(programme)
    assert [member for member, _ in draws] == [1, 2]
    programme.redemption.cancel(number, draws, sender=programme.manager)
    assert [balance(programme, member) for member in (1, 2)] == [150, 150]


def test_form_family__each_signs_the_list__is_formed_by_any_relayer(
    programme: Programme, wallet: AccountAPI, stranger: AccountAPI
) -> None:
    link(programme, 1, wallet)
    link(programme, 2, stranger)
    signed = [
        consent(programme, "Family", member, signer, members=[1, 2])
        for member, signer in ((1, wallet), (2, stranger))
    ]
    tx = programme.redemption.formFamily([1, 2], signed, sender=programme.relayer)
    (event,) = tx.decode_logs(programme.redemption.FamilyFormed)
    assert (event.family, list(event.members)) == (1, [1, 2])
    assert list(programme.redemption.membersOf(1)) == [1, 2]
    assert [programme.redemption.familyOf(member) for member in (1, 2, 3)] == [1, 1, 0]
    with_miles(programme, m2=300)
    order_by_wallet(programme, a_reward(programme), wallet)
    assert balance(programme, 2) == 0


def test_form_family__a_wallet_did_not_sign_this_list__is_refused(
    programme: Programme, wallet: AccountAPI, stranger: AccountAPI
) -> None:
    link(programme, 1, wallet)
    link(programme, 2, stranger)
    mine = consent(programme, "Family", 1, wallet, members=[1, 2])
    for wrong in (
        consent(programme, "Family", 2, stranger, members=[2, 1]),
        consent(programme, "Family", 2, stranger, members=[1, 2, 3]),
        consent(programme, "Family", 2, wallet, members=[1, 2]),
        mine,
    ):
        with refuses("ConsentSignatureInvalid", member=2, wallet=stranger.address):
            programme.redemption.formFamily([1, 2], [mine, wrong], sender=programme.relayer)
    with refuses("ConsentExpired"):
        programme.redemption.formFamily([1, 2], [mine, NO_CONSENT], sender=programme.manager)


def test_form_family__one_without_a_wallet__needs_custody_beside_the_signatures(
    programme: Programme, wallet: AccountAPI, stranger: AccountAPI
) -> None:
    link(programme, 1, wallet)
    consents = [consent(programme, "Family", 1, wallet, members=[1, 2, 3]), NO_CONSENT, NO_CONSENT]
    with refuses("AccessManagedUnauthorized", caller=stranger.address):
        programme.redemption.formFamily([1, 2, 3], consents, sender=stranger)
    programme.redemption.formFamily([1, 2, 3], consents, sender=programme.manager)
    assert list(programme.redemption.membersOf(1)) == [1, 2, 3]


@pytest.mark.parametrize(
    ("members", "consents"), [([], 0), ([1], 1), ([1, 2, 3, 4, 5, 6, 7], 7), ([1, 2], 1), ([1, 2], 3)]
)
def test_form_family__wrong_size__is_refused(programme: Programme, members: list[int], consents: int) -> None:
    with refuses("RedemptionFamilyInvalid", members=len(members), consents=consents):
        programme.redemption.formFamily(members, [NO_CONSENT] * consents, sender=programme.manager)


@pytest.mark.parametrize("unknown", [0, 101])
def test_form_family__no_member__is_refused(programme: Programme, unknown: int) -> None:
    with refuses("LedgerMemberUnknown", member=unknown):
        form_family(programme, 1, unknown)


def test_form_family__one_twice__is_refused(programme: Programme) -> None:
    with refuses("RedemptionFamilyMemberTwice", member=2):
        form_family(programme, 2, 1, 2)


def test_form_family__in_another_before__leaves_that_one(programme: Programme) -> None:
    first = form_family(programme, 1, 2, 3)
    second = form_family(programme, 2, 4)
    assert list(programme.redemption.membersOf(first)) == [1, 3]
    assert list(programme.redemption.membersOf(second)) == [2, 4]
    with_miles(programme, m2=300)
    with refuses("RedemptionMilesShort", member=1, live=0):
        order(programme, a_reward(programme))


def test_form_family__same_members_in_another_order__takes_the_place_of_the_first(
    programme: Programme,
) -> None:
    first = form_family(programme, 1, 2)
    second = form_family(programme, 2, 1, 3)
    assert list(programme.redemption.membersOf(first)) == []
    assert list(programme.redemption.membersOf(second)) == [2, 1, 3]


@pytest.mark.parametrize("leaver", range(1, 7))
def test_leave_family__any_place__closes_the_gap(programme: Programme, leaver: int) -> None:
    family = form_family(programme, 1, 2, 3, 4, 5, 6)
    tx = programme.redemption.leaveFamily(leaver, NO_CONSENT, sender=programme.manager)
    (event,) = tx.decode_logs(programme.redemption.FamilyLeft)
    assert (event.family, event.member) == (family, leaver)
    assert list(programme.redemption.membersOf(family)) == [one for one in range(1, 7) if one != leaver]
    assert programme.redemption.familyOf(leaver) == 0
    with_miles(programme, **{f"m{leaver}": 300})
    stays = 1 if leaver != 1 else 2
    with refuses("RedemptionMilesShort", member=stays, live=0):
        order(programme, a_reward(programme), member=stays)


def test_leave_family__signed_by_the_wallet__goes_by_any_relayer(
    programme: Programme, wallet: AccountAPI, stranger: AccountAPI
) -> None:
    family = form_family(programme, 1, 2)
    link(programme, 1, wallet)
    with refuses("ConsentSignatureInvalid", member=1):
        signed = consent(programme, "Leave", 1, stranger, family=family)
        programme.redemption.leaveFamily(1, signed, sender=stranger)
    with refuses("ConsentSignatureInvalid", member=1):
        signed = consent(programme, "Leave", 1, wallet, family=family + 1)
        programme.redemption.leaveFamily(1, signed, sender=stranger)
    signed = consent(programme, "Leave", 1, wallet, family=family)
    programme.redemption.leaveFamily(1, signed, sender=stranger)
    assert programme.redemption.familyOf(1) == 0


def test_form_or_leave_family__no_wallets__is_for_custody_alone(
    programme: Programme, stranger: AccountAPI
) -> None:
    with refuses("AccessManagedUnauthorized", caller=stranger.address):
        programme.redemption.formFamily([1, 2], [NO_CONSENT] * 2, sender=stranger)
    form_family(programme, 1, 2)
    with refuses("AccessManagedUnauthorized", caller=stranger.address):
        programme.redemption.leaveFamily(1, NO_CONSENT, sender=stranger)


def test_leave_family__in_none__is_refused(programme: Programme) -> None:
    with refuses("RedemptionNoFamily", member=1):
        programme.redemption.leaveFamily(1, NO_CONSENT, sender=programme.manager)
