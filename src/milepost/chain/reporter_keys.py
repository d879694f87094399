"""Reads the keys of reporters, and of who sends txs, out of the files that settings name.

`bootstrap` names the files; the pipeline signs reports through `LocalReporter`.
"""

from pathlib import Path

from eth_account.signers.local import LocalAccount

from milepost.chain.key_files import NO_PASSWORD, KeyFileRefused, KeystorePassword, read_keys
from milepost.chain.local_signer import LocalSigner


class LocalReporter(LocalSigner):
    """A reporter whose key is in this process; the port `Reporter`."""


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
