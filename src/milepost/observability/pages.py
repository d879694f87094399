"""Answers /metrics, /healthz and /readyz, whatever serves them: a path in, a status and a body out.

`status_server.py` serves them for a worker, `web.status_routes` for processes that speak HTTP anyway.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from milepost.observability.exposition import CONTENT_TYPE, Registry

METRICS, HEALTH, READY = "/metrics", "/healthz", "/readyz"
PATHS = (METRICS, HEALTH, READY)

Check = Callable[[], str | None]
"""Says what is not as it should be, as a sentence; None if all is well. It raises nothing."""


@dataclass(frozen=True, slots=True)
class Page:
    """One answer."""

    status: int
    content_type: str
    body: str


@dataclass(frozen=True, slots=True)
class StatusPages:
    """The three pages of a process: `refresh` is called before figures are shown, and asks no chain."""

    registry: Registry
    alive: Sequence[tuple[str, Check]] = ()
    ready: Sequence[tuple[str, Check]] = ()
    refresh: Callable[[], None] = lambda: None

    def answer(self, path: str) -> Page | None:
        """The page of a path, None if there is none."""
        if path == METRICS:
            self.refresh()
            return Page(200, CONTENT_TYPE, self.registry.text())
        if path == HEALTH:
            return _checked(self.alive)
        return _checked(self.ready) if path == READY else None


def _checked(checks: Sequence[tuple[str, Check]]) -> Page:
    """503 if one check finds something; every check is named with what it says."""
    found = {name: check() for name, check in checks}
    is_well = not any(found.values())
    told = {name: said or "ok" for name, said in found.items()}
    document = {"status": "ok" if is_well else "unavailable", "checks": told}
    return Page(200 if is_well else 503, "application/json", json.dumps(document, ensure_ascii=False))
