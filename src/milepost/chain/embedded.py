"""An EVM chain inside the process, with a clock of its own: what the demo and quick tests settle on.

Before it comes nothing but a start time; after it, anything that takes a `Web3` uses it like a node.
eth-tester's own chain stamps blocks with the machine's time, so a story that spans years could not be told on
it. Here a block comes one second after its parent, unless the clock was moved forward in between.
"""

import sys
from typing import Any

from eth.estimators.gas import binary_gas_search_intrinsic_tolerance
from eth.vm.spoof import SpoofTransaction
from eth_tester import EthereumTester, PyEVMBackend
from eth_tester.backends.pyevm.main import get_default_genesis_params
from web3 import EthereumTesterProvider, Web3

__all__ = ["GAS_LIMIT", "advance_to", "embedded_chain", "with_own_clock"]

# eth-tester brings libraries that let Python recurse a hundred thousand deep. JSON that is nested so far then
# ends the process, whoever sent it; at this depth it is an error like any other.
sys.setrecursionlimit(10_000)

_CALL_STIPEND = 2_300
# Gas a block, and so the most one tx can use here. A report aims below 12 million.
GAS_LIMIT = 30_000_000


def embedded_chain(starts_at: int) -> Web3:
    """Start a chain under the rules of Prague, its first block dated `starts_at`, with ten funded accounts.

    Shape: every tx is mined at once, in a block of its own.
    Units: `starts_at` in unix seconds.
    Warning: eth-tester takes two txs with one nonce, and has no pool or reorgs: a relayer's test on it
        proves nothing.
    """
    genesis = get_default_genesis_params({"timestamp": starts_at, "gas_limit": GAS_LIMIT})
    backend = PyEVMBackend(genesis_parameters=genesis)
    backend.chain = with_own_clock(backend.chain)
    return Web3(EthereumTesterProvider(EthereumTester(backend)))


def advance_to(web3: Web3, timestamp: int) -> None:
    """Mine an empty block dated `timestamp`: views at the head see that time, the next tx is a second later.

    Shape: does nothing if the head has that date already.
    Units: `timestamp` in unix seconds.
    Raises: TypeError if `web3` speaks to another chain, whose clock is not ours to move; ValueError if the
        head is later, since a chain's clock cannot go back.
    """
    tester = getattr(web3.provider, "ethereum_tester", None)
    if tester is None:
        raise TypeError("only an embedded chain has a clock to move")
    head = web3.eth.get_block("latest")["timestamp"]
    if timestamp < head:
        raise ValueError(f"the chain is at {head} and cannot go back to {timestamp}")
    # eth-tester takes the date of the block after the one it mines.
    tester.time_travel(timestamp + 1)


def with_own_clock(chain: Any) -> Any:
    """Return py-evm's `chain`, still at its genesis, in a form that never asks the machine for the time.

    Shape: the same database and rules; snapshots and reverts keep the clock with the blocks.
    """

    class OwnClock(type(chain)):  # type: ignore[misc]
        vm_configuration = tuple((block, _dated_by_head(vm)) for block, vm in chain.vm_configuration)
        gas_estimator = staticmethod(_estimate_gas)

        def create_header_from_parent(self, parent_header: Any, **header_params: Any) -> Any:
            dated = {"timestamp": parent_header.timestamp + 1, **header_params}
            return super().create_header_from_parent(parent_header, **dated)

    genesis = chain.get_canonical_block_header_by_number(0)
    return OwnClock.from_genesis_header(chain.chaindb.db, genesis)


def _dated_by_head(vm: Any) -> Any:
    """Return the rules `vm` in a form whose views and gas estimates see the head's date, as a node's do.

    py-evm runs them in a block to come that it dates by the machine's clock.
    """

    class DatedByHead(vm):  # type: ignore[misc]
        @classmethod
        def generate_block_from_parent_header_and_coinbase(cls, parent_header: Any, coinbase: Any) -> Any:
            header = cls.create_header_from_parent(
                parent_header, coinbase=coinbase, timestamp=parent_header.timestamp
            )
            return cls.get_block_class()(header, transactions=[], uncles=[])

    return DatedByHead


def _estimate_gas(state: Any, transaction: Any) -> int:
    """Run a tx with all the gas of a block, then with little more than it used: two runs where py-evm has a
    dozen. What fails with that much, or at all, py-evm's own search judges.
    """
    with_all = _run(state, transaction, state.gas_limit)
    if not with_all.is_error:
        used = state.gas_limit - with_all.get_gas_remaining()
        # A call gets at most 63 of 64 parts of what is left.
        enough = min(used + used // 63 + _CALL_STIPEND, state.gas_limit)
        if not _run(state, transaction, enough).is_error:
            return int(enough)
    return int(binary_gas_search_intrinsic_tolerance(state, transaction))


def _run(state: Any, transaction: Any, gas: int) -> Any:
    snapshot = state.snapshot()
    try:
        return state.apply_transaction(SpoofTransaction(transaction, gas=gas, gas_price=0))
    finally:
        state.revert(snapshot)
