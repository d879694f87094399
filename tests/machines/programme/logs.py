"""Reads the logs of the call made last."""

from eth_utils.crypto import keccak

from tests.machines.programme.twins import Twins

Transfer = tuple[str, str, int]
"""From, to, miles; addresses in lower case."""
_TRANSFER = "0x" + keccak(text="Transfer(address,address,uint256)").hex()
_WRITTEN_OFF = "0x" + keccak(text="LotsWrittenOff(uint40,uint256)").hex()


def transfers_of(twins: Twins) -> list[Transfer]:
    """What wallets were told of miles, but of lapsed ones written off on the way.

    Which lapsed lots an act meets depends on where they stand, and no model says that.
    """
    logs = twins.evm.machine.result.logs
    return [
        ("0x" + log.topics[1][-40:], "0x" + log.topics[2][-40:], int.from_bytes(log.data[1], "big"))
        for before, log in zip((None, *logs), logs, strict=False)
        if log.topics[0] == _TRANSFER and not (before and before.topics[0] == _WRITTEN_OFF)
    ]
