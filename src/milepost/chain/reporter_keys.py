"""Reads keys from secret files and signs report digests with them.

Settings name the files; the pipeline signs reports through `LocalReporter` and relays with the relayer's key.
"""

import json
from pathlib import Path
from typing import Any, ClassVar

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_typing import Hash32

from milepost.domain.errors import ChainError

DIGEST_SIZE = 32


class KeyFileRefused(ChainError):
    """A file of keys is missing or holds none. The operator corrects the file or the setting."""

    exit_code: ClassVar[int] = 2


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


def read_reporters(path: Path, *, setting: str) -> tuple[LocalReporter, ...]:
    """Read a JSON list of private keys in hex; `setting` is what named the file.

    Shape: as many reporters as keys, in the file's order, each key once.
    Raises: KeyFileRefused, which never shows what the file holds.
    """
    accounts = _accounts(path, setting)
    if len({account.address for account in accounts}) != len(accounts):
        raise KeyFileRefused(f"{path}, named by {setting}, holds a key twice: give each reporter its own.")
    return tuple(map(LocalReporter, accounts))


def read_account(path: Path, *, setting: str) -> LocalAccount:
    """Read the one private key of a file, alone or as a JSON list of one: the relayer's, or an operator's.

    Raises: KeyFileRefused.
    """
    accounts = _accounts(path, setting)
    if len(accounts) != 1:
        raise KeyFileRefused(f"{path}, named by {setting}, holds {len(accounts)} keys: one is needed.")
    return accounts[0]


def _accounts(path: Path, setting: str) -> list[LocalAccount]:
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise KeyFileRefused(
            f"{path}, named by {setting}, cannot be read: create it, or correct it."
        ) from None
    keys = _keys(text)
    if not keys:
        raise KeyFileRefused(f'{path}, named by {setting}, holds no keys: write a JSON list such as ["0x…"].')
    return [_account(key, f"Key {place} of {path}, named by {setting},") for place, key in enumerate(keys, 1)]


def _keys(text: str) -> list[Any]:
    try:
        found = json.loads(text)
    except ValueError:
        # A bare key is how secret stores hand out a single one.
        return [text] if text else []
    if isinstance(found, list):
        return found
    # A key of digits only is a number to JSON.
    return [found if isinstance(found, str) else text]


def _account(key: Any, what: str) -> LocalAccount:
    try:
        account: LocalAccount = Account.from_key(key)
    except (ValueError, TypeError):
        # What is no key at all, or none of the curve. The cause is left out: its message would show the key.
        raise KeyFileRefused(f"{what} is no private key: write 64 hexadecimal digits.") from None
    return account
