"""ape's in-process chain with a clock of its own, for contract tests that depend on dates.

It is `milepost.chain.embedded` for ape: the same clock below ape's accounts and chain id. Use it in a session
fixture that comes before every other that touches the chain, since the chain starts anew:

    @pytest.fixture(scope="session", autouse=True)
    def clock(networks):
        use_own_clock(networks.provider, 1_526_256_000)
"""

from functools import cached_property
from typing import Any

from ape_test.provider import ApeEVMBackend, LocalProvider
from eth_tester import EthereumTester
from eth_tester.backends.pyevm.main import get_default_genesis_params, setup_tester_chain

from milepost.chain.embedded import GAS_LIMIT, with_own_clock


def use_own_clock(provider: LocalProvider, start_timestamp: int) -> None:
    """Replace the chain below `provider` by a new one whose first block is dated `start_timestamp`.

    Units: unix seconds. Move the clock on with `chain.pending_timestamp = …` or `chain.mine(timestamp=…)`.
    """
    backend = _OwnClockBackend(provider.config, provider.settings.chain_id, start_timestamp)
    provider.tester.ethereum_tester = EthereumTester(backend)
    # Snapshots name blocks of the chain that is gone.
    provider.chain_manager._snapshots[provider.chain_id] = []


class _OwnClockBackend(ApeEVMBackend):
    def __init__(self, config: Any, chain_id: int, start_timestamp: int) -> None:
        super().__init__(config, chain_id)
        self._start_timestamp = start_timestamp

    @cached_property
    def _setup_tester_chain(self) -> tuple[Any, Any]:
        account_keys, chain = setup_tester_chain(
            get_default_genesis_params({"timestamp": self._start_timestamp, "gas_limit": GAS_LIMIT}),
            self.genesis_state,
            self.config.number_of_accounts,
            None,
            self.config.mnemonic,
            self.config.hd_path,
        )
        return account_keys, with_own_clock(chain)
