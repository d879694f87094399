"""What `milepost doctor` sees in files: keys, secrets, who else may read them, the disk below the database.

`doctor` puts these looks among the others. Nothing is changed, and no secret is said.
"""

import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from milepost.bootstrap.findings import Finding, warning, wrong
from milepost.bootstrap.parts import Parts
from milepost.bootstrap.signers import probe
from milepost.config import Settings, setting_name
from milepost.domain.errors import ChainError, MilepostError
from milepost.domain.feed_connection import FeedSystem
from milepost.secret_files import exposure
from milepost.store.backup import sqlite_file
from milepost.web.feed_secrets import SIGNING, FeedSecretFile
from milepost.web.partner_keys import PartnerKeyFile

_MIB = 1 << 20
LEAST_ROOM_BYTES = 100 * _MIB
"""Room on the database's disk below which something is wrong; ten times as much is worth a warning."""

_OF_REPORTER = (
    "reporter_keys_file",
    "directory_key_file",
    "partner_secrets_file",
    "partner_keys_file",
    "feed_secrets_file",
    "keystore_password_file",
    "signer_token_file",
    "signer_cert_key_file",
)


@dataclass(frozen=True, slots=True)
class FileLooks:
    """The looks at files; `as_reporter` where only what a reporter by itself needs counts."""

    parts: Parts
    settings: Settings
    as_reporter: bool

    def partner_secrets(self) -> Iterator[Finding]:
        secrets = self.parts.secrets
        for code in self.parts.deployment.partners:
            try:
                secrets.secret_of(code)
            except MilepostError as error:
                yield wrong(str(error))

    def reporter_keys(self) -> Iterator[Finding]:
        signers = self.parts.reporters
        for signer in signers:
            try:
                probe(signer)
            except ChainError as error:
                yield wrong(str(error))
        if self.as_reporter and len(signers) != 1:
            yield wrong(f"{len(signers)} keys are named: a reporter signs with one.")

    def partner_keys(self) -> Iterator[Finding]:
        file, setting = self.settings.partner_keys_file, setting_name("partner_keys_file")
        if not file.exists():
            yield warning(
                f"{file}, named by {setting}, is not there: "
                + (
                    "this reporter takes no copies. Bring the file that milepost serve has."
                    if self.as_reporter
                    else "no partner can send over HTTP. Give keys by milepost partners keys add."
                )
            )
            return
        give = "bring what serve has" if self.as_reporter else "give one by milepost partners keys add"
        keys = PartnerKeyFile(file, setting, time.monotonic)
        keys.require()
        now = int(time.time())
        having = {key.partner for key in keys.keys().values() if key.holds_at(now)}
        for code in self.parts.deployment.partners:
            if code not in having:
                yield warning(f"{code} has no key that holds now: {give}.")

    def feed_secrets(self) -> Iterator[Finding]:
        """Each connection of a partner to Square or Toast needs its secret, here and at every reporter."""
        connected = sorted(
            (partner.code, feed.system)
            for partner in self.parts.partners
            for feed in partner.feeds
            if feed.system in SIGNING and partner.code in self.parts.deployment.partners
        )
        file, setting = self.settings.feed_secrets_file, setting_name("feed_secrets_file")
        if file is None:
            if connected:
                yield warning(
                    f"{setting} names no file, and {_listed(connected)} cannot be checked: webhooks and"
                    " copies of them are answered 401. Name the file with the secrets of these feeds."
                )
            return
        secrets = FeedSecretFile(file, setting, time.monotonic)
        secrets.require()
        if lacking := [one for one in connected if one not in secrets.connections()]:
            yield warning(
                f"{file}, named by {setting}, holds no secret of {_listed(lacking)}: webhooks and copies of"
                " them are answered 401. Add it."
            )

    def modes(self) -> Iterator[Finding]:
        for field in _OF_REPORTER if self.as_reporter else ("relayer_key_file", *_OF_REPORTER):
            file = getattr(self.settings, field)
            if file is not None and (said := exposure(file, setting=setting_name(field))) is not None:
                yield warning(said)

    def room(self) -> Iterator[Finding]:
        file = sqlite_file(self.parts.raw_engine)
        if file is None:
            # A server's disk is not seen from here.
            return
        free = shutil.disk_usage(file.parent).free
        if free < 10 * LEAST_ROOM_BYTES:
            said = (
                f"{free // _MIB} MiB are free where the database is: make room; a full disk stores nothing."
            )
            yield wrong(said) if free < LEAST_ROOM_BYTES else warning(said)


def _listed(connections: Sequence[tuple[str, FeedSystem]]) -> str:
    return ", ".join(f"{system} of {partner}" for partner, system in connections)
