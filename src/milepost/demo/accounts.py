"""The keys of the demo and of `make local`: fixed, public, and the same in every run.

`plan.py` gives them their roles; a key that everyone knows must never hold anything of worth.
"""

import hmac
import json
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from eth_account import Account
from eth_account.hdaccount import key_from_seed, seed_from_mnemonic
from eth_account.signers.local import LocalAccount

from milepost.chain.reporter_keys import LocalReporter
from milepost.domain.quantities import PartnerCode
from milepost.local.anvil import MNEMONIC
from milepost.secret_files import FilePartnerSecrets, read_directory_key, read_partner_secrets

REPORTERS = 5
QUORUM = 3

_PATH = "m/44'/60'/0'/0/{}"
_PUBLIC_SEED = b"public secrets of the milepost demo"
_OWNER_ONLY = 0o600


@dataclass(frozen=True, slots=True)
class DemoAccounts:
    """Who acts on the demo's chain. In the end the deployer holds no role; the relayer enrols members too."""

    deployer: LocalAccount
    admin: LocalAccount
    relayer: LocalAccount
    reporters: tuple[LocalAccount, ...]
    support: LocalAccount
    approver: LocalAccount

    @property
    def senders(self) -> tuple[LocalAccount, ...]:
        """Those that pay for txs."""
        return self.deployer, self.relayer, self.support, self.approver

    @property
    def signing(self) -> tuple[LocalReporter, ...]:
        return tuple(map(LocalReporter, self.reporters))


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """The files of keys and secrets, by the names that the settings look for below `build/local`."""

    folder: Path

    @property
    def relayer(self) -> Path:
        return self.folder / "relayer.key"

    @property
    def enroller(self) -> Path:
        return self.folder / "enroller.key"

    @property
    def governance(self) -> Path:
        return self.folder / "governance.key"

    @property
    def support(self) -> Path:
        return self.folder / "support.key"

    @property
    def approver(self) -> Path:
        return self.folder / "approver.key"

    @property
    def custody(self) -> Path:
        return self.folder / "custody.key"

    @property
    def keeper(self) -> Path:
        return self.folder / "keeper.key"

    @property
    def reporters(self) -> Path:
        return self.folder / "reporters.json"

    @property
    def directory(self) -> Path:
        return self.folder / "directory.key"

    @property
    def partner_secrets(self) -> Path:
        return self.folder / "partner-secrets.json"

    @property
    def partner_keys(self) -> Path:
        return self.folder / "partner-keys.json"

    def read_directory_key(self) -> bytes:
        return read_directory_key(self.directory, setting="the demo")

    def read_partner_secrets(self) -> FilePartnerSecrets:
        return read_partner_secrets(self.partner_secrets, setting="the demo")


@lru_cache(maxsize=1)
def demo_accounts() -> DemoAccounts:
    """The accounts of MNEMONIC by their usual path, in order."""
    seed = seed_from_mnemonic(MNEMONIC, "")
    accounts = [Account.from_key(key_from_seed(seed, _PATH.format(i))) for i in range(5 + REPORTERS)]
    deployer, admin, relayer, *reporters, support, approver = accounts
    return DemoAccounts(deployer, admin, relayer, tuple(reporters), support, approver)


def write_key_files(folder: Path, partners: list[PartnerCode]) -> KeyFiles:
    """Write every key and secret to a file that its owner alone may read; the same bytes in every run."""
    accounts, files = demo_accounts(), KeyFiles(folder)
    folder.mkdir(parents=True, exist_ok=True)
    _write(files.relayer, _hex(accounts.relayer))
    _write(files.enroller, _hex(accounts.relayer))
    _write(files.support, _hex(accounts.support))
    _write(files.approver, _hex(accounts.approver))
    # The admin holds every role without a holder.
    for file in (files.governance, files.custody, files.keeper):
        _write(file, _hex(accounts.admin))
    _write(files.reporters, json.dumps([_hex(account) for account in accounts.reporters], indent=2))
    _write(files.directory, _secret("member directory"))
    _write(
        files.partner_secrets, json.dumps({code: _secret(f"partner {code}") for code in partners}, indent=2)
    )
    keys = {code: [_http_key(code)] for code in partners}
    _write(files.partner_keys, json.dumps(keys, indent=2))
    return files


def _http_key(partner: PartnerCode) -> dict[str, object]:
    """The key by which a partner's till signs what it sends to `milepost serve`."""
    return {"key": f"{partner}-1", "secret": _secret(f"till of {partner}"), "from": 0, "until": None}


def _write(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY), "w") as file:
        file.write(text + "\n")


def _secret(purpose: str) -> str:
    return hmac.digest(_PUBLIC_SEED, purpose.encode(), "sha256").hex()


def _hex(account: LocalAccount) -> str:
    return "0x" + bytes(account.key).hex()
