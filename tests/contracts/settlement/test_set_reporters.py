"""setReporters, isReporter, reporterSet, digestOf on the shared vectors.

given a governor
  when reporters rise, 1 to 32, and the quorum is among them    then they are the set, of the next version
  when the quorum is 0 or above them, or they are over 32       then SettlementReportersInvalid
  when they are doubled, not sorted, or one is 0                then SettlementSignersNotAscending
given the chain id and address of the shared vectors
  when a vector's digest is asked                               then it is the vector's
"""

import json
from typing import Any

import pytest
from ape.managers.project import ProjectManager
from pyrevm import EVM, CfgEnv, Env

from tests.support.contract_programme import REPORTERS, Programme
from tests.support.evm import Evm
from tests.support.ledger_rules import deploy_ledger, lots_of, some_settings
from tests.support.refusals import refuses
from tests.vectors.generate import PATH

VECTORS = json.loads(PATH.read_text(encoding="utf-8"))["reports"]
DEPLOYER = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
"""Its second contract stands at the address of the vectors."""


def _address(number: int) -> str:
    return f"0x{number:040x}"


@pytest.mark.parametrize(("count", "quorum"), [(1, 1), (32, 1), (32, 32)])
def test_set_reporters__1_to_32__are_the_set(programme: Programme, count: int, quorum: int) -> None:
    reporters = [_address(i) for i in range(1, count + 1)]
    tx = programme.settlement.setReporters(reporters, quorum, sender=programme.manager)
    assert tuple(programme.settlement.reporterSet()) == (2, quorum, count)
    (event,) = tx.decode_logs(programme.settlement.ReportersSet)
    assert (event.version, event.quorum, len(event.reporters)) == (2, quorum, count)
    assert [programme.settlement.isReporter(_address(i)) for i in (0, 1, count, count + 1)] == [
        False, True, True, False,
    ]  # fmt: skip
    assert not programme.settlement.isReporter(REPORTERS[0].address)


@pytest.mark.parametrize(("count", "quorum"), [(0, 0), (1, 0), (3, 4), (33, 3)])
def test_set_reporters__no_quorum_among_them__is_refused(
    programme: Programme, count: int, quorum: int
) -> None:
    with refuses("SettlementReportersInvalid", count=count, quorum=quorum):
        programme.settlement.setReporters(
            [_address(i) for i in range(1, count + 1)], quorum, sender=programme.manager
        )


@pytest.mark.parametrize("numbers", [(1, 1), (2, 1), (0, 1)])
def test_set_reporters__doubled_unsorted_or_0__is_refused(
    programme: Programme, numbers: tuple[int, ...]
) -> None:
    with refuses("SettlementSignersNotAscending"):
        programme.settlement.setReporters([_address(i) for i in numbers], 1, sender=programme.manager)
    assert tuple(programme.settlement.reporterSet()) == (1, 3, 5)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_digest_of__shared_vector__is_the_vectors(
    clock: int, project: ProjectManager, vector: dict[str, Any]
) -> None:
    evm = Evm(project, EVM(env=Env(cfg=CfgEnv(chain_id=vector["chain_id"])), spec_id="PRAGUE"), DEPLOYER)
    authority = evm.deploy("Authority", DEPLOYER)
    # Deployed by another, so that Settlement is the deployer's second. Settlement asks it for one setting.
    elsewhere = Evm(project, evm.machine)
    ledger = deploy_ledger(elsewhere, authority, some_settings(), [lots_of(36)])
    settlement = evm.deploy("Settlement", authority, authority, ledger, authority, authority)
    assert settlement.address.lower() == vector["settlement"].lower()
    for _ in range(vector["reporters_version"]):
        settlement.setReporters([REPORTERS[0].address], 1, sender=DEPLOYER)
    report = bytes.fromhex(vector["bytes"].removeprefix("0x"))
    assert settlement.digestOf(report).hex() == vector["digest"].removeprefix("0x")
