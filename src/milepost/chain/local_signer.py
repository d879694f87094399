"""Signs with a key that is in this process.

`key_files.py` took the key out of a file; the relayer signs txs with it, reporters sign reports.
"""

from eth_account.signers.local import LocalAccount
from eth_typing import Hash32

from milepost.codec.keccak import keccak

DIGEST_SIZE = 32


class LocalSigner:
    """A key in this process; the port `Signer`."""

    def __init__(self, account: LocalAccount) -> None:
        self._account = account

    @property
    def address(self) -> str:
        return str(self._account.address)

    def sign_message(self, message: bytes) -> bytes:
        return self.sign(keccak(message))

    def sign(self, digest: bytes) -> bytes:
        """Sign what was hashed already.

        Raises: ValueError for anything but 32 bytes: a longer message would be signed as another.
        """
        if len(digest) != DIGEST_SIZE:
            raise ValueError(f"a digest has {DIGEST_SIZE} bytes, this one {len(digest)}")
        # "Unsafe" as a bare hash shows no person what is signed; here it is a digest this program made.
        return bytes(self._account.unsafe_sign_hash(Hash32(digest)).signature)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.address})"
