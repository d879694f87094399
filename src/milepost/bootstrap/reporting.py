"""Puts a reporter's service on the parts that settings describe, and keeps its store up to the chain.

`milepost reporter` serves what `make_reporter` gives.
"""

import logging
import threading
from dataclasses import dataclass, field

from milepost.bootstrap.clocks import MachineClock
from milepost.bootstrap.deployed import deployed_partners
from milepost.bootstrap.parts import Parts
from milepost.config import Settings, SettingsRefused, setting_name
from milepost.domain.errors import MilepostError
from milepost.pipeline.answer_proposal import Answering
from milepost.pipeline.check_report import OwnCopy
from milepost.web.reporter_service import ReporterService

FOLLOW_S = 5.0
"""Seconds between two looks at the chain while no proposal comes."""

_log = logging.getLogger("milepost.reporter")


def make_reporter(parts: Parts, settings: Settings) -> ReporterService:
    """The reporter whose one key the settings name, on its own store.

    Raises: SettingsRefused unless there is exactly one key; what opening the parts raises.
    """
    keys = parts.reporters
    if len(keys) != 1:
        raise SettingsRefused(
            f"{settings.reporter_keys_file}, named by {setting_name('reporter_keys_file')}, holds {len(keys)}"
            " keys: a reporter signs with one, and the others have stores of their own."
        )
    copy = OwnCopy(
        parts.store,
        parts.members,
        deployed_partners(parts.partners, parts.deployment),
        parts.secrets,
    )
    return ReporterService(Answering(keys[0], copy, parts.following_chain, parts.ledger, MachineClock()))


@dataclass(slots=True)
class Following:
    """Follows the chain in a thread of its own, so that a proposal finds little left to read."""

    service: ReporterService
    every_s: float = FOLLOW_S
    _ending: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Following":
        threading.Thread(target=self._run, name="milepost-follow", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()

    def _run(self) -> None:
        while not self._ending.wait(self.every_s):
            try:
                rebuilt = self.service.follow()
            except MilepostError as error:
                _log.warning("chain_not_followed error=%s", type(error).__name__)
                continue
            if rebuilt.missing:
                count = sum(len(one.numbers) for one in rebuilt.missing)
                _log.warning("settled_purchases_missing count=%s", count)
