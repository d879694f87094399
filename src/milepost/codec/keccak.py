"""The hash of everything the chain sees, by the C library alone.

Every leaf, entry, report and digest goes through it, some seven times a purchase.
"""

from sha3 import keccak_256


def keccak(data: bytes) -> bytes:
    """The 32 bytes of keccak-256, which is not the SHA3-256 of the standard library."""
    digest: bytes = keccak_256(data).digest()
    return digest
