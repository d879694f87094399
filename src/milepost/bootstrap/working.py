"""Makes a worker of the parts that settings describe, and runs it until the process is told to stop.

Before it settings were read; `milepost worker` and what starts everything on one machine run it.
"""

import os
import secrets
import socket
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from threading import Event

from milepost.bootstrap.ending import ended_by_signals
from milepost.bootstrap.notifying import EVERY_S, deliver_due
from milepost.bootstrap.parts import Parts
from milepost.bootstrap.reporting import make_feed_passing
from milepost.config import Settings
from milepost.domain.errors import MilepostError
from milepost.domain.quantities import Lane
from milepost.event_log import EventLog
from milepost.pipeline.reconcile import require_reconciled
from milepost.ports import ReporterBehind, SigningReporter
from milepost.store.fenced_store import FencedStore
from milepost.store.leases import SqlLeases
from milepost.web.feed_passing import FeedPassing
from milepost.worker import AwaitedReporter, Backoff, Chore, Oracle, Pace, Worker

_log = EventLog("worker")

_RECONCILE_EVERY_S = 60.0
_FEED_COPIES_EVERY_S = 0.25
"""Reporters have a sale soon after it came: a lane seals it at once, and waits for them for a moment only."""
# What one partner's refused copy counts as must not hold up those of the others.
_FEED_COPIES_AGAIN = Backoff(
    first_s=_FEED_COPIES_EVERY_S,
    most_s=_FEED_COPIES_EVERY_S,
    operator_s=_FEED_COPIES_EVERY_S,
    operator_most_s=_FEED_COPIES_EVERY_S,
)

# Sentences that are not said again; beyond it all are forgotten.
_MOST_SAID = 100


class LaneUnknown(MilepostError):
    """A lane in which no partner of the deployment is. The operator names another one."""

    def __init__(self, lane: int, lanes: Sequence[Lane]) -> None:
        known = ", ".join(str(one) for one in lanes)
        super().__init__(f"No partner is in lane {lane}: name one of {known}.")


def open_worker(
    parts: Parts,
    settings: Settings,
    *,
    lanes: Sequence[int] = (),
    chores: Sequence[Chore] = (),
    stopping: Event | None = None,
) -> Worker:
    """Put a worker together; every part is made and looked at before anything is done.

    Shape: no lanes for a fair share of all of the deployment's. `chores` come after the worker's own; setting
        `stopping` stops it.
    Raises: what making the parts raises; LaneUnknown.
    """
    passing = make_feed_passing(parts, settings)
    oracle = replace(parts.oracle, on_passed_over=_say_once(), remote=_awaited(parts.oracle.remote, passing))
    for lane in lanes:
        if lane not in oracle.lanes:
            raise LaneUnknown(lane, oracle.lanes)
    return Worker(
        oracle=oracle,
        leases=SqlLeases(parts.engine),
        fenced=lambda held: FencedStore(parts.engine, held),
        holder=_holder(),
        lanes=sorted({Lane(lane) for lane in lanes}) or None,
        chores=(_reconciling(oracle), _delivering(parts), *_passing_on(passing), *chores),
        pace=Pace(
            poll_s=settings.worker_poll_s,
            lease_s=settings.worker_lease_s,
            drain_s=settings.worker_drain_s,
        ),
        stopping=stopping or Event(),
    )


def run_until_stopped(worker: Worker, *, once: bool = False) -> None:
    """Run a worker until SIGTERM or SIGINT; what is under way then has the pace's time to end.

    Shape: called in the main thread. What is cut off after that time is taken up by whoever runs next.
    """
    give_back = worker.keeper.stop
    with ended_by_signals(worker.stopping, _log, drain_s=worker.pace.drain_s, when_late=give_back):
        worker.run(once=once)


def _reconciling(oracle: Oracle) -> Chore:
    return Chore("reconcile", _RECONCILE_EVERY_S, lambda: require_reconciled(oracle.reconcile()))


def _delivering(parts: Parts) -> Chore:
    def deliver() -> None:
        deliver_due(parts)

    return Chore("webhooks", EVERY_S, deliver)


def _awaited(remote: Sequence[SigningReporter], passing: FeedPassing) -> list[SigningReporter]:
    """Reporters elsewhere, in the order of their URLs, asked again while copies are on their way to them."""
    return [
        AwaitedReporter(one, partial(passing.is_passing_to, url))
        for one, url in zip(remote, passing.urls, strict=True)
    ]


def _passing_on(passing: FeedPassing) -> list[Chore]:
    """One chore a reporter elsewhere: who takes long over a file holds up neither the others nor anything."""

    def pass_to(url: str) -> Callable[[], None]:
        def pass_on() -> None:
            passing.pass_to(url)
            passing.require_taken(url)

        return pass_on

    return [
        Chore(
            f"feed_copies_{place}", _FEED_COPIES_EVERY_S, pass_to(url), alone=True, backoff=_FEED_COPIES_AGAIN
        )
        for place, url in enumerate(passing.urls, 1)
    ]


def _say_once() -> Callable[[MilepostError], None]:
    """Say why a reporter gave no signature, once a change; not of one that signs in a moment."""
    said: set[str] = set()

    def say(error: MilepostError) -> None:
        if str(error) not in said and not isinstance(error, ReporterBehind):
            if len(said) >= _MOST_SAID:
                said.clear()
            said.add(str(error))
            _log.warning("reporter_passed_over", error=type(error).__name__, sentence=str(error))

    return say


def _holder() -> str:
    """A name that no other process has, and that leads to this one."""
    return f"{socket.gethostname()[:60]}/{os.getpid()}/{secrets.token_hex(4)}"
