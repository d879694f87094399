"""Waits until an operator's key has nothing under way, so that what it sends next cannot be sent twice.

Enrolling and adjusting begin with it: a run that was cut short may have left a tx of the same key pending.
"""

from time import monotonic, sleep

from milepost.chain.deployment_run import RECEIPT_TIMEOUT_S
from milepost.chain.errors import asking
from milepost.chain.node import Node
from milepost.ports.chain import ChainUnavailable

_POLL_S = 0.5


def settled_nonce(node: Node, address: str, *, who: str) -> int:
    """The next nonce of an address once all of its txs are mined; `who` names it in messages.

    Raises: ChainUnavailable if some are not mined in time.
    """
    ask = node.web3.eth.get_transaction_count
    until = monotonic() + RECEIPT_TIMEOUT_S
    while True:
        with asking(node.name):
            mined, pending = ask(address, "latest"), ask(address, "pending")  # type: ignore[arg-type]
        if pending <= mined:
            return mined
        if monotonic() >= until:
            raise ChainUnavailable(
                f"{pending - mined} txs of {who} {address} are not mined after {RECEIPT_TIMEOUT_S} s: look"
                " after the chain, then run the command again."
            )
        sleep(_POLL_S)
