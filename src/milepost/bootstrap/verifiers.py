"""What verifies receipts: a node of the member's choice, and the contract that the programme published.

Before it a receipt was issued; `milepost receipt verify` asks what it makes.
"""

from collections.abc import Callable

from eth_typing import ChecksumAddress
from eth_utils.address import is_address, to_checksum_address

from milepost.chain.adjustment_verifier import AdjustmentVerifier
from milepost.chain.deployment_file import Deployment
from milepost.chain.node import connect
from milepost.chain.receipt_verifier import ReceiptVerifier
from milepost.config import SettingsRefused


def receipt_verifier(
    rpc_url: str, *, setting: str, receipts: str | None, deployment: Callable[[], Deployment]
) -> ReceiptVerifier:
    """The verifier for a receipt book that is given, or else for the deployment's.

    Raises: SettingsRefused if `receipts` is no address; ChainError if the URL is none; what `deployment`
        raises, which is asked only when it is needed.
    """
    node = connect(rpc_url, setting=setting)
    if receipts is None:
        found = deployment()
        return ReceiptVerifier(node, found.addresses.receipts, found.chain_id)
    return ReceiptVerifier(node, _address(receipts, of="a receipt book"), None)


def adjustment_verifier(
    rpc_url: str, *, setting: str, desk: str | None, deployment: Callable[[], Deployment]
) -> AdjustmentVerifier:
    """The verifier for an adjustment desk that is given, or else for the deployment's.

    Raises: as `receipt_verifier`.
    """
    node = connect(rpc_url, setting=setting)
    if desk is None:
        found = deployment()
        return AdjustmentVerifier(node, found.addresses.adjustment_desk, found.chain_id)
    return AdjustmentVerifier(node, _address(desk, of="an adjustment desk"), None)


def _address(written: str, *, of: str) -> ChecksumAddress:
    """Raises: SettingsRefused."""
    if not is_address(written):
        raise SettingsRefused(f"{written!r} is no address of {of}: write 0x and 40 digits.")
    return to_checksum_address(written)
