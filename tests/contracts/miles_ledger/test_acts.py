"""LedgerActs and LedgerReversals: the ledger's other parts, reached through it and of no use by themselves.

given the ledger and a part
  when their functions are compared       then the ledger hands over every act, and nothing else
  when names and selectors are compared   then they are the same, and so are the answers' types
  when either is called by no function    then it refuses
given the acts called by themselves
  when anyone calls any function of them  then it reverts, and nothing is written
given the ledger
  when an act answers or reverts          then the caller gets what the act gave, to the byte
"""

import re
from pathlib import Path
from typing import Any

import pytest
from ape.managers.project import ProjectManager

from milepost.chain.contract_errors import ContractError
from milepost.chain.roles import FUNCTIONS_OF_ACTS
from tests.support.evm import ADMIN, Evm, EvmContract
from tests.support.ledger_stage import DESK, SETTLER, STRANGER, LedgerStage
from tests.support.refusals import refuses

CONTRACTS = Path(__file__).parents[3] / "contracts"
# Of the parts that both halves inherit; the ledger runs its own.
INHERITED = {"setSettler", "setAuthority"}


PARTS = {"LedgerActs": r"_act\(\)", "LedgerReversals": r"_actBy\(REVERSALS\)"}
"""By part, how the ledger calls it."""


def handed_over(part: EvmContract) -> set[str]:
    """Functions of the ledger that only delegate to a part, by its source."""
    source = (CONTRACTS / "MilesLedger.sol").read_text("utf-8")
    return set(re.findall(r"function (\w+)\([^)]*\)[^{]*\{\s*" + PARTS[part.name] + ";", source))


def changing(contract: EvmContract) -> set[str]:
    return {
        name for name, one in contract.functions.items() if one["stateMutability"] not in ("view", "pure")
    }


@pytest.fixture(params=PARTS)
def acts(clock: int, project: ProjectManager, request: pytest.FixtureRequest) -> EvmContract:
    return Evm(project).deploy(request.param)


@pytest.fixture
def stage(stage_of: Any) -> LedgerStage:
    return stage_of("ana")  # type: ignore[no-any-return]


def test_acts__what_the_ledger_hands_over__is_what_they_are(acts: EvmContract, stage: LedgerStage) -> None:
    assert handed_over(acts) == changing(acts) - INHERITED
    assert handed_over(acts) | INHERITED <= changing(stage.ledger)
    if acts.name == "LedgerActs":
        assert {name for names in FUNCTIONS_OF_ACTS.values() for name in names} == handed_over(acts)


def test_acts__each__has_the_ledgers_selector_and_types(acts: EvmContract, stage: LedgerStage) -> None:
    for name in handed_over(acts):
        assert acts.selector(name) == stage.ledger.selector(name)
        mine, theirs = acts.functions[name], stage.ledger.functions[name]
        assert [one["type"] for one in mine["outputs"]] == [one["type"] for one in theirs["outputs"]]
        assert mine["stateMutability"] == theirs["stateMutability"] == "nonpayable"


def test_acts__views_of_both_halves__are_inherited_alone(acts: EvmContract, stage: LedgerStage) -> None:
    """The ledger answers what is read; no view lies in the acts that it has not too."""
    views = set(acts.functions) - changing(acts)
    assert views <= set(stage.ledger.functions) - changing(stage.ledger)


def test_acts__no_function__is_refused_by_both(acts: EvmContract, stage: LedgerStage) -> None:
    for contract in (acts, stage.ledger):
        kinds = {entry["type"] for entry in contract.compiled.abi}
        assert not kinds & {"fallback", "receive"}
        for data in (b"", b"\x01", b"\xde\xad\xbe\xef", b"\0" * 36):
            with pytest.raises(RuntimeError, match="Revert"):
                contract.machine.message_call(ADMIN, contract.address, calldata=data)


@pytest.mark.parametrize("caller", [ADMIN, DESK, SETTLER, STRANGER])
def test_acts__called_by_themselves__refuse_everything(acts: EvmContract, caller: str) -> None:
    for name in changing(acts):
        with pytest.raises(ContractError) as caught:
            getattr(acts, name)(*map(_zero, acts.functions[name]["inputs"]), sender=caller)
        expected = ("AccessManagedUnauthorized", "DeskUnauthorized", "MemberUnknown", "SettlerUnauthorized")
        assert type(caught.value).__name__.removeprefix("Ledger") in expected, name


def _zero(one: dict[str, Any]) -> Any:
    if one["type"].endswith("]"):
        return []
    if one["type"] == "bytes":
        return b""
    if one["type"] == "tuple":
        return tuple(map(_zero, one["components"]))
    return "0x" + "0" * 40 if one["type"] == "address" else 0


def test_ledger__act_that_answers__hands_its_answer_on(stage: LedgerStage) -> None:
    stage.earn(10, "2018-05-01")
    stage.earn(20, "2018-06-01")
    assert [lot & 0xFF for lot in stage.redeem(25, "2018-06-01")] == [10, 15]
    assert stage.buy(5, "2018-06-01") == "2021-06-30"


def test_ledger__act_that_reverts__hands_its_error_on_and_keeps_nothing(stage: LedgerStage) -> None:
    stage.earn(10, "2018-05-01")
    before = stage.ledger.accountWord(1)
    with refuses("LedgerMilesShort", member=1, live=10, wanted=11):
        stage.redeem(11, "2018-05-01")
    with refuses("AccessManagedUnauthorized", caller=STRANGER):
        stage.ledger.setDesk(STRANGER, 15, sender=STRANGER)
    assert stage.ledger.accountWord(1) == before
