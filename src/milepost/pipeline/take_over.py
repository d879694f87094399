"""Goes on with a report that another relayer's address began to send, when this one has taken over its lane.

Before it the other relayer stored and may have sent a tx; after it `relay_report` sends one of our own, if
that one does not come through. Whichever is mined first settles the report, and the other reverts.
"""

from milepost.domain.errors import ChainError
from milepost.pipeline.states import move_tx
from milepost.ports import ChainUnavailable, SettlementChain, Store, StoredTx, TxState, Work

_UNSENT = (TxState.SIGNED, TxState.ACCEPTED)


def send_others_txs(report_hash: bytes, store: Store, *, chain: SettlementChain) -> bool:
    """Send the bytes that other addresses signed for a report, as they are; whether there were any.

    Shape: what the node says of them is no conclusion: they are watched like any tx.
    Raises: ChainUnavailable.
    """
    with store.unit_of_work() as work:
        others = _others(work, report_hash, chain.sender)
    for tx in others:
        try:
            chain.send(tx.signed.raw)
        except ChainUnavailable:
            raise
        except ChainError:
            # Known already, too old, too cheap: the receipt will say.
            continue
    return bool(others)


def give_up_others_txs(report_hash: bytes, store: Store, *, chain: SettlementChain) -> None:
    """Wait no longer for what other addresses signed for a report, so that this one signs its own.

    Shape: they stay watched, as one of them may still be mined.
    """
    with store.unit_of_work() as work:
        for tx in _others(work, report_hash, chain.sender):
            move_tx(work, tx, TxState.DISPLACED)


def _others(work: Work, report_hash: bytes, sender: str) -> list[StoredTx]:
    txs = work.txs.of_report(report_hash)
    return [tx for tx in txs if tx.state in _UNSENT and tx.signed.sender != sender]
