"""Uses up a nonce that stands in the way by an empty tx of our own, when the operator says so.

Relaying stands still before it, as no node takes what was signed, or a lower nonce is missing; after it, once
the empty tx is mined, `relay_report` sends the report with another nonce.
"""

from dataclasses import replace
from typing import ClassVar

from milepost.domain.errors import ChainError, WhoActs
from milepost.pipeline.bump_fees import Bumping
from milepost.pipeline.relay_report import send_newest, store_signed
from milepost.pipeline.sign_report import require_report
from milepost.ports import (
    SettlementChain,
    SignedTx,
    Store,
    StoredTx,
    TxNonceTooLow,
    TxState,
)

_UNSENT = (TxState.SIGNED, TxState.ACCEPTED)


class NothingToCancel(ChainError):
    """A nonce that is mined, that nothing of ours waits for, or whose fees may not rise. Nothing is sent."""

    who_acts: ClassVar[WhoActs] = WhoActs.OPERATOR
    exit_code: ClassVar[int] = 1


def waiting_txs(store: Store, sender: str) -> list[StoredTx]:
    """Txs of an address that are signed or sent and not mined, in order of nonce and attempt."""
    with store.unit_of_work() as work:
        return [tx for tx in work.txs.in_states(*_UNSENT) if tx.signed.sender == sender]


def cancel_nonce(nonce: int, store: Store, *, chain: SettlementChain, bumping: Bumping) -> StoredTx:
    """Store an empty tx of a nonce, then send it in place of what has the nonce.

    Shape: it pays an eighth more than the newest attempt, or the market's fees, up to the cap. It belongs to
        the report of that attempt; of a missing nonce, to the one that waits for it: no nonce ever carries
        two reports. Either may still be mined: relaying watches both, and whichever is not is set aside.
    Raises: NothingToCancel; what the node refuses it for, and it stays stored then, so that relaying sends it
        again; ChainUnavailable, SignerUnavailable.
    """
    signed, content_hash = _signed(nonce, store, chain, bumping)
    with store.unit_of_work() as work:
        report = require_report(work, content_hash)
    tx = store_signed(signed, report, store)
    try:
        refusal = send_newest([tx], store, chain)
    except TxNonceTooLow:
        # Mined meanwhile, which watching finds.
        return tx
    if refusal is not None:
        raise refusal
    return replace(tx, state=TxState.ACCEPTED)


def _signed(nonce: int, store: Store, chain: SettlementChain, bumping: Bumping) -> tuple[SignedTx, bytes]:
    mined, market, waiting = chain.mined_nonce(), chain.market_fees(), waiting_txs(store, chain.sender)
    if nonce < mined:
        raise NothingToCancel(f"Nonce {nonce} of {chain.sender} is mined; the next is {mined}.")
    attempts = [tx for tx in waiting if tx.signed.nonce == nonce]
    if attempts:
        newest = attempts[-1]
        fees = bumping.raised(newest.signed.fees, market)
        if fees is None:
            raise NothingToCancel(
                f"Nonce {nonce} of {chain.sender} has a tx whose fees may not rise any more: raise"
                " MILEPOST_MOST_FEE_GWEI for this command."
            )
        return chain.sign_empty(nonce=nonce, fees=fees), newest.content_hash
    above = [tx for tx in waiting if tx.signed.nonce > nonce]
    if not above or chain.next_nonce() != nonce:
        raise NothingToCancel(
            f"Nothing of ours waits for nonce {nonce} of {chain.sender}: milepost txs list shows what does."
        )
    return chain.sign_empty(nonce=nonce, fees=bumping.first(market)), above[0].content_hash
