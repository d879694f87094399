"""Leases in memory, by a clock that tests set: the port `Leases` as a database keeps it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from milepost.ports import Lease


@dataclass(slots=True)
class MemoryLeases:
    """Leases of one process; `now_ms` goes on only when a test moves it."""

    now_ms: int = 0
    _leases: dict[str, tuple[Lease, int]] = field(default_factory=dict)

    def acquire(self, name: str, holder: str, *, ttl_ms: int) -> Lease | None:
        last, ends_at = self._leases.get(name, (Lease(name, holder, 0), 0))
        if ends_at > self.now_ms and last.holder != holder:
            return None
        lease = Lease(name, holder, last.token + 1)
        self._leases[name] = (lease, self.now_ms + ttl_ms)
        return lease

    def renew(self, held: Sequence[Lease], *, ttl_ms: int) -> list[Lease]:
        kept = [lease for lease in held if self._is_newest(lease)]
        self._leases.update({lease.name: (lease, self.now_ms + ttl_ms) for lease in kept})
        return kept

    def release(self, held: Sequence[Lease]) -> None:
        self._leases.update({lease.name: (lease, 0) for lease in held if self._is_newest(lease)})

    def live(self) -> list[Lease]:
        return [lease for _, (lease, ends_at) in sorted(self._leases.items()) if ends_at > self.now_ms]

    def _is_newest(self, lease: Lease) -> bool:
        return lease.name in self._leases and self._leases[lease.name][0] == lease
