"""Runs the due steps of the main path: once, for commands (`oracle`), or for ever, as a service (`loop`).

Before it `bootstrap` puts the parts together; after it receipts can be issued and verified.
"""

from milepost.worker.awaited_reporter import AwaitedReporter
from milepost.worker.chores import Chore
from milepost.worker.heartbeat import Beat, Heartbeat
from milepost.worker.loop import Pace, Worker
from milepost.worker.oracle import (
    MOST_WAITING,
    OnStep,
    Oracle,
    Patience,
    ReportFailed,
    SettledReports,
    SettlingTooSlow,
    Step,
)
from milepost.worker.tasks import Backoff

__all__ = [
    "MOST_WAITING",
    "AwaitedReporter",
    "Backoff",
    "Beat",
    "Chore",
    "Heartbeat",
    "OnStep",
    "Oracle",
    "Pace",
    "Patience",
    "ReportFailed",
    "SettledReports",
    "SettlingTooSlow",
    "Step",
    "Worker",
]
