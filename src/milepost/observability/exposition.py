"""Keeps figures by name and labels, and writes them as Prometheus reads them: text format 0.0.4.

`measures.py` names what there is; a process makes one `Registry` and passes it on: nothing is global.
"""

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_Labels = tuple[str, ...]


@dataclass(slots=True)
class Figure:
    """One figure for each set of labels' values: a gauge, or a counter where it only rises.

    Shape: without labels it is there at once, as 0; with labels from when a set of values is first named.
    """

    name: str
    about: str
    kind: str
    labels: _Labels = ()
    _values: dict[_Labels, float] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        if not self.labels:
            self._values[()] = 0.0

    def set(self, value: float, *labels: str) -> None:
        with self._lock:
            self._values[self._checked(labels)] = float(value)

    def add(self, value: float = 1.0, *labels: str) -> None:
        with self._lock:
            self._values[self._checked(labels)] = self._values.get(labels, 0.0) + value

    def replace(self, values: Mapping[_Labels, float]) -> None:
        """Take these sets of labels and no others: what is gone is shown no more."""
        checked = {self._checked(labels): float(value) for labels, value in values.items()}
        with self._lock:
            self._values = checked

    def value(self, *labels: str) -> float | None:
        with self._lock:
            return self._values.get(labels)

    def lines(self) -> list[str]:
        with self._lock:
            values = sorted(self._values.items())
        return [f"{self.name}{_shown(self.labels, key)} {_number(value)}" for key, value in values]

    def _checked(self, labels: _Labels) -> _Labels:
        assert len(labels) == len(self.labels), f"{self.name} has the labels {self.labels}"
        return labels


@dataclass(slots=True)
class Histogram:
    """How long things took, counted by bounds. Units: as its name says."""

    name: str
    about: str
    bounds: Sequence[float]
    labels: _Labels = ()
    kind: str = "histogram"
    _seen: dict[_Labels, tuple[list[int], float]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def observe(self, value: float, *labels: str) -> None:
        assert len(labels) == len(self.labels), f"{self.name} has the labels {self.labels}"
        with self._lock:
            counts, total = self._seen.get(labels) or ([0] * (len(self.bounds) + 1), 0.0)
            counts[bisect_left(self.bounds, value)] += 1
            self._seen[labels] = counts, total + value

    def lines(self) -> list[str]:
        with self._lock:
            seen = sorted((key, list(counts), total) for key, (counts, total) in self._seen.items())
        return [line for key, counts, total in seen for line in self._lines(key, counts, total)]

    def _lines(self, key: _Labels, counts: list[int], total: float) -> list[str]:
        up_to, lines = 0, []
        for bound, count in zip((*self.bounds, math.inf), counts, strict=True):
            up_to += count
            labels = _shown((*self.labels, "le"), (*key, _number(bound)))
            lines.append(f"{self.name}_bucket{labels} {up_to}")
        shown = _shown(self.labels, key)
        return [*lines, f"{self.name}_sum{shown} {_number(total)}", f"{self.name}_count{shown} {up_to}"]


@dataclass(slots=True)
class Registry:
    """All figures of one process, in the order they were named."""

    _kept: dict[str, Figure | Histogram] = field(default_factory=dict)

    def gauge(self, name: str, about: str, *labels: str) -> Figure:
        return self._add(Figure(name, about, "gauge", labels))

    def counter(self, name: str, about: str, *labels: str) -> Figure:
        return self._add(Figure(name, about, "counter", labels))

    def histogram(self, name: str, about: str, bounds: Sequence[float], *labels: str) -> Histogram:
        assert name not in self._kept, f"{name} is named twice"
        made = Histogram(name, about, tuple(bounds), labels)
        self._kept[name] = made
        return made

    @property
    def names(self) -> frozenset[str]:
        """The names of all figures, as rules and boards may ask for them."""
        found = set(self._kept)
        for name, one in self._kept.items():
            if isinstance(one, Histogram):
                found |= {f"{name}_bucket", f"{name}_sum", f"{name}_count"}
        return frozenset(found)

    def text(self) -> str:
        """Everything, as it is scraped."""
        lines: list[str] = []
        for one in self._kept.values():
            lines += [f"# HELP {one.name} {one.about}", f"# TYPE {one.name} {one.kind}", *one.lines()]
        return "\n".join([*lines, ""])

    def _add(self, figure: Figure) -> Figure:
        assert figure.name not in self._kept, f"{figure.name} is named twice"
        self._kept[figure.name] = figure
        return figure


def _shown(names: _Labels, values: _Labels) -> str:
    if not names:
        return ""
    pairs = (f'{name}="{_escaped(value)}"' for name, value in zip(names, values, strict=True))
    return f"{{{','.join(pairs)}}}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _number(value: float) -> str:
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return str(int(value)) if value == int(value) else repr(value)
