"""The clocks of the chain and of this machine.

Before them a chain is connected; steps that judge or seal purchases ask them for the time.
"""

import time
from dataclasses import dataclass

from milepost.chain.settlement_chain import NodeSettlementChain


@dataclass(frozen=True, slots=True)
class ChainClock:
    """The port `Clock`: the time of a block made now, by which the contracts judge purchases too."""

    chain: NodeSettlementChain

    def now(self) -> int:
        return self.chain.pending_time()


@dataclass(frozen=True, slots=True)
class MachineClock:
    """The port `Clock`: this machine's time, which tells when it or the chain is wrong."""

    def now(self) -> int:
        return int(time.time())
