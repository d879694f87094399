"""The bare EVM: contracts by name, errors by name, logs, and the steps of a deployment."""

import pytest

from milepost.chain.access_errors import AccessManagedUnauthorized, AccessManagerInvalidInitialAdmin
from milepost.chain.deployment import AddressOf, Call, Deploy
from milepost.chain.deployment_run import run_steps
from milepost.chain.evm import DEPLOYER, Evm, EvmExecutor, OutOfGas

NOW = 1_600_000_000
STRANGER = "0x0000000000000000000000000000000000005555"


def a_receipt_book(evm: Evm):
    return evm.deploy("ReceiptBook", evm.deploy("Authority", DEPLOYER))


def test_call__view__gives_its_output() -> None:
    assert a_receipt_book(Evm()).nextSequence(0) == 1


def test_call__refused__raises_the_contracts_error() -> None:
    book = a_receipt_book(Evm())
    with pytest.raises(AccessManagedUnauthorized):
        book.setSettler(STRANGER, sender=STRANGER)


def test_call__too_little_gas__is_out_of_gas() -> None:
    book = a_receipt_book(Evm())
    with pytest.raises(OutOfGas):
        book.setSettler(STRANGER, gas=30_000)


def test_logs__of_a_call__hold_topics_and_data() -> None:
    book = a_receipt_book(Evm())
    book.setSettler(STRANGER)
    (log,) = book.logs()
    assert log.address == book.address and len(log.topics[0]) == 32
    assert log.data[-20:] == bytes.fromhex(STRANGER[2:]) or log.topics[1][-20:] == bytes.fromhex(STRANGER[2:])


def test_deploy__refused_by_its_constructor__is_named() -> None:
    with pytest.raises(AccessManagerInvalidInitialAdmin):
        Evm().deploy("Authority", "0x" + "00" * 20)


def test_executor__steps_of_a_deployment__are_executed_in_order() -> None:
    evm = Evm()
    evm.set_time(NOW)
    executor = EvmExecutor(evm)
    done = []
    for step in (
        Deploy("authority", "who may", "Authority", (DEPLOYER,)),
        Deploy("book", "roots", "ReceiptBook", (AddressOf("Authority"),)),
        Call("settler", "obeys", "ReceiptBook", "setSettler", (STRANGER,)),
    ):
        done.append(step)
    # Not all contracts are there: what is counted is what the executor did.
    with pytest.raises(KeyError):
        run_steps(done, executor)
    assert executor.contracts["ReceiptBook"].settler() == STRANGER.lower()
