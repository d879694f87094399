"""Reads the secrets by which Square and Toast sign for a partner, and reads them again when the file changes.

Before it the operator copied them from those systems into a file; `feed_routes` asks it for a partner's.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from milepost.chain.key_files import Secret
from milepost.domain.errors import MilepostError
from milepost.domain.feed_connection import FeedSystem
from milepost.domain.quantities import PartnerCode
from milepost.event_log import EventLog
from milepost.feeds.json_text import JsonRefused, parse_document
from milepost.web.changing_file import LOOK_EVERY_S, ChangingFile

LEAST_SECRET = 16
"""Shortest secret in characters; those that Square and Toast make are longer."""
MOST_AT_ONCE = 2
"""Secrets of a system that hold at once: the one in use, and the one that takes its place."""

_SIGNING = (FeedSystem.SQUARE, FeedSystem.TOAST)
_log = EventLog("web")


class FeedSecretsRefused(MilepostError):
    """The file of feeds' secrets is missing, or is not as it must be. The operator corrects it."""


def no_secrets(_partner: PartnerCode, _system: FeedSystem) -> tuple[str, ...]:
    """What signs where no file of secrets is named: nothing."""
    return ()


FeedSecrets = Mapping[tuple[PartnerCode, FeedSystem], tuple[Secret, ...]]


def parse_feed_secrets(text: Secret) -> FeedSecrets | None:
    """The secrets of a file; None if it is not as it must be. It never raises: no traceback can show one.

    Shape: `{partner: {"square": [secret, at most one more], "toast": [...]}}`.
    """
    try:
        found = parse_document(text.reveal())
    except JsonRefused:
        return None
    if not isinstance(found, dict) or not all(isinstance(systems, dict) for systems in found.values()):
        return None
    secrets: dict[tuple[PartnerCode, FeedSystem], tuple[Secret, ...]] = {}
    for partner, systems in found.items():
        for system, values in systems.items():
            if system not in _SIGNING or not _are_secrets(values):
                return None
            secrets[PartnerCode(partner), FeedSystem(system)] = tuple(map(Secret, values))
    return secrets


def _are_secrets(values: object) -> bool:
    if not isinstance(values, list) or not 1 <= len(values) <= MOST_AT_ONCE:
        return False
    return all(isinstance(one, str) and one.isascii() and len(one) >= LEAST_SECRET for one in values)


class FeedSecretFile:
    """The secrets of a file, read anew when it has changed.

    Shape: `setting` names the file in messages; `tick` are seconds that never go back. It is looked at once
        in `every_s`. A change that cannot be read leaves the secrets as they were, and the log says so.
    """

    def __init__(
        self, file: Path, setting: str, tick: Callable[[], float], every_s: float = LOOK_EVERY_S
    ) -> None:
        self.file, self._setting = file, setting
        self._kept: ChangingFile[FeedSecrets] = ChangingFile(
            file, tick, parse_feed_secrets, self._changed, empty={}, every_s=every_s
        )

    def require(self) -> None:
        """Read the file, which must be there.

        Raises: FeedSecretsRefused, which never shows what the file holds.
        """
        if self._kept.read() is None:
            raise FeedSecretsRefused(
                f"{self.file}, named by {self._setting}, holds no feeds' secrets: write"
                ' {"partner": {"square": ["the signature key"]}}.'
            )

    def secrets_of(self, partner: PartnerCode, system: FeedSystem) -> tuple[str, ...]:
        """What may have signed for this partner now; nothing where the file names none."""
        return tuple(secret.reveal() for secret in self._kept.current().get((partner, system), ()))

    def _changed(self, secrets: FeedSecrets | None) -> None:
        if secrets is None:
            _log.error("feed_secrets_unreadable", file=str(self.file))
        else:
            _log.info("feed_secrets_read", connections=len(secrets))
