"""The words in which nodes refuse a tx: anvil's, put into those of geth, Besu, Nethermind and Erigon.

The fault proxy gives an answer of anvil through here, so that the oracle is tried with every node's wording.
Source: go-ethereum core/txpool/errors.go; besu RpcErrorType.java; nethermind AcceptTxResult.cs; erigon
txpoolcfg.go, whose reasons go behind the name of an import's result.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class Dialect(StrEnum):
    """Whose wording a node has."""

    GETH = "geth"
    BESU = "besu"
    NETHERMIND = "nethermind"
    ERIGON = "erigon"


class Refusal(StrEnum):
    """Why a tx is refused, by what anvil says, in lower case."""

    KNOWN = "already imported"
    NONCE = "nonce too low"
    UNDERPRICED = "replacement transaction underpriced"
    FUNDS = "insufficient funds"
    BASE_FEE = "max fee per gas less than block base fee"


_ADDRESS = "0x00000000000000000000000000000000000000aa"
WORDS: Mapping[Dialect, Mapping[Refusal, tuple[int, str]]] = {
    Dialect.GETH: {
        Refusal.KNOWN: (-32000, "already known"),
        Refusal.NONCE: (-32000, "nonce too low: next nonce 9, tx nonce 8"),
        Refusal.UNDERPRICED: (-32000, "replacement transaction underpriced"),
        Refusal.FUNDS: (
            -32000,
            "insufficient funds for gas * price + value: balance 0, tx cost 1, overshot 1",
        ),
        Refusal.BASE_FEE: (
            -32000,
            f"max fee per gas less than block base fee: address {_ADDRESS}, maxFeePerGas: 1, baseFee: 7",
        ),
    },
    Dialect.BESU: {
        Refusal.KNOWN: (-32000, "Known transaction"),
        Refusal.NONCE: (-32001, "Nonce too low"),
        Refusal.UNDERPRICED: (-32000, "Replacement transaction underpriced"),
        Refusal.FUNDS: (-32004, "Upfront cost exceeds account balance"),
        Refusal.BASE_FEE: (-32009, "Gas price below current base fee"),
    },
    Dialect.NETHERMIND: {
        Refusal.KNOWN: (-32010, "AlreadyKnown"),
        Refusal.NONCE: (-32010, "OldNonce, Current nonce: 9, nonce of rejected tx: 8"),
        Refusal.UNDERPRICED: (-32010, "ReplacementNotAllowed"),
        Refusal.FUNDS: (-32010, "InsufficientFunds, Account balance: 0, cumulative cost: 1"),
        Refusal.BASE_FEE: (-32010, "FeeTooLow, MaxFeePerGas too low. MaxFeePerGas: 1, BaseFee: 7"),
    },
    Dialect.ERIGON: {
        Refusal.KNOWN: (-32000, "INTERNAL_ERROR: existing tx with same hash"),
        Refusal.NONCE: (-32000, "INTERNAL_ERROR: nonce too low"),
        Refusal.UNDERPRICED: (-32000, "INTERNAL_ERROR: could not replace existing tx"),
        Refusal.FUNDS: (-32000, "INTERNAL_ERROR: insufficient funds"),
        Refusal.BASE_FEE: (-32000, "INTERNAL_ERROR: fee too low"),
    },
}


def refusal_of(answer: Mapping[str, Any]) -> Refusal | None:
    """Why anvil refused a tx, None if it did not, or for another reason."""
    error = answer.get("error")
    said = str(error.get("message", "")).lower() if isinstance(error, dict) else ""
    return next((refusal for refusal in Refusal if refusal.value in said), None)


def refused(answer: Mapping[str, Any], refusal: Refusal, dialect: Dialect) -> dict[str, Any]:
    """The same answer, refusing for a reason in a dialect."""
    code, message = WORDS[dialect][refusal]
    return {
        **{name: value for name, value in answer.items() if name != "result"},
        "error": {"code": code, "message": message},
    }


def in_dialect(answer: Mapping[str, Any], dialect: Dialect) -> dict[str, Any]:
    """An answer of anvil as another node words it; what is no refusal of a tx stays."""
    refusal = refusal_of(answer)
    return dict(answer) if refusal is None else refused(answer, refusal, dialect)
