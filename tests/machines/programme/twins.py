"""A programme twice: its contracts on a bare EVM, and the plain model of all they promise.

The rule families act on both; `invariants.py` compares them after every step.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount

from milepost.chain.contract_errors import ContractError
from milepost.chain.reporter_keys import LocalReporter
from milepost.chain.roles import FUNCTIONS, DeskAct, Role
from milepost.domain.accrual import Books
from tests.machines.programme.tally import Tally
from tests.support.deployments import account_named
from tests.support.evm import Evm, EvmContract
from tests.support.evm_programme import EvmProgramme, deploy_contracts

KEYS = tuple(
    sorted(
        (LocalReporter(account_named(f"reporter {letter}")) for letter in "abcdef"),
        key=lambda reporter: int(reporter.address, 16),
    )
)
"""Whoever is, was or may become a reporter, by rising address as the contract wants signers."""
RELAYER = "0x00000000000000000000000000000000000000b0"
STRANGER = "0x00000000000000000000000000000000000000b1"
SUPPORT = ("0x00000000000000000000000000000000000000c0", "0x00000000000000000000000000000000000000c1")
"""Two people who may propose adjustments and approve them."""
SPENDER = "0x00000000000000000000000000000000000000d0"
"""A desk that redeems: here a plain account, so that spending stands alone."""
NOBODY = "0x" + "0" * 40
DAILY_LIMIT = 10_000
"""Miles that may be adjusted a day, at first."""
GUARDED = ("MilesLedger", "PartnerRegistry", "PromotionBook", "ReceiptBook")
"""The contracts with a settler slot."""


def holder(role: Role) -> str:
    """The one who holds a role, and no other."""
    return f"0x{0xA000 + role:040x}"


@dataclass(frozen=True, slots=True)
class Reporters:
    """The set in force. Shape: `keys` rise by address."""

    version: int
    quorum: int
    keys: tuple[LocalReporter, ...]


@dataclass(slots=True)
class Model:
    """What the contracts must say. `books` settle by src/milepost/domain; the rest is beside it here."""

    books: Books
    now_s: int
    notice_s: int
    reporters: Reporters
    is_paused: bool = False
    emptied: set[str] = field(default_factory=set)
    sequences: Counter[int] = field(default_factory=Counter)
    numbers: Counter[int] = field(default_factory=Counter)
    funded: Counter[int] = field(default_factory=Counter)
    wallets: dict[int, LocalAccount] = field(default_factory=dict)
    link_nonces: Counter[str] = field(default_factory=Counter)
    profiles: dict[int, tuple[int, int]] = field(default_factory=dict)
    offer_sets: list[tuple[int, ...]] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    daily_limit: int = DAILY_LIMIT
    may_adjust: bool = True
    adjusted: Counter[int] = field(default_factory=Counter)
    proposals: dict[int, Any] = field(default_factory=dict)
    facts: int = 0

    def transfer(self, member: int, miles: int) -> list[tuple[str, str, int]]:
        """What the wallet of a member is told of miles it got, or lost below 0; nothing without a wallet."""
        if member not in self.wallets:
            return []
        wallet = self.wallets[member].address.lower()
        return [(NOBODY, wallet, miles) if miles > 0 else (wallet, NOBODY, -miles)]


@dataclass(slots=True)
class Twins:
    """The contracts and the model. Every act of an operator is sent by the holder of its role."""

    evm: Evm
    contracts: EvmProgramme
    model: Model

    def contract(self, name: str) -> EvmContract:
        """By its name in Solidity."""
        return next(one for one in self.contracts if one.name == name)

    def act(self, function: str, *arguments: Any, of: str | None = None) -> Any:
        """Call a function as the holder of its role; `of` names the contract where several have it."""
        name, role = next(
            (name, role)
            for name, roles in FUNCTIONS.items()
            for role, functions in roles.items()
            if function in functions and of in (None, name)
        )
        return getattr(self.contract(name), function)(*arguments, sender=holder(role))

    def replace_settlement(self) -> None:
        """Deploy a second Settlement with the same reporters; it takes the slots that the first leaves."""
        authority, ledger, registry, book, receipts, *_ = self.contracts
        settlement = self.evm.deploy("Settlement", authority, registry, ledger, book, receipts)
        self.contracts = self.contracts._replace(settlement=settlement)
        _give_functions(self.contracts, settlement)
        for name in GUARDED:
            self.act("setSettler", NOBODY, of=name)
            self.act("setSettler", settlement, of=name)
        keys, quorum = self.model.reporters.keys, self.model.reporters.quorum
        self.act("setReporters", [key.address for key in keys], quorum)
        self.model.reporters = Reporters(1, quorum, keys)

    def move_to(self, now_s: int) -> None:
        self.model.now_s = now_s
        self.evm.set_time(now_s)


def deploy_twins(books: Books, *, now_s: int, notice_s: int, quorum: int, reporters: int) -> Twins:
    """Deploy a programme whose roles are given to one holder each, none of them with a delay."""
    evm = Evm()
    evm.set_time(now_s)
    contracts = deploy_contracts(evm, books, notice_s=notice_s, daily_limit=DAILY_LIMIT)
    twins = Twins(evm, contracts, Model(books, now_s, notice_s, Reporters(1, quorum, KEYS[:reporters])))
    contracts.settlement.setReporters([key.address for key in KEYS[:reporters]], quorum)
    contracts.ledger.enrol(books.ledger.enrolled)
    for contract in contracts:
        _give_functions(contracts, contract)
    for role in Role:
        if role is not Role.ADMIN:
            contracts.authority.grantRole(role, holder(role), 0)
    for person in SUPPORT:
        contracts.authority.grantRole(Role.SUPPORT, person, 0)
        contracts.authority.grantRole(Role.APPROVE, person, 0)
    twins.act("setDesk", SPENDER, int(DeskAct.REDEEM))
    return twins


def _give_functions(contracts: EvmProgramme, contract: EvmContract) -> None:
    """Have the authority know which role may call what of a contract."""
    for role, functions in FUNCTIONS.get(contract.name, {}).items():
        selectors = [contract.selector(function) for function in functions]
        contracts.authority.setTargetFunctionRole(contract, selectors, role)


@contextmanager
def refused(name: str | None) -> Iterator[None]:
    """Expect the contract's error of this name; None expects that nothing is refused."""
    if name is None:
        yield
        return
    with pytest.raises(ContractError) as caught:
        yield
    assert type(caught.value).__name__ == name, f"expected {name}: {caught.value!r}"
