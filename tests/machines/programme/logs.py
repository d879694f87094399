"""Reads the logs of the call made last."""

from eth_utils.crypto import keccak

from tests.machines.programme.twins import Twins

Transfer = tuple[str, str, int]
"""From, to, miles; addresses in lower case."""
_TRANSFER = "0x" + keccak(text="Transfer(address,address,uint256)").hex()


def transfers_of(twins: Twins) -> list[Transfer]:
    """What wallets were told of miles."""
    return [
        ("0x" + log.topics[1][-40:], "0x" + log.topics[2][-40:], int.from_bytes(log.data[1], "big"))
        for log in twins.evm.machine.result.logs
        if log.topics[0] == _TRANSFER
    ]
