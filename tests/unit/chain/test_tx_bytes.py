"""A tx's bytes are those that the library makes and reads, for both kinds of fees."""

import pytest
from eth_account import Account
from hypothesis import given, settings
from hypothesis import strategies as st

from milepost.chain.local_signer import LocalSigner
from milepost.chain.tx_bytes import UnsignedTx, read_tx
from milepost.ports.chain import TxFees

ACCOUNT = Account.from_key(b"\x07" * 32)
PRICED, DYNAMIC = TxFees(9, None, 0), TxFees(9, 2, 0)


def _tx(fees: TxFees, data: bytes = b"\x00\x01", *, nonce: int = 0, chain_id: int = 31_337) -> UnsignedTx:
    return UnsignedTx(chain_id, nonce, 90_000, b"\x12" * 20, data, fees, value=3)


def _by_the_library(tx: UnsignedTx) -> bytes:
    fees = (
        {"gasPrice": tx.fees.most}
        if tx.fees.priority is None
        else {"maxFeePerGas": tx.fees.most, "maxPriorityFeePerGas": tx.fees.priority}
    )
    fields = {"nonce": tx.nonce, "gas": tx.gas, "to": tx.to, "value": tx.value, "data": tx.data}
    signed = ACCOUNT.sign_transaction({**fields, **fees, "chainId": tx.chain_id})
    return bytes(signed.raw_transaction)


@settings(deadline=None, max_examples=60)
@given(
    fees=st.sampled_from((PRICED, DYNAMIC, TxFees(1 << 70, 0, 0))),
    data=st.binary(max_size=300),
    nonce=st.integers(0, 1 << 60),
    chain_id=st.integers(1, 1 << 40),
)
def test_signed__any_tx__is_what_the_library_makes(
    fees: TxFees, data: bytes, nonce: int, chain_id: int
) -> None:
    tx = _tx(fees, data, nonce=nonce, chain_id=chain_id)
    raw = tx.signed(LocalSigner(ACCOUNT).sign_message(tx.message()))
    assert raw == _by_the_library(tx)
    assert read_tx(raw, fees) == tx


@pytest.mark.parametrize("before", [PRICED, DYNAMIC])
def test_read_tx__other_fees__keeps_the_rest(before: TxFees) -> None:
    raw = _by_the_library(_tx(before))
    higher = TxFees(11, None if before.priority is None else 4, 7)
    assert read_tx(raw, higher) == _tx(higher)
