"""Where `milepost up` keeps what it makes: keys of its own, the chain, the stores, and settings.

Everything lies in one folder, which can be deleted when nothing of it is wanted any more.
"""

import fcntl
import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from eth_account import Account
from eth_account.signers.local import LocalAccount

from milepost.config import setting_name
from milepost.domain.errors import MilepostError
from milepost.domain.quantities import PartnerCode
from milepost.secret_files import write_secret_file

ROLES = ("governance", "relayer", "enroller", "support", "approver", "custody", "keeper")
"""Keys of those who send txs, by the names of their settings."""
REPORTERS = 3
QUORUM = 2


class PlaceInUse(MilepostError):
    """Another `milepost up` runs in this folder. The operator stops it, or names another folder."""


@dataclass(frozen=True, slots=True)
class Place:
    """A folder. Its keys are drawn once and are nobody else's; they are worth nothing on any other chain."""

    folder: Path
    SETTINGS: ClassVar[str] = "settings.env"

    @property
    def deployment(self) -> Path:
        return self.folder / "deployment.json"

    @property
    def chain(self) -> Path:
        return self.folder / "chain.json"

    @property
    def settings(self) -> Path:
        """Of the worker, the HTTP interface and whoever types commands."""
        return self.folder / self.SETTINGS

    @property
    def partner_keys(self) -> Path:
        return self.folder / "keys" / "partner-keys.json"

    @property
    def partner_secrets(self) -> Path:
        return self.folder / "keys" / "partner-secrets.json"

    def log(self, name: str) -> Path:
        """What a process says, added to over its lives."""
        return self.folder / "logs" / f"{name}.log"

    def key(self, role: str) -> Path:
        return self.folder / "keys" / f"{role}.key"

    def till_key(self, partner: PartnerCode) -> Path:
        """The secret that a partner's till signs with, in hex."""
        return self.folder / "keys" / f"till-{partner}.key"

    def reporter(self, number: int) -> Path:
        """The folder of a reporter that runs by itself: its own key, store and directory."""
        return self.folder / f"reporter-{number}"

    def reporter_settings(self, number: int) -> Path:
        return self.reporter(number) / self.SETTINGS

    @contextmanager
    def held(self) -> Iterator[None]:
        """For one process only, whatever ends it. Raises: PlaceInUse."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "up.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise PlaceInUse(
                    f"milepost up runs in {self.folder} already: stop it with Ctrl-C there, or name another"
                    " folder."
                ) from None
            yield

    def make(self) -> None:
        """Draw every key and secret that is not there yet."""
        for folder in (self.folder / "keys", self.folder / "logs", *map(self.reporter, self.numbers)):
            folder.mkdir(parents=True, exist_ok=True)
        for role in ROLES:
            _draw(self.key(role), secrets.token_hex(32))
        _draw(self.key("directory"), secrets.token_hex(32))
        for number in range(REPORTERS):
            file = self._reporter_key(number)
            _draw(file, json.dumps([f"0x{secrets.token_hex(32)}"]))
            _draw(self.reporter(number) / "directory.key", secrets.token_hex(32))
        _draw(self.partner_secrets, "{}")

    @property
    def numbers(self) -> range:
        """Of the reporters; the first one's key lies with the worker, and runs no process."""
        return range(REPORTERS)

    def account(self, role: str) -> LocalAccount:
        account: LocalAccount = Account.from_key(self.key(role).read_text("utf-8").strip())
        return account

    def reporters(self) -> tuple[LocalAccount, ...]:
        """The accounts of all reporters, in order of their numbers."""
        keys = [json.loads(self._reporter_key(number).read_text("utf-8"))[0] for number in self.numbers]
        return tuple(Account.from_key(key) for key in keys)

    def write_settings(self, *, rpc_url: str, partners: Path, reporter_urls: list[str]) -> None:
        """Write the settings of every process, with the addresses of this run."""
        shared = {
            "rpc_url": rpc_url,
            "deployment_file": self.deployment.resolve(),
            "partners": partners.resolve(),
            "partner_secrets_file": self.partner_secrets.resolve(),
            "partner_keys_file": self.partner_keys.resolve(),
            "finality": "instant",
        }
        keys = {f"{role}_key_file": self.key(role).resolve() for role in (*ROLES, "directory")}
        own = {
            "database_url": f"sqlite:///{(self.folder / 'milepost.db').resolve()}",
            "reporter_keys_file": self._reporter_key(0).resolve(),
            "reporter_urls": ",".join(reporter_urls),
        }
        _write_settings(self.settings, {**shared, **keys, **own})
        for number in self.numbers[1:]:
            folder = self.reporter(number)
            own = {
                "database_url": f"sqlite:///{(folder / 'milepost.db').resolve()}",
                "reporter_keys_file": self._reporter_key(number).resolve(),
                "directory_key_file": (folder / "directory.key").resolve(),
            }
            _write_settings(self.reporter_settings(number), {**shared, **own})

    def _reporter_key(self, number: int) -> Path:
        return self.reporter(number) / "reporter.json"


def _draw(file: Path, text: str) -> None:
    if not file.exists():
        write_secret_file(file, f"{text}\n")


def _write_settings(file: Path, values: Mapping[str, object]) -> None:
    write_secret_file(file, "".join(f"{setting_name(field)}={value}\n" for field, value in values.items()))
