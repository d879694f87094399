"""How nodes word it when they refuse a tx: one table for geth, Erigon, Besu, Nethermind, anvil and injective.

`errors.py` asks it for what a node said; what the words mean to the pipeline is in the classes of `ports`.
"""

import re

from milepost.domain.errors import ChainError
from milepost.ports.chain import (
    TxAlreadyKnown,
    TxFeeTooLow,
    TxNonceGap,
    TxNonceTooLow,
    TxNotReplaced,
    TxUnderfunded,
)

_ALREADY_KNOWN = "The node has this tx already: wait for it to be mined."
_NOT_REPLACED = "The node keeps another tx of this nonce, whose fees are too near: pay more for this one."
_NONCE_TOO_LOW = "The nonce of this tx is used: look for a receipt of every tx that carried it."
_NONCE_GAP = "The node has no tx for a lower nonce yet: send that first."
_UNDERFUNDED = "The sending account has too little for gas: send it funds, then try again."
_FEE_TOO_LOW = "The node takes no tx of so low fees now: pay more, or wait until the chain is cheaper."

# In lower case; the first line that has one of its words in what was said decides. What is more special goes
# first: "replacement transaction underpriced" before "underpriced".
_WORDS: tuple[tuple[type[ChainError], str, tuple[str, ...]], ...] = (
    (
        TxAlreadyKnown,
        _ALREADY_KNOWN,
        (
            "already known",  # geth, Erigon, Besu by default wordings of the Engine
            "alreadyknown",  # Nethermind
            "known transaction",  # Besu, older geth
            "already imported",  # anvil, OpenEthereum
            "existing tx with same hash",  # Erigon
            "already exists in cache",  # injective: CometBFT's mempool
            "already in mempool",  # injective: Cosmos SDK
        ),
    ),
    (
        TxNotReplaced,
        _NOT_REPLACED,
        (
            "replacement transaction underpriced",  # geth, Besu, Erigon, anvil
            "replacementnotallowed",  # Nethermind
            "could not replace existing tx",  # Erigon
            "replacement fee too low",
            "ownnoncealreadyused",  # Nethermind
            "same nonce in the queue",  # OpenEthereum
        ),
    ),
    (
        TxNonceTooLow,
        _NONCE_TOO_LOW,
        ("nonce too low", "nonce_too_low", "oldnonce", "nonce is too low", "nonce below"),
    ),
    (
        TxNonceGap,
        _NONCE_GAP,
        (
            "nonce too high",  # geth's execution, anvil
            "noncegap",  # Nethermind
            "nonce gap",
            "nonce is too distant",  # Besu
            "nonce too distant",  # Erigon
            "nonce too far in the future",  # Besu
        ),
    ),
    (
        TxUnderfunded,
        _UNDERFUNDED,
        (
            "insufficient funds",  # geth, Erigon, anvil, injective
            "insufficientfunds",  # Nethermind
            "upfront cost exceeds",  # Besu
            "insufficient balance",
            "cannot afford",
        ),
    ),
    (
        TxFeeTooLow,
        _FEE_TOO_LOW,
        (
            "less than block base fee",  # anvil, geth
            "gas price below current base fee",  # Besu
            "gas price below configured minimum",  # Besu
            "feetoolow",  # Nethermind, with or without ToCompete
            "fee too low",  # Erigon
            "underpriced",  # geth, Erigon
            "insufficient fee",  # injective: Cosmos SDK
            "minimum global fee",  # injective
        ),
    ),
)
# Of chains that take exactly the next nonce, such as injective: lower is used, or waits in the pool.
_EXACT_NONCE = re.compile(r"(?:invalid nonce|account sequence mismatch)\D*?(\d+)\D+(\d+)")


def refusal_of(said: str) -> ChainError | None:
    """What a node's words mean, None for words that mean no refusal of a tx."""
    text = said.lower()
    exact = _EXACT_NONCE.search(text)
    if exact is not None:
        return _exact_nonce(text, int(exact[1]), int(exact[2]))
    for kind, sentence, words in _WORDS:
        if any(word in text for word in words):
            return kind(sentence)
    return None


def _exact_nonce(text: str, first: int, second: int) -> ChainError:
    # "got 4, expected 5", and Cosmos' own "expected 5, got 4".
    got, expected = (second, first) if text.find("expected") < text.find("got") else (first, second)
    return TxNonceTooLow(_NONCE_TOO_LOW) if got < expected else TxNonceGap(_NONCE_GAP)
