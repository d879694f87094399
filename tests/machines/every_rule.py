"""Lets a machine choose among all its rules at every step.

Hypothesis leaves out rules at random, run by run, which is good for rules that stand alone. Here most depend
on others: without one that seals, none that settles does anything, and most runs would show nothing.
"""

from hypothesis.stateful import Rule, RuleBasedStateMachine, RuleStrategy


class _EveryRule(RuleStrategy):
    def _rule_is_enabled(self, rule: Rule) -> bool:
        return bool(self.is_valid(rule))


class EveryRuleMachine(RuleBasedStateMachine):
    """A machine whose runs leave nothing out but what its preconditions do."""

    def __init__(self) -> None:
        super().__init__()
        # The one place where Hypothesis takes the choice from; its version is pinned.
        self._rules_strategy = _EveryRule(self)
