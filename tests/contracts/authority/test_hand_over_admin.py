"""The admin role handed from an account to a multisig, two of three of whose owners must agree.

given an admin with a delay, and a multisig
  when the admin announces the multisig           then it is no admin before the delay is over
  when it is granted                              then both are; one owner alone can do nothing
  when the multisig announced and waited          then it acts; not before, and not unannounced
  when the former admin gave the role up          then it is refused everything, announced before or not
  when the multisig takes a role from somebody    then that one is refused
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from ape.api import AccountAPI
from ape.contracts import ContractInstance
from ape.exceptions import ContractLogicError
from ape.managers.accounts import TestAccountManager
from ape.managers.project import ProjectManager

from milepost.chain.roles import Role
from tests.support.contract_programme import Programme
from tests.support.refusals import refuses

TWO_DAYS_S = 172_800


@dataclass
class Handing:
    """Who hands over to whom."""

    programme: Programme
    former: AccountAPI
    multisig: ContractInstance
    owners: list[AccountAPI]
    number: int = 0

    @property
    def authority(self) -> ContractInstance:
        return self.programme.authority

    def wait(self) -> None:
        self.programme.move_to(self.programme.now + TWO_DAYS_S)

    def grant(self, role: Role, account: object) -> bytes:
        return bytes(self.authority.grantRole.encode_input(role.value, account, TWO_DAYS_S))

    def by_multisig(self, data: bytes, owners: int = 2) -> None:
        """So many owners confirm a call to the authority."""
        self.number += 1
        for owner in self.owners[:owners]:
            self.multisig.confirm(self.authority, data, self.number, sender=owner)

    def schedule(self, data: bytes) -> bytes:
        return bytes(self.authority.schedule.encode_input(self.authority, data, 0))

    def execute(self, data: bytes) -> bytes:
        return bytes(self.authority.execute.encode_input(self.authority, data))


@pytest.fixture
def handing(programme: Programme, project: ProjectManager, accounts: TestAccountManager) -> Handing:
    """The programme's admin with a delay, as deployment gives it, and the multisig granted beside it."""
    owners = [accounts[5], accounts[6], accounts[7]]
    former = accounts[8]
    multisig = former.deploy(project.Multisig__Mock, owners, 2)
    programme.authority.grantRole(Role.ADMIN.value, former, TWO_DAYS_S, sender=programme.admin)
    programme.authority.renounceRole(Role.ADMIN.value, programme.admin, sender=programme.admin)
    handing = Handing(programme, former, multisig, owners)
    data = handing.grant(Role.ADMIN, multisig)
    programme.authority.schedule(programme.authority, data, 0, sender=former)
    with refuses("AccessManagerNotReady"):
        programme.authority.execute(programme.authority, data, sender=former)
    assert not programme.authority.hasRole(Role.ADMIN.value, multisig)[0]
    handing.wait()
    programme.authority.execute(programme.authority, data, sender=former)
    assert tuple(programme.authority.hasRole(Role.ADMIN.value, multisig)) == (True, TWO_DAYS_S)
    return handing


def test_multisig_as_admin__announced_and_waited__acts(handing: Handing, stranger: AccountAPI) -> None:
    data = handing.grant(Role.PAUSE, stranger)
    with refuses("AccessManagerNotScheduled"):
        handing.by_multisig(handing.execute(data))
    handing.by_multisig(handing.schedule(data))
    with refuses("AccessManagerNotReady"):
        handing.by_multisig(handing.execute(data))
    handing.wait()
    handing.by_multisig(handing.execute(data))
    assert handing.authority.hasRole(Role.PAUSE.value, stranger)[0]


def test_multisig_as_admin__one_owner_alone__does_nothing(handing: Handing, stranger: AccountAPI) -> None:
    data = handing.grant(Role.PAUSE, stranger)
    handing.by_multisig(handing.schedule(data), owners=1)
    operation = handing.authority.hashOperation(handing.multisig, handing.authority, data)
    assert handing.authority.getSchedule(operation) == 0
    for owner in handing.owners:
        with refuses("AccessManagerUnauthorizedAccount", msgsender=owner.address):
            handing.authority.grantRole(Role.PAUSE.value, stranger, 0, sender=owner)


def _directly(handing: Handing, data: bytes) -> None:
    handing.authority.grantRole(Role.PAUSE.value, handing.former, TWO_DAYS_S, sender=handing.former)


def _scheduled(handing: Handing, data: bytes) -> None:
    handing.authority.schedule(handing.authority, data, 0, sender=handing.former)


def _executed(handing: Handing, data: bytes) -> None:
    handing.authority.execute(handing.authority, data, sender=handing.former)


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (_directly, "AccessManagerUnauthorizedAccount"),
        (_scheduled, "AccessManagerUnauthorizedCall"),
        (_executed, "AccessManagerUnauthorizedCall"),
    ],
)
def test_former_admin__gave_the_role_up__is_refused_even_what_it_had_announced(
    handing: Handing, act: Callable[[Handing, bytes], None], error: str
) -> None:
    announced = handing.grant(Role.GOVERN, handing.former)
    if act is not _scheduled:
        handing.authority.schedule(handing.authority, announced, 0, sender=handing.former)
        handing.wait()
    handing.authority.renounceRole(Role.ADMIN.value, handing.former, sender=handing.former)
    with refuses(error):
        act(handing, announced)
    assert not handing.authority.hasRole(Role.ADMIN.value, handing.former)[0]


def test_multisig_as_admin__takes_a_role__its_holder_is_refused(handing: Handing) -> None:
    programme = handing.programme
    data = bytes(handing.authority.revokeRole.encode_input(Role.PAUSE.value, programme.manager))
    handing.by_multisig(handing.schedule(data))
    handing.wait()
    programme.settlement.pause(sender=programme.manager)
    handing.by_multisig(handing.execute(data))
    with refuses("AccessManagedUnauthorized", caller=programme.manager.address):
        programme.settlement.unpause(sender=programme.manager)


def test_multisig__stranger_or_twice__is_refused(handing: Handing, stranger: AccountAPI) -> None:
    confirm = handing.multisig.confirm
    confirm(handing.authority, b"", 9, sender=handing.owners[0])
    for caller, error in ((stranger, "MultisigNotOwner"), (handing.owners[0], "MultisigConfirmedAlready")):
        with pytest.raises(ContractLogicError) as refused:
            confirm(handing.authority, b"", 9, sender=caller)
        assert type(refused.value).__name__ == error
