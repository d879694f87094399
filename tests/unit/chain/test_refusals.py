"""What each client says when it refuses a tx, as they word it, and what we take it for."""

import pytest

from milepost.chain.refusals import refusal_of
from milepost.domain.errors import ChainError
from milepost.ports.chain import (
    TxAlreadyKnown,
    TxFeeTooLow,
    TxNonceGap,
    TxNonceTooLow,
    TxNotReplaced,
    TxUnderfunded,
)

DIALECTS: dict[str, dict[str, type[ChainError]]] = {
    "geth": {
        "already known": TxAlreadyKnown,
        "known transaction: 9f2a": TxAlreadyKnown,
        "nonce too low: next nonce 5, tx nonce 4": TxNonceTooLow,
        "nonce too high: address 0x71, tx: 9 state: 5": TxNonceGap,
        "replacement transaction underpriced": TxNotReplaced,
        "insufficient funds for gas * price + value: balance 0, tx cost 21000, overshot 21000": TxUnderfunded,
        "transaction underpriced: gas tip cap 0, minimum needed 1": TxFeeTooLow,
        "max fee per gas less than block base fee: address 0x71, maxFeePerGas: 1, baseFee: 875000000":
            TxFeeTooLow,
    },
    "besu": {
        "Known transaction": TxAlreadyKnown,
        "Nonce too low": TxNonceTooLow,
        "Transaction nonce is too distant from current sender nonce": TxNonceGap,
        "Replacement transaction underpriced": TxNotReplaced,
        "Upfront cost exceeds account balance": TxUnderfunded,
        "Gas price below configured minimum gas price": TxFeeTooLow,
        "Gas price below current base fee": TxFeeTooLow,
    },
    "nethermind": {
        "AlreadyKnown": TxAlreadyKnown,
        "OldNonce, Current nonce: 5, nonce of rejected tx: 4": TxNonceTooLow,
        "NonceGap, Future nonce. Expected nonce: 5": TxNonceGap,
        "ReplacementNotAllowed": TxNotReplaced,
        "OwnNonceAlreadyUsed": TxNotReplaced,
        "InsufficientFunds, Account balance: 1, cumulative cost: 2": TxUnderfunded,
        "FeeTooLow, MaxFeePerGas too low. MaxFeePerGas: 1, BaseFee: 7": TxFeeTooLow,
        "FeeTooLowToCompete": TxFeeTooLow,
    },
    "erigon": {
        "already known": TxAlreadyKnown,
        "INTERNAL_ERROR: existing tx with same hash": TxAlreadyKnown,
        "nonce too low": TxNonceTooLow,
        "nonce too distant": TxNonceGap,
        "INTERNAL_ERROR: could not replace existing tx": TxNotReplaced,
        "insufficient funds for gas * price + value": TxUnderfunded,
        "underpriced": TxFeeTooLow,
        "fee too low": TxFeeTooLow,
    },
    "anvil": {
        "transaction already imported": TxAlreadyKnown,
        "nonce too low": TxNonceTooLow,
        "replacement transaction underpriced": TxNotReplaced,
        "Insufficient funds for gas * price + value": TxUnderfunded,
        "max fee per gas less than block base fee": TxFeeTooLow,
    },
    "injective": {
        "tx already exists in cache": TxAlreadyKnown,
        "tx already in mempool": TxAlreadyKnown,
        "invalid nonce; got 4, expected 5: invalid sequence": TxNonceTooLow,
        "invalid nonce; got 27, expected 25: invalid sequence": TxNonceGap,
        "account sequence mismatch, expected 5, got 4: incorrect account sequence": TxNonceTooLow,
        "account sequence mismatch, expected 5, got 6: incorrect account sequence": TxNonceGap,
        "insufficient funds for gas * price + value: insufficient funds": TxUnderfunded,
        "provided fee < minimum global fee (1inj < 160000000inj): insufficient fee": TxFeeTooLow,
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("said", "expected"),
    [(said, kind) for words in DIALECTS.values() for said, kind in words.items()],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refusal_of__every_dialect__is_named(said: str, expected: type[ChainError]) -> None:
    assert type(refusal_of(said)) is expected


@pytest.mark.parametrize("said", ["header not found", "method not found", "execution reverted", ""])
def test_refusal_of__no_refusal_of_a_tx__is_none(said: str) -> None:
    assert refusal_of(said) is None
