"""Runs an oracle as a service: takes leases, gives each of its lanes a round in turn, reads, does chores.

`bootstrap.working` makes a `Worker`; any number of them may run over one database, and any of them may die.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from threading import Event, Thread
from time import monotonic

from milepost.domain.quantities import Lane
from milepost.event_log import EventLog
from milepost.ports import Lease, LeaseLost, Leases, Store
from milepost.worker.chores import Chore
from milepost.worker.heartbeat import Heartbeat
from milepost.worker.lane_round import LaneRound
from milepost.worker.lease_keeper import LeaseKeeper
from milepost.worker.oracle import Oracle
from milepost.worker.sharing import (
    READER,
    chore_lease,
    lane_lease,
    named,
    sender_lease,
    shares,
    sharing_lease,
)
from milepost.worker.tasks import Backoff, Task

_log = EventLog("worker")

_SHORTEST_PAUSE_S = 0.02


@dataclass(frozen=True, slots=True)
class Pace:
    """How often and how long. Units: seconds.

    Shape: a lane with nothing to do is looked at every `poll_s`; a worker that dies is missed after
        `lease_s`; what was begun when it is to stop has `drain_s`.
    """

    poll_s: float = 1.0
    lease_s: float = 15.0
    drain_s: float = 20.0
    backoff: Backoff = field(default_factory=Backoff)


@dataclass(slots=True)
class Worker:
    """One worker: an oracle with its relayer's key, where leases are kept, and how a store is fenced by some.

    Shape: `lanes` None for a fair share of all; `chores` may be empty. `holder` names this process.
    """

    oracle: Oracle
    leases: Leases
    fenced: Callable[[Sequence[Lease]], Store]
    holder: str
    lanes: Sequence[Lane] | None = None
    chores: Sequence[Chore] = ()
    pace: Pace = field(default_factory=Pace)
    heartbeat: Heartbeat = field(default_factory=Heartbeat)
    stopping: Event = field(default_factory=Event)
    keeper: LeaseKeeper = field(init=False)
    _lanes: dict[Lane, Task] = field(init=False, default_factory=dict)
    _reader: Task | None = field(init=False, default=None)
    _leasing: Task = field(init=False)

    def __post_init__(self) -> None:
        self.keeper = LeaseKeeper(self.leases, self.holder, self.pace.lease_s, self.heartbeat)
        self._leasing = self._task("leases", self._settle_leases, every_s=self.pace.poll_s)

    def run(self, *, once: bool = False) -> None:
        """Work until told to stop, or once until nothing moves without waiting; then give the leases back.

        Raises: nothing that a lane, the reader or a chore raises.
        """
        _log.info("worker_started", holder=self.holder, lanes=self.lanes and list(self.lanes))
        self.keeper.start()
        doing = self._start_chores(once)
        try:
            while not self.stopping.is_set():
                is_more = self.round()
                if once and not is_more:
                    break
                if not is_more:
                    self.stopping.wait(self._pause_s())
        finally:
            if not once:
                self.stopping.set()
            until = monotonic() + self.pace.drain_s
            for thread in doing:
                thread.join(max(until - monotonic(), 0.0))
            self.keeper.stop()
            _log.info("worker_stopped", holder=self.holder)

    def round(self) -> bool:
        """Go round once: leases, lanes, reading; whether there may be more to do at once."""
        self.keeper.alive()
        self._attempt(self._leasing)
        is_more = False
        for task in (*self._lanes.values(), *filter(None, [self._reader])):
            if task.is_due() and not self.stopping.is_set():
                is_more = self._attempt(task) or is_more
                self.keeper.alive()
        return is_more

    def _pause_s(self) -> float:
        """Until the first of them is due, and no longer than a poll: what is taken over is due at once."""
        due_at = min((task.due_at for task in self._lanes.values()), default=float("inf"))
        return min(max(due_at - monotonic(), _SHORTEST_PAUSE_S), self.pace.poll_s)

    def _attempt(self, task: Task) -> bool:
        if not task.is_due():
            return False
        try:
            return task.attempt(self.heartbeat)
        except LeaseLost as lost:
            _log.warning("work_fenced", task=task.name, lease=lost.name)
            self.keeper.drop(lost.name)
            self._forget_lost()
            return False

    def _settle_leases(self) -> bool:
        """Take what should be ours and give back what should not."""
        self._forget_lost()
        if self.keeper.take(READER) is not None and self._reader is None:
            self._reader = self._task(READER, self._read)
        sender = sender_lease(self.oracle.chain.sender)
        is_new = self.keeper.get(sender) is None
        if self.keeper.take(sender) is None:
            # Another process sends from this address: it stands by.
            return False
        if self.lanes is None:
            self.keeper.take(sharing_lease(self.oracle.chain.sender))
        if is_new:
            _log.info("relayer_ready", sender=self.oracle.chain.sender)
        self._share()
        return False

    def _share(self) -> None:
        live = self.keeper.live()
        if self.lanes is None:
            wanted = shares(self.oracle.lanes, self._lanes, live, self.holder)
        else:
            wanted = named(self.lanes, self._lanes, live)
        for lane in wanted.give_back:
            del self._lanes[lane]
            self.heartbeat.forget(lane_lease(lane))
        self.keeper.give_back([lane_lease(lane) for lane in wanted.give_back])
        for lane in wanted.take:
            if self.keeper.take(lane_lease(lane)) is not None:
                self._lanes[lane] = self._lane_task(lane)

    def _forget_lost(self) -> None:
        """Drop the tasks whose leases are gone; without the sender's no lane can go on."""
        is_sending = self.keeper.get(sender_lease(self.oracle.chain.sender)) is not None
        lost = [lane for lane in self._lanes if not is_sending or self.keeper.get(lane_lease(lane)) is None]
        for lane in lost:
            del self._lanes[lane]
            self.heartbeat.forget(lane_lease(lane))
        self.keeper.give_back([lane_lease(lane) for lane in lost])
        if self._reader is not None and self.keeper.get(READER) is None:
            self._reader = None
            self.heartbeat.forget(READER)

    def _lane_task(self, lane: Lane) -> Task:
        names = (lane_lease(lane), sender_lease(self.oracle.chain.sender))
        held = [self._held(name) for name in names]
        fenced = replace(self.oracle, store=self.fenced(held))
        going = LaneRound(fenced, lane)
        task = self._task(lane_lease(lane), going.run)
        task.is_under_way = lambda: going.is_under_way
        return task

    def _held(self, name: str) -> Lease:
        """Raises: LeaseLost: a store that is fenced by fewer leases than it should be would let others in."""
        held = self.keeper.get(name)
        if held is None:
            raise LeaseLost(name)
        return held

    def _read(self) -> bool:
        found = replace(self.oracle, store=self.fenced([self._held(READER)])).read()
        for content_hash in found.reports:
            with self.oracle.store.unit_of_work() as work:
                report = work.reports.get(content_hash)
            if report is not None:
                _log.info("report_final", lane=report.lane, report_sequence=report.sequence)
        return bool(found.reports)

    def _task(self, name: str, run: Callable[[], bool | None], *, every_s: float | None = None) -> Task:
        return Task(name, self.pace.poll_s if every_s is None else every_s, run, self.pace.backoff)

    def _start_chores(self, once: bool) -> list[Thread]:
        """One thread for all that return soon, and one for each of the others."""
        shared = [chore for chore in self.chores if not chore.alone]
        threads = [
            Thread(target=self._do_chores, args=(chores, once), name="chores", daemon=True)
            for chores in (shared, *([chore] for chore in self.chores if chore.alone))
        ]
        for thread in threads:
            thread.start()
        return threads

    def _do_chores(self, chores: Sequence[Chore], once: bool) -> None:
        tasks = [self._chore_task(chore) for chore in chores]
        while not self.stopping.is_set():
            for task in tasks:
                if not self.stopping.is_set():
                    self._attempt(task)
            if once or not tasks:
                return
            pause_s = min(task.due_at for task in tasks) - monotonic()
            self.stopping.wait(min(max(pause_s, 0.05), self.pace.poll_s))

    def _chore_task(self, chore: Chore) -> Task:
        name = chore_lease(chore.name)

        def run() -> bool | None:
            if not chore.everywhere and self.keeper.take(name) is None:
                return None
            chore.run()
            return False

        return Task(name, chore.every_s, run, chore.backoff or self.pace.backoff)
