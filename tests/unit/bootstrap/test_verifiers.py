"""Which contract a receipt is verified at: one that is given, or the deployment's."""

import pytest

from milepost.bootstrap import adjustment_verifier, receipt_verifier
from milepost.chain.deployment_file import Deployment
from milepost.config import SettingsRefused
from milepost.domain.errors import ChainError
from tests.support.deployment_files import ADDRESS, a_deployment


def _never() -> Deployment:
    raise AssertionError("no deployment is needed")


def test_receipt_verifier__book_given__asks_for_no_deployment() -> None:
    found = receipt_verifier("http://node", setting="--rpc", receipts=ADDRESS.lower(), deployment=_never)
    assert (found.receipts, found.chain_id) == (ADDRESS, None)
    published = receipt_verifier("http://node", setting="--rpc", receipts=None, deployment=a_deployment)
    assert (published.receipts, published.chain_id) == (ADDRESS, 31_337)


def test_receipt_verifier__no_address_or_url__is_refused() -> None:
    with pytest.raises(SettingsRefused, match="no address of a receipt book"):
        receipt_verifier("http://node", setting="--rpc", receipts="0x12", deployment=a_deployment)
    with pytest.raises(ChainError, match="--rpc must be an http"):
        receipt_verifier("ws://node", setting="--rpc", receipts=None, deployment=a_deployment)


def test_adjustment_verifier__desk_given__asks_for_no_deployment() -> None:
    found = adjustment_verifier("http://node", setting="--rpc", desk=ADDRESS.lower(), deployment=_never)
    assert (found.desk, found.chain_id) == (ADDRESS, None)
    published = adjustment_verifier("http://node", setting="--rpc", desk=None, deployment=a_deployment)
    assert (published.desk, published.chain_id) == (ADDRESS, 31_337)


def test_adjustment_verifier__no_address__is_refused() -> None:
    with pytest.raises(SettingsRefused, match="no address of an adjustment desk"):
        adjustment_verifier("http://node", setting="--rpc", desk="0x12", deployment=a_deployment)
