"""Which request meets which mode: by method, probability, count and seed."""

import pytest

from tests.support.fault_calls import Call, Forward, Lost, Reply, result_for
from tests.support.fault_modes import drop_before, status
from tests.support.fault_plan import FaultPlan, Rule


def _node(call: Call) -> Reply:
    return result_for(call, "from the node")


def _call(method: str = "eth_call", place: int = 1) -> Call:
    return Call(place, method, [], place)


def _fates(plan: FaultPlan, count: int = 60) -> list[bool]:
    """Which of many requests the node answered."""
    found = []
    for place in range(count):
        try:
            plan.answer(_call(place=place), _node)
            found.append(True)
        except Lost:
            found.append(False)
    return found


def test_answer__no_rule__is_the_nodes() -> None:
    assert FaultPlan().answer(_call(), _node).answer["result"] == "from the node"


def test_answer__rule_for_a_method__meets_no_other() -> None:
    plan = FaultPlan()
    rule = plan.add(drop_before, "eth_getLogs")
    assert plan.answer(_call("eth_call"), _node).status == 200
    with pytest.raises(Lost):
        plan.answer(_call("eth_getLogs"), _node)
    assert [call.method for call in rule.met] == ["eth_getLogs"]


def test_answer__rule_for_a_few__ends_after_so_many() -> None:
    plan = FaultPlan()
    plan.add(drop_before, most=2)
    assert _fates(plan, 4) == [False, False, True, True]


def test_answer__rule_with_a_condition__meets_what_fits() -> None:
    plan = FaultPlan()
    plan.add_rule(Rule(drop_before, is_wanted=lambda call: call.place == 1))
    assert _fates(plan, 3) == [True, False, True]


def test_answer__a_seed__draws_the_same_requests_each_time() -> None:
    def fates(seed: bytes) -> list[bool]:
        plan = FaultPlan(seed)
        plan.add(drop_before, probability=0.5)
        return _fates(plan)

    assert fates(b"\1" * 32) == fates(b"\1" * 32) != fates(b"\2" * 32)
    assert 10 < sum(fates(b"\1" * 32)) < 50


def test_answer__two_rules__meet_in_their_order() -> None:
    seen: list[str] = []

    def marks(name: str, call: Call, forward: Forward) -> Reply:
        seen.append(name)
        return forward(call)

    plan = FaultPlan()
    plan.add(lambda call, forward: marks("first", call, forward))
    plan.add(lambda call, forward: marks("second", call, forward))
    plan.answer(_call(), _node)
    assert seen == ["first", "second"]


def test_clear__rules_were_set__passes_everything() -> None:
    plan = FaultPlan()
    plan.add(status(503))
    plan.clear()
    assert plan.answer(_call(), _node).status == 200
