"""The values that travel through ports; the Protocols are held by the tests of adapters and fakes."""

import inspect

import milepost.ports
from milepost import ports
from milepost.domain.errors import ChainError
from milepost.ports import PurchaseRecord, StoredTotals, TxNonceTooLow, TxUnderfunded
from tests.support.purchases import a_purchase


def test_ports__public_names__are_all_that_its_modules_define() -> None:
    modules = [module for _, module in inspect.getmembers(milepost.ports, inspect.ismodule)]
    defined = {
        name
        for module in modules
        for name, value in vars(module).items()
        if inspect.isclass(value) and value.__module__ == module.__name__
    }
    assert defined == set(ports.__all__)


def test_purchase_record__key__is_the_purchases() -> None:
    assert PurchaseRecord(a_purchase(), None, b"").key == a_purchase().dedupe_key


def test_stored_totals__credited__is_base_and_bonus() -> None:
    assert StoredTotals(2, 15).reversed_ == 0


def test_chain_errors__exit_codes__tell_money_from_configuration() -> None:
    assert (TxUnderfunded.exit_code, TxNonceTooLow.exit_code, ChainError.exit_code) == (4, 3, 3)
