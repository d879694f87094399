"""Runs the lives: each programme on an anvil of its own, checked, then written, shown and drawn.

`make demo-lives` comes here through `__main__.py`.
"""

import json
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from milepost.demo.checks import Check
from milepost.demo.history.rows import HistoryPurchase, read_history
from milepost.demo.history.run import FILE
from milepost.demo.lives.checks import require_life_sums
from milepost.demo.lives.document import to_json
from milepost.demo.lives.life import Life, live
from milepost.demo.lives.picture import draw
from milepost.demo.lives.places import PLACES, Place, begins
from milepost.demo.lives.purchases import DAYS, of_first_members
from milepost.demo.lives.terminal import LivesTerminal
from milepost.local.anvil import AnvilChain, free_port, running_anvil

_SETTING = "make demo-lives"
# Of all blocks they would come to hundreds of megabytes, and nothing asks for older ones.
_KEPT_STATES = 16
_DEPLOYED_BEFORE = timedelta(days=2)
"""Earlier than the first day in any time zone."""


@dataclass(frozen=True, slots=True)
class LivesPaths:
    """Where it reads and writes: `root` is a checkout of Milepost, `build` holds all that it makes."""

    root: Path
    build: Path

    @property
    def folder(self) -> Path:
        """Made anew in each run."""
        return self.build / "demo-lives"

    @property
    def document(self) -> Path:
        return self.build / "lives.json"

    @property
    def picture(self) -> Path:
        return self.build / "lives.svg"


def run_lives(
    paths: LivesPaths,
    terminal: LivesTerminal,
    *,
    places: Sequence[Place] = PLACES,
    members: int | None = None,
    days: int = DAYS,
) -> dict[str, Any]:
    """Run these programmes; `members` takes only the first members of the file, and
    purchases settle by `days`. What was written comes back.

    Raises: SumDiffers, ModelDisagrees: then nothing is written to `build/lives.json`; AnvilMissing,
        AnvilDidNotStart; what deploying and settling raise.
    """
    started = time.perf_counter()
    _clear(paths)
    history = of_first_members(read_history(paths.root / FILE), members)
    customers = len({purchase.customer for purchase in history})
    terminal.introduce(purchases=len(history), members=customers, programmes=len(places))
    lives: list[Life] = []
    checks: list[Check] = []
    with terminal.progress("living", total=len(history) * len(places), unit="purchases") as bar:
        for place in places:
            lives.append(_live(history, place, paths, days=days, on_purchases=_moving(bar.advance, place)))
            checks += require_life_sums(lives[-1])
    found = to_json(lives, file=FILE, checks=len(checks), wall_s=time.perf_counter() - started)
    paths.document.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    draw(found, paths.picture)
    terminal.show(found)
    terminal.conclude(found, document=paths.document, picture=paths.picture)
    return found


def _clear(paths: LivesPaths) -> None:
    """Begin anew: what an earlier run left would be taken for this one's."""
    shutil.rmtree(paths.folder, ignore_errors=True)
    for written in (paths.document, paths.picture):
        written.unlink(missing_ok=True)
    paths.folder.mkdir(parents=True)


def _live(
    history: Sequence[HistoryPurchase],
    place: Place,
    paths: LivesPaths,
    *,
    days: int,
    on_purchases: Callable[[int], None],
) -> Life:
    folder = paths.folder / place.programme
    folder.mkdir()
    with _anvil(place, paths.root, log=folder / "anvil.log") as anvil:
        return live(
            history, place, anvil, root=paths.root, folder=folder, days=days, on_purchases=on_purchases
        )


def _anvil(place: Place, root: Path, *, log: Path) -> AbstractContextManager[AnvilChain]:
    return running_anvil(
        root,
        port=free_port(),
        log=log,
        starts_at=begins(place.first_day - _DEPLOYED_BEFORE, 0),
        setting=_SETTING,
        keeps=_KEPT_STATES,
    )


def _moving(advance: Callable[[int, str], None], place: Place) -> Callable[[int], None]:
    return lambda purchases: advance(purchases, place.programme)
