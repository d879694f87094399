"""Every function that changes state: who may call it, and that nobody else can.

given the table of roles in milepost.chain.roles
  when the contracts' functions are listed      then each stands in it exactly once
  when a stranger calls a restricted one        then AccessManagedUnauthorized, whatever the arguments
  when a holder of every other role calls it    then the same; with its own role, access is not what refuses
  when anyone but the settler, admin and
    manager included, calls a settling one      then SettlerUnauthorized
  when a slot is given away while it is taken   then SettlerStillNamed
  when anyone but the desk adjusts miles         then LedgerAdjusterUnauthorized
  when anyone but the book names an offer set   then PartnerCallerNotPromotionBook
  when a role has a delay                       then its holder must schedule first
"""

from typing import Any

import pytest
from ape.api import AccountAPI
from ape.contracts import ContractInstance

from milepost.chain.roles import (
    AUTHORITY_OWNED,
    BOOK_ONLY,
    DESK_ONLY,
    FUNCTIONS,
    FUNCTIONS_OF_ACTS,
    OPEN_TO_ALL,
    SETTLER_ONLY,
    DeskAct,
    Role,
)
from tests.support.contract_programme import REPORTERS, Programme, selector_of
from tests.support.refusals import refuses

RESTRICTED = [
    (contract, function, role)
    for contract, roles in FUNCTIONS.items()
    for role, functions in roles.items()
    for function in functions
    # Of zeros these refuse before they ask who calls, as no member is linked and no family of nobody. Tests
    # of their own ask.
    if function not in ("unlink", "formFamily")
]
NOBODY = "0x" + "0" * 40
SETTLING = [(contract, function) for contract, functions in SETTLER_ONLY.items() for function in functions]


def contracts_of(programme: Programme) -> dict[str, ContractInstance]:
    return {
        "MilesLedger": programme.ledger,
        "PartnerRegistry": programme.registry,
        "PromotionBook": programme.book,
        "ReceiptBook": programme.receipts,
        "Settlement": programme.settlement,
        "AdjustmentDesk": programme.desk,
        "RedemptionDesk": programme.redemption,
        "MilesShop": programme.shop,
    }


def some_arguments(contract: ContractInstance, function: str) -> list[Any]:
    """Zeros of the right types."""
    (method,) = (one for one in contract.contract_type.mutable_methods if one.name == function)
    return [_zero(one) for one in method.inputs]


def _zero(one: Any) -> Any:
    kind = one.canonical_type if one.components is None else one.type
    if kind.endswith("]"):
        return []
    if one.components is not None:
        return tuple(_zero(part) for part in one.components)
    if kind.startswith("bytes"):
        return b"" if kind == "bytes" else bytes(int(kind[5:]))
    return {"address": "0x" + "0" * 40, "bool": False}.get(kind, 0)


def call(programme: Programme, contract: str, function: str, caller: AccountAPI) -> None:
    instance = contracts_of(programme)[contract]
    getattr(instance, function)(*some_arguments(instance, function), sender=caller)


@pytest.mark.parametrize("contract", FUNCTIONS)
def test_roles__functions_that_change_state__stand_in_the_table_once(
    programme: Programme, contract: str
) -> None:
    listed = [
        *(name for functions in FUNCTIONS[contract].values() for name in functions),
        *(
            name
            for table in (SETTLER_ONLY, DESK_ONLY, BOOK_ONLY, AUTHORITY_OWNED, OPEN_TO_ALL)
            for name in table.get(contract, ())
        ),
    ]
    found = [one.name for one in contracts_of(programme)[contract].contract_type.mutable_methods]
    # Functions that only revert need no state and may be pure.
    pure = {"transfer", "approve", "transferFrom"}
    assert sorted(set(listed) - pure) == sorted(set(found) - pure) and len(listed) == len(set(listed))


@pytest.mark.parametrize(("contract", "function", "role"), RESTRICTED)
def test_restricted__stranger_relayer_and_admin__cannot(
    programme: Programme, stranger: AccountAPI, contract: str, function: str, role: Role
) -> None:
    for caller in (stranger, programme.relayer, programme.admin):
        with refuses("AccessManagedUnauthorized", caller=caller.address):
            call(programme, contract, function, caller)


@pytest.mark.parametrize(("contract", "function", "role"), RESTRICTED)
def test_restricted__holder_of_every_other_role__cannot(
    programme: Programme, stranger: AccountAPI, contract: str, function: str, role: Role
) -> None:
    authority, instance = programme.authority, contracts_of(programme)[contract]
    for other in Role:
        if other not in (role, Role.ADMIN):
            authority.grantRole(other.value, stranger, 0, sender=programme.admin)
    with refuses("AccessManagedUnauthorized", caller=stranger.address):
        call(programme, contract, function, stranger)
    authority.grantRole(role.value, stranger, 0, sender=programme.admin)
    allowed = authority.canCall(stranger, instance, selector_of(instance, function))
    assert tuple(allowed) == (True, 0)


@pytest.mark.parametrize(("contract", "function"), SETTLING)
def test_settler_only__anyone_else__cannot(
    programme: Programme, stranger: AccountAPI, contract: str, function: str
) -> None:
    for caller in (stranger, programme.relayer, programme.manager, programme.admin):
        with refuses("SettlerUnauthorized", caller=caller.address):
            call(programme, contract, function, caller)


@pytest.mark.parametrize(("contract", "function"), SETTLING)
def test_set_settler__slot_emptied_or_given_away__the_former_cannot(
    programme: Programme, contract: str, function: str
) -> None:
    instance = contracts_of(programme)[contract]
    report = programme.a_report()
    signatures = programme.sign(report)
    for settler in (NOBODY, programme.relayer.address):
        instance.setSettler(settler, sender=programme.manager)
        assert instance.settler() == settler
        with refuses("SettlerUnauthorized", caller=programme.settlement.address):
            programme.settle_bytes(report, signatures)
    instance.setSettler(NOBODY, sender=programme.manager)
    instance.setSettler(programme.settlement, sender=programme.manager)
    programme.settle_bytes(report, signatures)


@pytest.mark.parametrize("contract", SETTLER_ONLY)
def test_set_settler__slot_is_taken__is_refused(programme: Programme, contract: str) -> None:
    instance = contracts_of(programme)[contract]
    for settler in (programme.relayer, programme.settlement):
        with refuses("SettlerStillNamed", settler=programme.settlement.address):
            instance.setSettler(settler, sender=programme.manager)
    assert instance.settler() == programme.settlement.address


@pytest.mark.parametrize(
    ("act", "function"),
    [(act, function) for act, functions in FUNCTIONS_OF_ACTS.items() for function in functions],
)
def test_desk_only__anyone_else__cannot(
    programme: Programme, stranger: AccountAPI, act: DeskAct, function: str
) -> None:
    for caller in (stranger, programme.manager, programme.admin, programme.relayer):
        with refuses("LedgerDeskUnauthorized", caller=caller.address, act=int(act)):
            call(programme, "MilesLedger", function, caller)


@pytest.mark.parametrize(
    ("act", "function"),
    [(act, function) for act, functions in FUNCTIONS_OF_ACTS.items() for function in functions],
)
def test_desk_only__desk_of_every_other_act__cannot(
    programme: Programme, stranger: AccountAPI, act: DeskAct, function: str
) -> None:
    others = sum(int(other) for other in DeskAct if other is not act)
    programme.ledger.setDesk(stranger, others, sender=programme.manager)
    with refuses("LedgerDeskUnauthorized", caller=stranger.address, act=int(act)):
        call(programme, "MilesLedger", function, stranger)


@pytest.mark.parametrize("function", BOOK_ONLY["PartnerRegistry"])
def test_book_only__anyone_but_the_book__cannot(
    programme: Programme, stranger: AccountAPI, function: str
) -> None:
    for caller in (stranger, programme.manager, programme.admin):
        with refuses("PartnerCallerNotPromotionBook", caller=caller.address):
            call(programme, "PartnerRegistry", function, caller)


@pytest.mark.parametrize("contract", FUNCTIONS)
def test_set_authority__anyone_but_the_authority__cannot(programme: Programme, contract: str) -> None:
    for caller in (programme.manager, programme.admin):
        with refuses("AccessManagedUnauthorized"):
            contracts_of(programme)[contract].setAuthority(programme.ledger, sender=caller)


def test_governor_with_a_delay__reporters__are_scheduled_first(
    programme: Programme, stranger: AccountAPI
) -> None:
    delay = 7 * 86_400
    programme.authority.grantRole(Role.GOVERN.value, stranger, delay, sender=programme.admin)
    arguments = ([REPORTERS[0].address], 1)
    with refuses("AccessManagerNotScheduled"):
        programme.settlement.setReporters(*arguments, sender=stranger)
    data = programme.settlement.setReporters.encode_input(*arguments)
    programme.authority.schedule(programme.settlement, data, 0, sender=stranger)
    ready = programme.now + delay
    programme.chain.pending_timestamp = ready - 1
    with refuses("AccessManagerNotReady"):
        programme.authority.execute(programme.settlement, data, sender=stranger)
    programme.chain.pending_timestamp = ready
    programme.authority.execute(programme.settlement, data, sender=stranger)
    assert tuple(programme.settlement.reporterSet()) == (2, 1, 1)
