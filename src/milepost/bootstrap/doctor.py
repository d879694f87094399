"""Looks at everything a process of the oracle needs, one after the other, and says of each how it is.

`milepost doctor` shows it. Nothing is sent or changed, and what is wrong does not hide the rest.
"""

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from eth_utils.address import to_checksum_address

from milepost.bootstrap.notifying import webhook_endpoints
from milepost.bootstrap.observing import is_reachable
from milepost.bootstrap.parts import Parts
from milepost.bootstrap.remote_reporters import reporter_urls
from milepost.bootstrap.signers import is_up, probe
from milepost.chain.endpoint import EndpointState
from milepost.chain.errors import asking
from milepost.config import Settings, setting_name
from milepost.domain.errors import ChainError, MilepostError
from milepost.domain.webhook import EndpointState as HookState
from milepost.secret_files import exposure
from milepost.store.backup import sqlite_file
from milepost.store.engine import require_newest
from milepost.web.partner_keys import PartnerKeyFile

_MIB = 1 << 20
LEAST_ROOM_BYTES = 100 * _MIB
"""Room on the database's disk below which something is wrong; ten times as much is worth a warning."""
LITTLE_GAS_WEI = 10**16
"""Gas money below which the relayer is worth a warning: on a chain with fees it lasts some reports."""
MOST_CLOCK_S = 120
"""Seconds that the chain's newest block may be from this machine's time before it is worth a warning."""

_KEY_FILES = ("relayer_key_file", "reporter_keys_file", "directory_key_file", "partner_secrets_file")
_MORE_SECRETS = (
    "partner_keys_file",
    "feed_secrets_file",
    "keystore_password_file",
    "signer_token_file",
    "signer_cert_key_file",
)


class Level(StrEnum):
    """How something is."""

    OK = "ok"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: how it is, and in a sentence what to do where it is not ok."""

    what: str
    level: Level
    said: str


_Look = Callable[[], Iterator[Finding] | None]


def examine(parts: Parts, settings: Settings) -> Iterator[Finding]:
    """Look at everything, each by itself.

    Shape: one finding or more of each subject; a look that fails gives one that is wrong.
    """
    doctor = _Doctor(parts, settings)
    looks: tuple[tuple[str, _Look], ...] = (
        ("programme and agreements", doctor.catalogue),
        ("deployment", doctor.deployment),
        ("relayer's key", lambda: probe(parts.relayer)),
        ("reporters' keys", doctor.reporter_keys),
        ("directory's key", lambda: doctor.opened(lambda: parts.directory_key)),
        ("partners' secrets", doctor.partner_secrets),
        ("partners' keys", doctor.partner_keys),
        ("modes of secret files", doctor.modes),
        ("node", doctor.node),
        ("contracts", lambda: doctor.opened(lambda: parts.reading_chain)),
        ("clock", doctor.clock),
        ("gas money", doctor.gas),
        ("reporters", doctor.reporters),
        ("database", doctor.database),
        ("room on disk", doctor.room),
        ("webhooks", doctor.webhooks),
    )
    for what, look in looks:
        yield from _found(what, look)


def _found(what: str, look: _Look) -> Iterator[Finding]:
    is_said = False
    try:
        for finding in look() or ():
            is_said = True
            yield Finding(what, finding.level, finding.said)
    except MilepostError as error:
        yield Finding(what, Level.WRONG, str(error))
        return
    if not is_said:
        yield Finding(what, Level.OK, "")


def _warning(said: str) -> Finding:
    return Finding("", Level.WARNING, said)


def _wrong(said: str) -> Finding:
    return Finding("", Level.WRONG, said)


@dataclass(frozen=True, slots=True)
class _Doctor:
    """The looks: each says what is not as it should be, or raises it."""

    parts: Parts
    settings: Settings

    def opened(self, part: Callable[[], object]) -> None:
        part()

    def catalogue(self) -> None:
        self.opened(lambda: (self.parts.programme, self.parts.partners, self.parts.segments))

    def deployment(self) -> None:
        self.opened(lambda: (self.parts.deployment, self.parts.finality))

    def partner_secrets(self) -> Iterator[Finding]:
        for code in self.parts.deployment.partners:
            try:
                self.parts.secrets.secret_of(code)
            except MilepostError as error:
                yield _wrong(str(error))

    def reporter_keys(self) -> Iterator[Finding]:
        for signer in self.parts.reporters:
            try:
                probe(signer)
            except ChainError as error:
                yield _wrong(str(error))

    def partner_keys(self) -> Iterator[Finding]:
        file, setting = self.settings.partner_keys_file, setting_name("partner_keys_file")
        if not file.exists():
            yield _warning(
                f"{file}, named by {setting}, is not there: no partner can send over HTTP. Give keys by"
                " milepost partners keys add."
            )
            return
        keys = PartnerKeyFile(file, setting, time.monotonic)
        keys.require()
        now = int(time.time())
        having = {key.partner for key in keys.keys().values() if key.holds_at(now)}
        for code in self.parts.deployment.partners:
            if code not in having:
                yield _warning(f"{code} has no key that holds now: give one by milepost partners keys add.")

    def modes(self) -> Iterator[Finding]:
        for field in (*_KEY_FILES, *_MORE_SECRETS):
            file = getattr(self.settings, field)
            if file is not None and (said := exposure(file, setting=setting_name(field))) is not None:
                yield _warning(said)

    def node(self) -> Iterator[Finding]:
        self.parts.node.require_chain(self.parts.deployment.chain_id)
        for one in self.parts.node.endpoints:
            if one.state not in (EndpointState.OK, EndpointState.UNKNOWN):
                yield _warning(
                    f"Node {one.place} in {setting_name('rpc_url')} is {one.state}: see that it runs and"
                    " keeps up; the others stand in for it."
                )

    def clock(self) -> Iterator[Finding]:
        ahead_s = self.parts.reading_chain.newest_block().timestamp - int(time.time())
        if abs(ahead_s) > MOST_CLOCK_S:
            way = "ahead of" if ahead_s > 0 else "behind"
            yield _warning(
                f"The newest block is {abs(ahead_s)} s {way} this machine's clock: set the clock, or see that"
                " the node keeps up and the chain makes blocks."
            )

    def gas(self) -> Iterator[Finding]:
        node, address = self.parts.node, to_checksum_address(self.parts.relayer.address)
        with asking(node.name):
            balance = int(node.web3.eth.get_balance(address))
        if not balance:
            yield _wrong(f"The relayer {address} has no gas money: send it some; nothing settles until then.")
        elif balance < LITTLE_GAS_WEI:
            yield _warning(f"The relayer {address} has {balance / 10**18:g} of gas money left: send it more.")

    def reporters(self) -> Iterator[Finding]:
        chain = self.parts.reading_chain
        in_force, signing = chain.reporter_set(), 0
        for reporter in self.parts.reporters:
            if chain.is_reporter(reporter.address):
                signing += is_up(reporter)
            else:
                yield _warning(
                    f"{reporter.address} is no reporter of the present set: its key signs nothing."
                )
        for place, url in enumerate(reporter_urls(self.settings), 1):
            if is_reachable(url):
                signing += 1
            else:
                yield _warning(
                    f"Reporter {place} of {setting_name('reporter_urls')} does not say that it lives: start"
                    " it, or see what stands between."
                )
        if signing < in_force.quorum:
            yield _wrong(
                f"{signing} reporters can sign, and a report needs {in_force.quorum} of {in_force.count}:"
                f" name more keys by {setting_name('reporter_keys_file')}, or start the reporters elsewhere."
            )

    def database(self) -> None:
        require_newest(self.parts.raw_engine)

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
            yield _wrong(said) if free < LEAST_ROOM_BYTES else _warning(said)

    def webhooks(self) -> Iterator[Finding]:
        self.database()
        for one in webhook_endpoints(self.parts).all():
            if one.state is HookState.DISABLED:
                yield _warning(
                    f"Endpoint {one.endpoint_id} is disabled: when it takes messages again, run milepost"
                    f" webhooks enable {one.endpoint_id}."
                )
            elif one.health.failing_since is not None:
                yield _warning(
                    f"Endpoint {one.endpoint_id} has failed {one.health.failures} times in a row: see"
                    " milepost webhooks log, and tell its owner."
                )
