"""Takes private keys out of files: plain, as a list, or encrypted as keystores, alone or in a folder.

`reporter_keys.py` reads the reporters' and the senders' keys through it. A raise here has no key or password
within reach: what holds one shows nothing of it, so no traceback can, not even one that shows variables.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from eth_account import Account
from eth_account.signers.local import LocalAccount

from milepost.domain.errors import ChainError

_KEY_DIGITS = 64
_MAC_MISMATCH = "MAC mismatch"


class KeyFileRefused(ChainError):
    """A file of keys is missing or holds none, or a keystore does not open. Correct file or setting."""

    exit_code: ClassVar[int] = 2


class Secret:
    """Something read from a file of secrets, which nothing shows."""

    __slots__ = ("_value",)

    def __init__(self, value: Any) -> None:
        self._value = value

    def __repr__(self) -> str:
        return "<secret>"

    def reveal(self) -> Any:
        return self._value


@dataclass(frozen=True, slots=True)
class KeystorePassword:
    """Where the password of keystores is; read when the first keystore is opened.

    Shape: `file` is None where none is configured; `setting` would name it.
    """

    file: Path | None
    setting: str

    def read(self, keystore: str) -> Secret:
        """The password, without the line's end. Raises: KeyFileRefused."""
        if self.file is None:
            raise KeyFileRefused(
                f"{keystore} is an encrypted keystore: write its password to a file that you alone may read,"
                f" and name that by {self.setting}."
            )
        text = _text(self.file)
        if text is None:
            raise KeyFileRefused(f"{self.file}, named by {self.setting}, cannot be read: correct it.")
        return Secret(text.reveal().rstrip("\r\n"))


NO_PASSWORD = KeystorePassword(None, "a setting")
"""For those who read plain keys only."""


def read_keys(path: Path, *, setting: str, password: KeystorePassword) -> list[LocalAccount]:
    """The accounts of a file's keys, in its order; of a folder's keystores, in the order of their names.

    Shape: a file is a key in hex, a keystore (web3 secret storage, version 3), or a JSON list of either.
        Opening a keystore takes about a second, which is what protects it.
    Raises: KeyFileRefused, which shows nothing of what files hold.
    """
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.is_file() and not file.name.startswith("."))
        return [account for file in files for account in _accounts(file, setting, password)]
    return _accounts(path, setting, password)


def _accounts(path: Path, setting: str, password: KeystorePassword) -> list[LocalAccount]:
    text = _text(path)
    if text is None:
        raise KeyFileRefused(f"{path}, named by {setting}, cannot be read: create it, or correct it.")
    keys = list(_keys(text))
    if not keys:
        raise KeyFileRefused(f'{path}, named by {setting}, holds no keys: write a JSON list such as ["0x…"].')
    return [
        _account(key, f"Key {place} of {path}, named by {setting},", password)
        for place, key in enumerate(keys, 1)
    ]


def _account(key: Secret, what: str, password: KeystorePassword) -> LocalAccount:
    if not isinstance(key.reveal(), dict):
        account = _from_key(key)
        if account is None:
            raise KeyFileRefused(f"{what} is no private key: write 64 hexadecimal digits, or a keystore.")
        return account
    if "crypto" not in key.reveal() and "Crypto" not in key.reveal():
        raise KeyFileRefused(f"{what} is no private key and no keystore: write one of either.")
    opened = _opened(key, password.read(what))
    if isinstance(opened, str):
        raise KeyFileRefused(
            f"{what} is a keystore that does not open with the password in {password.file}, named by"
            f" {password.setting}: {opened}."
        )
    return opened


# What is below here handles secrets in the open, and never raises.


def _text(path: Path) -> Secret | None:
    try:
        return Secret(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return None


def _keys(text: Secret) -> Iterable[Secret]:
    bare = text.reveal().strip()
    try:
        found = json.loads(bare)
    except (ValueError, RecursionError):
        # A bare key is how secret stores hand out a single one.
        return [Secret(bare)] if bare else []
    if isinstance(found, list):
        return map(Secret, found)
    # A key of digits only is a number to JSON.
    return [Secret(found if isinstance(found, (str, dict)) else bare)]


def _from_key(key: Secret) -> LocalAccount | None:
    digits = key.reveal().removeprefix("0x") if isinstance(key.reveal(), str) else ""
    if len(digits) != _KEY_DIGITS:
        # With a digit fewer it would be read as another key.
        return None
    try:
        account: LocalAccount = Account.from_key(key.reveal())
    except (ValueError, TypeError):
        # What is no key at all, or none of the curve.
        return None
    return account


def _opened(keystore: Secret, password: Secret) -> LocalAccount | str:
    """The account, or why there is none."""
    try:
        account: LocalAccount = Account.from_key(Account.decrypt(keystore.reveal(), password.reveal()))
    except ValueError as error:
        is_password = str(error) == _MAC_MISMATCH
        return "the password is another one; correct it" if is_password else "the keystore is damaged"
    except (KeyError, TypeError, AttributeError, NotImplementedError):
        # The last is what the library raises for a keystore of another version.
        return "it is no keystore of version 3; make it anew"
    return account
