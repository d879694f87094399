"""Reads the secrets by which Square and Toast sign for a partner, and reads them again when the file changes.

Before it the operator copied them from those systems into a file; `feed_routes` asks it for a partner's.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

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

SIGNING = (FeedSystem.SQUARE, FeedSystem.TOAST)
"""Systems whose webhooks are signed by a secret of this file."""
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
    if problems_of(text):
        return None
    return {
        (PartnerCode(partner), FeedSystem(system)): tuple(map(Secret, values))
        for partner, systems in _document(text).items()
        for system, values in systems.items()
    }


def problems_of(text: Secret) -> list[str]:
    """What is not as it must be, by partner and system. It never raises, and shows no secret."""
    found = _document(text)
    if not isinstance(found, dict):
        return ["it is no JSON object"]
    problems = []
    for partner, systems in found.items():
        if not isinstance(systems, dict):
            problems.append(f"{partner}: not systems with their secrets")
            continue
        for system, values in systems.items():
            if system not in SIGNING:
                # Its name is not said: somebody may have put the secret there.
                problems.append(f"{partner}: a system that is neither square nor toast")
            elif problem := _problem_of(values):
                problems.append(f"{partner}, {system}: {problem}")
    return problems


def _document(text: Secret) -> Any:
    try:
        return parse_document(text.reveal())
    except JsonRefused:
        return None


def _problem_of(values: object) -> str | None:
    if not isinstance(values, list) or not values or not all(isinstance(one, str) for one in values):
        return "no list of secrets"
    if len(values) > MOST_AT_ONCE:
        return f"more than {MOST_AT_ONCE} secrets"
    if not all(one.isascii() for one in values):
        return "not only ASCII"
    return f"shorter than {LEAST_SECRET} characters" if min(map(len, values)) < LEAST_SECRET else None


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
            raise FeedSecretsRefused(self._refusal())

    def connections(self) -> frozenset[tuple[PartnerCode, FeedSystem]]:
        """Of whom and which system there is a secret now."""
        return frozenset(self._kept.current())

    def secrets_of(self, partner: PartnerCode, system: FeedSystem) -> tuple[str, ...]:
        """What may have signed for this partner now; nothing where the file names none."""
        return tuple(secret.reveal() for secret in self._kept.current().get((partner, system), ()))

    def _changed(self, secrets: FeedSecrets | None) -> None:
        if secrets is None:
            _log.error("feed_secrets_unreadable", file=str(self.file), sentence=self._refusal())
        else:
            _log.info("feed_secrets_read", connections=len(secrets))

    def _refusal(self) -> str:
        named = f"{self.file}, named by {self._setting},"
        text = self._kept.text()
        if isinstance(text, str):
            return f"{named} {text}: create it, or correct the setting."
        problems = "; ".join(problems_of(text))
        return f'{named} is refused ({problems}): write {{"partner": {{"square": ["the signature key"]}}}}.'
