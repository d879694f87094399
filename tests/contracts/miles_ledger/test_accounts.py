"""setProfile, close, the constructor, and the ERC-20 face.

given an open account
  when a profile is written then tier and segments stand in the account word, and the rest is untouched
  when the tier is above 15 then LedgerTierInvalid
  when it is closed then purchases get closed_account, its miles stay, and nothing may be written
given no such member then LedgerMemberUnknown
given any wallet
  when it would move miles then LedgerMilesNotTransferable
given a rule out of its bounds then LedgerRuleInvalid on deployment
"""

from typing import Any

import pytest
from ape.api import AccountAPI
from ape.managers.project import ProjectManager

from tests.support.contract_programme import Programme
from tests.support.evm import ADMIN, Evm
from tests.support.ledger_rules import deploy_ledger, lots_of, some_settings, version_lane
from tests.support.purchases import an_entry
from tests.support.refusals import refuses


def test_set_profile__open_account__writes_its_bits_alone(programme: Programme) -> None:
    programme.award(an_entry())
    before = programme.ledger.accountWord(1)
    tx = programme.ledger.setProfile(1, 15, 2**32 - 1, sender=programme.manager)
    word = programme.ledger.accountWord(1)
    assert (word >> 128 & 0xF, word >> 132 & 0xFFFFFFFF) == (15, 2**32 - 1)
    assert word & ~(0xFFFFFFFFF << 128) == before
    (event,) = tx.decode_logs(programme.ledger.ProfileWritten)
    assert (event.member, event.tier, event.segments) == (1, 15, 2**32 - 1)
    programme.ledger.setProfile(1, 0, 0, sender=programme.manager)
    assert programme.ledger.accountWord(1) == before
    programme.ledger.setProfile(1, 3, 9, sender=programme.manager)
    programme.award(an_entry())
    assert programme.ledger.accountWord(1) >> 128 & 0xFFFFFFFFF == 9 << 4 | 3
    assert programme.ledger.balanceAt(1, programme.now) == 50


def test_set_profile__tier_above_15__is_refused(programme: Programme) -> None:
    with refuses("LedgerTierInvalid", tier=16):
        programme.ledger.setProfile(1, 16, 0, sender=programme.manager)


@pytest.mark.parametrize("member", [0, 101])
def test_set_profile_and_close__unknown_member__are_refused(programme: Programme, member: int) -> None:
    with refuses("LedgerMemberUnknown", member=member):
        programme.ledger.setProfile(member, 1, 0, sender=programme.manager)
    with refuses("LedgerMemberUnknown", member=member):
        programme.ledger.close(member, sender=programme.manager)


def test_close__account_with_miles__keeps_them_and_takes_no_more(programme: Programme) -> None:
    programme.award(an_entry())
    tx = programme.ledger.close(1, sender=programme.manager)
    assert [event.member for event in tx.decode_logs(programme.ledger.AccountClosed)] == [1]
    assert programme.award(an_entry())[0].outcome.code == "closed_account"
    assert programme.ledger.balanceAt(1, programme.now) == 25
    for act in (lambda: programme.ledger.close(1, sender=programme.manager), lambda: _profile(programme)):
        with refuses("LedgerAccountClosed", member=1):
            act()


def _profile(programme: Programme) -> None:
    programme.ledger.setProfile(1, 1, 1, sender=programme.manager)


def test_erc20_face__any_wallet__cannot_move_miles(programme: Programme, wallet: AccountAPI) -> None:
    ledger = programme.ledger
    assert (ledger.name(), ledger.symbol(), ledger.decimals()) == ("Asia Miles", "MILE", 0)
    assert ledger.allowance(wallet, wallet) == 0
    for call in (
        lambda: ledger.transfer(wallet, 0, sender=wallet),
        lambda: ledger.approve(wallet, 1, sender=wallet),
        lambda: ledger.transferFrom(wallet, wallet, 1, sender=wallet),
    ):
        with refuses("LedgerMilesNotTransferable"):
            call()


@pytest.mark.parametrize(
    "rule",
    [
        (480, 49, 0),
        (480, 601, 1),
        (480, 601, 3),
        (841, 36, 0),
        (-841, 36, 0),
        (480, 36, 4),
    ],
)
def test_ledger__rule_out_of_bounds__is_refused(clock: int, project: ProjectManager, rule: Any) -> None:
    offset, months, align = rule
    is_offset = abs(offset) > 840
    evm = Evm(project)
    reversals = evm.deploy("LedgerReversals")
    with refuses("RulesSettingsInvalid") if is_offset else refuses("RulesVersionInvalid", version=1):
        evm.deploy("MilesLedger", ADMIN, reversals, "M", "M", some_settings(offset), [lots_of(months, align)])


@pytest.mark.parametrize("rule", [(840, 48, 0), (-840, 600, 1), (0, 1, 3), (0, 0, 0)])
def test_ledger__rule_at_its_bounds__is_kept(
    clock: int, project: ProjectManager, rule: tuple[int, int, int]
) -> None:
    offset, *lot = rule
    settings, version = some_settings(offset, late_days=180), lots_of(*lot)
    ledger = deploy_ledger(Evm(project), ADMIN, settings, [version])
    assert ledger.settings() == settings
    assert ledger.expiryAt(10**9)[5][0] >> 64 == version_lane(version)
