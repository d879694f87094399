"""The members' ledger on the embedded chain: enrolling, profiles, and what a member has.

given the role and gas money    then any number is enrolled at once, and a profile is as written
given no role, no money, no key then nothing is sent, and the error says which address
"""

import pytest

from milepost.chain.access_errors import AccessManagedUnauthorized
from milepost.chain.embedded import advance_to
from milepost.chain.member_ledger import EnrollerMissing, NodeMemberLedger
from milepost.chain.node import Node
from milepost.domain.errors import ChainError
from milepost.ports import MemberProfile, TxUnderfunded
from tests.support.deployments import ENROLLER, STRANGER, DeployedChain, fund


def _ledger(chain: DeployedChain, account: object = ENROLLER) -> NodeMemberLedger:
    return NodeMemberLedger(Node(chain.web3, "The embedded chain"), chain.deployment, enroller=account)


def test_enrol_up_to__any_number__takes_one_tx(chain: DeployedChain) -> None:
    fund(chain.web3, ENROLLER.address)
    ledger = _ledger(chain)
    ledger.require_can_enrol()
    before = chain.web3.eth.block_number
    assert ledger.enrol_up_to(11_000_000) == 11_000_000
    assert (ledger.enrolled(), chain.web3.eth.block_number) == (11_000_000, before + 1)
    assert (ledger.enrol_up_to(11_000_000), ledger.enrol_up_to(5)) == (0, 0)
    assert chain.web3.eth.block_number == before + 1


def test_set_profile__written__reads_back(chain: DeployedChain) -> None:
    fund(chain.web3, ENROLLER.address)
    ledger = _ledger(chain)
    ledger.enrol_up_to(2)
    assert ledger.profile_of(2) == MemberProfile()
    ledger.set_profile(2, MemberProfile(0, 1 << 31 | 1))
    assert ledger.profile_of(2) == MemberProfile(0, 1 << 31 | 1)
    assert ledger.profile_of(1) == MemberProfile()


def test_set_profiles__several__take_one_tx_or_none(chain: DeployedChain) -> None:
    fund(chain.web3, ENROLLER.address)
    ledger = _ledger(chain)
    ledger.enrol_up_to(3)
    before = chain.web3.eth.block_number
    ledger.set_profiles({1: MemberProfile(0, 7), 3: MemberProfile(0, 1 << 31)})
    ledger.set_profiles({})
    assert chain.web3.eth.block_number == before + 1
    assert [ledger.profile_of(member).segments for member in (1, 2, 3)] == [7, 0, 1 << 31]
    with pytest.raises(ChainError):
        ledger.set_profiles({1: MemberProfile(0, 8), 99: MemberProfile(0, 8)})
    assert ledger.profile_of(1).segments == 7


def test_set_profiles__by_a_stranger__is_refused(chain: DeployedChain) -> None:
    fund(chain.web3, ENROLLER.address)
    fund(chain.web3, STRANGER.address)
    _ledger(chain).enrol_up_to(1)
    with pytest.raises(ChainError) as refused:
        _ledger(chain, STRANGER).set_profiles({1: MemberProfile(0, 7)})
    assert refused.value.exit_code == 4 and _ledger(chain).profile_of(1) == MemberProfile()


def test_set_enrolled_at__written__reads_back_and_is_refused_to_strangers(chain: DeployedChain) -> None:
    fund(chain.web3, ENROLLER.address)
    fund(chain.web3, STRANGER.address)
    ledger = _ledger(chain)
    ledger.enrol_up_to(2)
    ledger.set_enrolled_at({1: 1_522_630_800, 2: 1})
    assert [ledger.enrolled_at(member) for member in (1, 2)] == [1_522_630_800, 1]
    with pytest.raises(ChainError):
        _ledger(chain, STRANGER).set_enrolled_at({1: 5})


def test_balance_at__nothing_earned__is_0_without_lots(chain: DeployedChain) -> None:
    fund(chain.web3, ENROLLER.address)
    ledger = _ledger(chain)
    ledger.enrol_up_to(1)
    now_s = chain.web3.eth.get_block("latest")["timestamp"] + 3_600
    advance_to(chain.web3, now_s)
    assert (ledger.balance_at(1, now_s), ledger.lots_of(1)) == (0, [])
    # 2018-05-14T05:00:00Z is that day in Hong Kong too.
    assert ledger.day_of(1_526_274_000) == 10_360


def test_require_can_enrol__no_role__names_the_address(chain: DeployedChain) -> None:
    fund(chain.web3, STRANGER.address)
    with pytest.raises(AccessManagedUnauthorized) as refused:
        _ledger(chain, STRANGER).require_can_enrol()
    assert STRANGER.address.lower() in str(refused.value).lower() and refused.value.exit_code == 4


def test_require_can_enrol__no_money__names_the_address(chain: DeployedChain) -> None:
    with pytest.raises(TxUnderfunded, match=ENROLLER.address):
        _ledger(chain).require_can_enrol()


def test_enrol_up_to__no_key__says_so(chain: DeployedChain) -> None:
    with pytest.raises(EnrollerMissing, match="name the file") as missing:
        _ledger(chain, None).enrol_up_to(1)
    assert missing.value.exit_code == 2
