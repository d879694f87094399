"""What `milepost doctor` sees of the chain: node, clock, gas money, the pause, and who can sign reports.

`doctor` puts these looks among the others. Nothing is sent but questions.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from eth_utils.address import to_checksum_address

from milepost.bootstrap.findings import Finding, warning, wrong
from milepost.bootstrap.observing import is_reachable
from milepost.bootstrap.parts import Parts
from milepost.bootstrap.remote_reporters import reporter_urls
from milepost.bootstrap.signers import is_up
from milepost.chain.endpoint import EndpointState
from milepost.chain.errors import asking
from milepost.config import Settings, setting_name

LITTLE_GAS_WEI = 10**16
"""Gas money below which the relayer is worth a warning: on a chain with fees it lasts some reports."""
MOST_CLOCK_S = 120
"""Seconds that the chain's newest block may be from this machine's time before it is worth a warning."""


@dataclass(frozen=True, slots=True)
class ChainLooks:
    """The looks at the chain."""

    parts: Parts
    settings: Settings

    def node(self) -> Iterator[Finding]:
        self.parts.node.require_chain(self.parts.deployment.chain_id)
        for one in self.parts.node.endpoints:
            if one.state not in (EndpointState.OK, EndpointState.UNKNOWN):
                yield warning(
                    f"Node {one.place} in {setting_name('rpc_url')} is {one.state}: see that it runs and"
                    " keeps up; the others stand in for it."
                )

    def clock(self) -> Iterator[Finding]:
        ahead_s = self.parts.reading_chain.newest_block().timestamp - int(time.time())
        if abs(ahead_s) > MOST_CLOCK_S:
            way = "ahead of" if ahead_s > 0 else "behind"
            yield warning(
                f"The newest block is {abs(ahead_s)} s {way} this machine's clock: set the clock, or see that"
                " the node keeps up and the chain makes blocks."
            )

    def settling(self) -> Iterator[Finding]:
        if self.parts.reading_chain.is_paused():
            yield warning(
                "Settling is paused: find out why; then a holder of PAUSE_ROLE lets it go on by milepost"
                " governance resume."
            )

    def gas(self) -> Iterator[Finding]:
        node, address = self.parts.node, to_checksum_address(self.parts.relayer.address)
        with asking(node.name):
            balance = int(node.web3.eth.get_balance(address))
        if not balance:
            yield wrong(f"The relayer {address} has no gas money: send it some; nothing settles until then.")
        elif balance < LITTLE_GAS_WEI:
            yield warning(f"The relayer {address} has {balance / 10**18:g} of gas money left: send it more.")

    def own_key(self) -> Iterator[Finding]:
        """Of a reporter by itself: whether its key is in the set."""
        for reporter in self.parts.reporters:
            if not self.parts.reading_chain.is_reporter(reporter.address):
                yield wrong(
                    f"{stranger(reporter.address)} Have governance put it there: milepost governance"
                    " set-reporters."
                )

    def reporters(self) -> Iterator[Finding]:
        chain = self.parts.reading_chain
        in_force, signing = chain.reporter_set(), 0
        for reporter in self.parts.reporters:
            if chain.is_reporter(reporter.address):
                signing += is_up(reporter)
            else:
                yield warning(stranger(reporter.address))
        for place, url in enumerate(reporter_urls(self.settings), 1):
            if is_reachable(url):
                signing += 1
            else:
                yield warning(
                    f"Reporter {place} of {setting_name('reporter_urls')} does not say that it lives: start"
                    " it, or see what stands between."
                )
        if signing < in_force.quorum:
            can = "1 reporter can sign" if signing == 1 else f"{signing} reporters can sign"
            yield wrong(
                f"{can}, and a report needs {in_force.quorum} of {in_force.count}:"
                f" name more keys by {setting_name('reporter_keys_file')}, or start the reporters elsewhere."
            )


def stranger(address: str) -> str:
    """What is said of a key that is no reporter's of the set in force."""
    return f"{address} is no reporter of the present set: its key signs nothing."
