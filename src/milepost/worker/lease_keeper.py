"""Takes the leases a worker wants, renews them from a thread of its own, and gives them back at the end.

`loop` asks it what is held before every round; the store's fence is what makes sure of it.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from time import monotonic

from milepost.domain.errors import StoreError
from milepost.event_log import EventLog
from milepost.ports import Lease, Leases, StoreBusy
from milepost.worker.heartbeat import Heartbeat

_log = EventLog("worker")

_STALLED_LEASES = 20
"""Leases' lengths without a sign of life of the loop, after which they are not renewed: another goes on."""


@dataclass(slots=True)
class LeaseKeeper:
    """The leases of one worker, by name. Safe to use from several threads.

    Units: a lease ends `ttl_s` after it was last renewed, which is done three times as often.
    """

    leases: Leases
    holder: str
    ttl_s: float
    heartbeat: Heartbeat
    _held: dict[str, Lease] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)
    _stopped: Event = field(default_factory=Event)
    _thread: Thread | None = None
    _alive_at: float = field(default_factory=monotonic)

    def start(self) -> None:
        """Begin to renew."""
        self._thread = Thread(target=self._renew_until_stopped, name="leases", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Give everything back; a database that does not answer lets it end by itself."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(self.ttl_s)
        with suppress(StoreError):
            self.give_back(list(self._held))

    def alive(self) -> None:
        """Say that the loop goes round."""
        self._alive_at = monotonic()
        self.heartbeat.go_round()

    def get(self, name: str) -> Lease | None:
        """A lease as far as is known here; whether it is still ours the fence says."""
        with self._lock:
            return self._held.get(name)

    def take(self, name: str) -> Lease | None:
        """The lease, taken if it is free; None while somebody else holds it."""
        if (held := self.get(name)) is not None:
            return held
        lease = self._acquired(name)
        if lease is not None:
            with self._lock:
                self._held[name] = lease
                self._show()
            _log.info("lease_taken", lease=name, token=lease.token)
        return lease

    def drop(self, name: str) -> None:
        """Of a lease that somebody else has: it may be taken again."""
        with self._lock:
            if self._held.pop(name, None) is not None:
                _log.warning("lease_lost", lease=name)
            self._show()

    def give_back(self, names: Iterable[str]) -> None:
        """Raises: StoreUnavailable."""
        with self._lock:
            given = [self._held.pop(name) for name in names if name in self._held]
            self._show()
        if given:
            self.leases.release(given)
            _log.info("leases_released", leases=[lease.name for lease in given])

    def live(self) -> list[Lease]:
        """All leases that anybody holds now."""
        return self.leases.live()

    def renew(self) -> None:
        """Renew all that are held; those that somebody else took are held no more.

        Raises: StoreError.
        """
        with self._lock:
            held = list(self._held.values())
        if not held:
            return
        kept = self.leases.renew(held, ttl_ms=self._ttl_ms)
        for lease in held:
            if lease not in kept and self.get(lease.name) == lease:
                self.drop(lease.name)

    def _acquired(self, name: str) -> Lease | None:
        try:
            return self.leases.acquire(name, self.holder, ttl_ms=self._ttl_ms)
        except StoreBusy:
            # Somebody was quicker.
            return None

    @property
    def _ttl_ms(self) -> int:
        return int(self.ttl_s * 1_000)

    def _show(self) -> None:
        self.heartbeat.hold(tuple(sorted(self._held)))

    def _renew_until_stopped(self) -> None:
        while not self._stopped.wait(self.ttl_s / 3):
            if monotonic() - self._alive_at > _STALLED_LEASES * self.ttl_s:
                _log.error("worker_stalled", leases=list(self._held))
                continue
            try:
                self.renew()
            except StoreError as error:
                _log.warning("leases_not_renewed", error=type(error).__name__, sentence=str(error))
