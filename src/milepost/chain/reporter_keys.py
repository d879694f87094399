"""Holds keys that are in this process, and signs report digests with them.

Settings name the files; the pipeline signs reports through `LocalReporter` and relays with the relayer's key.
"""

from pathlib import Path

from eth_account.signers.local import LocalAccount
from eth_typing import Hash32

from milepost.chain.key_files import NO_PASSWORD, KeyFileRefused, KeystorePassword, read_keys

DIGEST_SIZE = 32


class LocalReporter:
    """A reporter whose key is in this process; the port `Reporter`."""

    def __init__(self, account: LocalAccount) -> None:
        self._account = account

    @property
    def address(self) -> str:
        return str(self._account.address)

    def sign(self, digest: bytes) -> bytes:
        """Raises: ValueError for anything but 32 bytes: a longer message would be signed as another."""
        if len(digest) != DIGEST_SIZE:
            raise ValueError(f"a digest has {DIGEST_SIZE} bytes, this one {len(digest)}")
        # "Unsafe" as a bare hash shows no person what is signed; here it is a digest this program made.
        return bytes(self._account.unsafe_sign_hash(Hash32(digest)).signature)

    def __repr__(self) -> str:
        return f"LocalReporter({self.address})"


def read_reporters(
    path: Path, *, setting: str, password: KeystorePassword = NO_PASSWORD
) -> tuple[LocalReporter, ...]:
    """Read the reporters' keys from a JSON list, or a folder of keystores; `setting` is what named it.

    Shape: as many reporters as keys, in the file's order, each key once.
    Raises: KeyFileRefused, which never shows what the file holds.
    """
    accounts = read_keys(path, setting=setting, password=password)
    if len({account.address for account in accounts}) != len(accounts):
        raise KeyFileRefused(f"{path}, named by {setting}, holds a key twice: give each reporter its own.")
    return tuple(map(LocalReporter, accounts))


def read_account(path: Path, *, setting: str, password: KeystorePassword = NO_PASSWORD) -> LocalAccount:
    """Read the one private key of a file, plain or a keystore: the relayer's, or an operator's.

    Raises: KeyFileRefused.
    """
    accounts = read_keys(path, setting=setting, password=password)
    if len(accounts) != 1:
        raise KeyFileRefused(f"{path}, named by {setting}, holds {len(accounts)} keys: one is needed.")
    return accounts[0]
