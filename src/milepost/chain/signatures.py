"""Finds out who signed a digest, from the signature alone.

Before it a reporter elsewhere answered; only what it finds to be theirs is stored, or believed.
"""

from eth_keys.datatypes import Signature
from eth_keys.exceptions import BadSignature
from eth_utils.exceptions import ValidationError

_SIZE = 65
_DIGEST_SIZE = 32
_HALF_ORDER = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141 // 2
"""Source: EIP-2; above it the same signature has a second form, which the contract refuses."""


def signer_of(digest: bytes, signature: bytes) -> str | None:
    """The checksummed address whose key signed 32 bytes, or None for what the contract would refuse.

    Shape: a signature is r, s, v in 65 bytes, v 27 or 28, s in the lower half.
    """
    if len(signature) != _SIZE or len(digest) != _DIGEST_SIZE or signature[64] not in (27, 28):
        return None
    if int.from_bytes(signature[32:64], "big") > _HALF_ORDER:
        return None
    try:
        found = Signature(signature[:64] + bytes([signature[64] - 27]))
        return str(found.recover_public_key_from_msg_hash(digest).to_checksum_address())
    except (BadSignature, ValidationError):
        return None
