"""Which mode meets which request: rules by method and probability, drawn by one seed.

The fault proxy asks it at every request; a test or a simulation writes the rules.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random
from threading import Lock

from tests.support.fault_calls import Call, Forward, Reply
from tests.support.fault_modes import Mode


@dataclass(slots=True)
class Rule:
    """A mode for requests of some methods, of all without any.

    Shape: `probability` of 1 is every request; `most` ends the rule after so many; `met` are what it met.
    """

    mode: Mode
    methods: tuple[str, ...] = ()
    probability: float = 1.0
    most: int | None = None
    is_wanted: Callable[[Call], bool] = lambda _call: True
    met: list[Call] = field(default_factory=list)

    def meets(self, call: Call, chance: Random) -> bool:
        """Whether this request gets the mode; each question to it draws once, whatever else is so."""
        is_drawn = chance.random() < self.probability
        is_left = self.most is None or len(self.met) < self.most
        fits = not self.methods or call.method in self.methods
        if not (is_drawn and is_left and fits and self.is_wanted(call)):
            return False
        self.met.append(call)
        return True


class FaultPlan:
    """Rules in the order in which a request meets them; the first is nearest to who asks."""

    def __init__(self, seed: int | bytes = 0) -> None:
        self._chance, self._lock = Random(seed), Lock()
        self._rules: list[Rule] = []

    def add(self, mode: Mode, *methods: str, probability: float = 1.0, most: int | None = None) -> Rule:
        """One more rule; it counts from the next request on."""
        rule = Rule(mode, methods, probability, most)
        return self.add_rule(rule)

    def add_rule(self, rule: Rule) -> Rule:
        with self._lock:
            self._rules.append(rule)
        return rule

    def clear(self) -> None:
        """No fault from here on."""
        with self._lock:
            self._rules.clear()

    def answer(self, call: Call, node: Forward) -> Reply:
        """The reply to a request, through every mode that meets it. Raises: Lost."""
        with self._lock:
            modes = [rule.mode for rule in self._rules if rule.meets(call, self._chance)]
        forward = node
        for mode in reversed(modes):
            forward = partial(_through, mode, forward)
        return forward(call)


def _through(mode: Mode, forward: Forward, call: Call) -> Reply:
    return mode(call, forward)
