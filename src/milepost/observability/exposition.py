"""Keeps figures by name and labels, and writes them as Prometheus reads them: `prometheus_client` does both.

`measures.py` names what there is; a process makes one `Registry` and passes it on: nothing is global.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Gauge, disable_created_metrics, generate_latest
from prometheus_client import Histogram as TimedHistogram
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4 as CONTENT_TYPE

__all__ = ["CONTENT_TYPE", "Figure", "Histogram", "Registry"]

_Labels = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure for each set of labels' values: a gauge, or a counter where it only rises.

    Shape: without labels it is there at once, as 0; with labels from when a set of values is first named.
    """

    name: str
    labels: _Labels
    _kept: Gauge | Counter
    _registry: CollectorRegistry

    def set(self, value: float, *labels: str) -> None:
        assert isinstance(self._kept, Gauge), f"{self.name} only rises"
        (self._kept.labels(*labels) if labels else self._kept).set(value)

    def add(self, value: float = 1.0, *labels: str) -> None:
        (self._kept.labels(*labels) if labels else self._kept).inc(value)

    def replace(self, values: Mapping[_Labels, float]) -> None:
        """Take these sets of labels and no others: what is gone is shown no more."""
        for labels in [named for named in self._named() if named not in values]:
            self._kept.remove(*labels)
        for labels, value in values.items():
            self.set(value, *labels)

    def value(self, *labels: str) -> float | None:
        return self._registry.get_sample_value(self.name, dict(zip(self.labels, labels, strict=True)))

    def _named(self) -> list[_Labels]:
        (family,) = self._kept.collect()
        return [tuple(sample.labels[label] for label in self.labels) for sample in family.samples]


@dataclass(frozen=True, slots=True)
class Histogram:
    """How long things took, counted by bounds. Units: as its name says."""

    _kept: TimedHistogram

    def observe(self, value: float, *labels: str) -> None:
        (self._kept.labels(*labels) if labels else self._kept).observe(value)


@dataclass(slots=True)
class Registry:
    """All figures of one process, in the order they were named. A name twice is a ValueError."""

    _registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    _names: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        # Nothing here asks when a counter was made, which would be a line more for each.
        disable_created_metrics()  # type: ignore[no-untyped-call]

    def gauge(self, name: str, about: str, *labels: str) -> Figure:
        return self._figure(name, labels, Gauge(name, about, labels, registry=self._registry))

    def counter(self, name: str, about: str, *labels: str) -> Figure:
        return self._figure(name, labels, Counter(name, about, labels, registry=self._registry))

    def histogram(self, name: str, about: str, bounds: Sequence[float], *labels: str) -> Histogram:
        made = TimedHistogram(name, about, labels, registry=self._registry, buckets=bounds)
        self._names |= {name, f"{name}_bucket", f"{name}_sum", f"{name}_count"}
        return Histogram(made)

    @property
    def names(self) -> frozenset[str]:
        """The names of all figures, as rules and boards may ask for them."""
        return frozenset(self._names)

    def text(self) -> str:
        """Everything, as it is scraped."""
        return generate_latest(self._registry).decode()

    def _figure(self, name: str, labels: _Labels, kept: Gauge | Counter) -> Figure:
        self._names.add(name)
        return Figure(name, labels, kept, self._registry)
