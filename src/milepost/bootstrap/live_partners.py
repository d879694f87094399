"""Keeps partners up to date in processes that run for long: a new one, or a new outlet, is known at once.

`milepost partners` writes the deployment file, its operator the agreements; `serve`, `worker` and `reporter`
take them from here, without a restart.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import TypeVar

from milepost.bootstrap.deployed import deployed_partners
from milepost.catalogue import load_partners
from milepost.chain.deployment_file import read_deployment
from milepost.domain.errors import MilepostError
from milepost.domain.quantities import PartnerCode
from milepost.pipeline.build_report import DeployedPartners
from milepost.secret_files import FilePartnerSecrets, SecretMissing, read_partner_secrets

LOOK_EVERY_S = 1.0
_State = tuple[tuple[str, int, int], ...]
_K = TypeVar("_K")
_V = TypeVar("_V")

_log = logging.getLogger("milepost.partners")


class _View(Mapping[_K, _V]):
    """A mapping that is looked up anew each time it is asked."""

    def __init__(self, read: Callable[[], Mapping[_K, _V]]) -> None:
        self._read = read

    def __getitem__(self, key: _K) -> _V:
        return self._read()[key]

    def __iter__(self) -> Iterator[_K]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())


@dataclass(slots=True)
class _Source:
    """What the files said last. Files that cannot be read leave it as it was."""

    agreements: Path
    deployment_file: Path
    tick: Callable[[], float]
    _found: DeployedPartners
    _state: _State
    _looked_at: float
    _lock: Lock = field(default_factory=Lock)

    def current(self) -> DeployedPartners:
        with self._lock:
            if self.tick() - self._looked_at >= LOOK_EVERY_S:
                self._looked_at = self.tick()
                state = _state_of(self.agreements, self.deployment_file)
                if state != self._state:
                    self._state = state
                    self._read_anew()
            return self._found

    def _read_anew(self) -> None:
        try:
            self._found = _read(self.agreements, self.deployment_file)
        except MilepostError as error:
            # Somebody is writing them: what stood there goes on to hold, and the next change is read.
            _log.warning("partners_unreadable: %s", type(error).__name__)


def live_partners(agreements: Path, deployment_file: Path, *, tick: Callable[[], float]) -> DeployedPartners:
    """The deployed partners as the files have them at each look, at most a second old.

    Shape: partners and outlets are only ever added on chain, so one that was there stays valid. `tick` are
        seconds that never go back.
    Raises: what reading the files for the first time raises.
    """
    state = _state_of(agreements, deployment_file)
    source = _Source(agreements, deployment_file, tick, _read(agreements, deployment_file), state, tick())
    return DeployedPartners(_View(lambda: source.current().partners), _View(lambda: source.current().ids))


@dataclass(slots=True)
class LiveSecrets:
    """The port `PartnerSecrets` over a file that is read again when a partner's secret is not known yet."""

    file: Path
    setting: str
    _known: FilePartnerSecrets

    def secret_of(self, partner: PartnerCode) -> bytes:
        """Raises: SecretMissing; SecretFileRefused."""
        try:
            return self._known.secret_of(partner)
        except SecretMissing:
            self._known = read_partner_secrets(self.file, setting=self.setting)
            return self._known.secret_of(partner)


def _read(agreements: Path, deployment_file: Path) -> DeployedPartners:
    return deployed_partners(load_partners([agreements]), read_deployment(deployment_file))


def _state_of(agreements: Path, deployment_file: Path) -> _State:
    files = [deployment_file, *(sorted(agreements.glob("*")) if agreements.is_dir() else [agreements])]
    found = []
    for file in files:
        try:
            status = file.stat()
        except OSError:
            continue
        found.append((file.name, status.st_mtime_ns, status.st_size))
    return tuple(found)
