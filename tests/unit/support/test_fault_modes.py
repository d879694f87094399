"""The fault proxy's modes one by one, before a node that counts what it gets."""

from dataclasses import dataclass, field
from threading import Event, Timer
from time import monotonic

import pytest

from tests.support.fault_calls import Call, Lost, Reply, result_for
from tests.support.fault_modes import (
    Hang,
    delay,
    drop_after,
    drop_before,
    duplicate,
    garbage,
    half_json,
    passes,
    status,
    truncated,
    wrong_id,
)

CALL = Call(7, "eth_blockNumber", [], 1)


@dataclass(slots=True)
class CountingNode:
    """Answers how many it has got."""

    got: list[Call] = field(default_factory=list)

    def __call__(self, call: Call) -> Reply:
        self.got.append(call)
        return result_for(call, len(self.got))


@pytest.fixture
def node() -> CountingNode:
    return CountingNode()


def test_passes__any_call__gets_the_nodes_answer(node: CountingNode) -> None:
    assert passes(CALL, node).answer == {"jsonrpc": "2.0", "id": 7, "result": 1}


@pytest.mark.parametrize(("mode", "reached"), [(drop_before, 0), (drop_after, 1)])
def test_drop__any_call__is_lost_before_or_after_the_node(
    node: CountingNode, mode: object, reached: int
) -> None:
    with pytest.raises(Lost):
        mode(CALL, node)  # type: ignore[operator]
    assert len(node.got) == reached


def test_duplicate__any_call__reaches_the_node_twice_and_answers_the_second(node: CountingNode) -> None:
    assert duplicate(CALL, node).answer["result"] == 2


def test_garbage__any_call__is_a_page_that_is_no_json(node: CountingNode) -> None:
    reply = garbage(CALL, node)
    assert reply.status == 200 and reply.body.startswith(b"<html>") and node.got == []


def test_truncated__any_call__is_cut_on_the_wire(node: CountingNode) -> None:
    assert truncated(CALL, node).is_cut and len(node.got) == 1


def test_half_json__any_call__cannot_be_read(node: CountingNode) -> None:
    with pytest.raises(ValueError):
        _ = half_json(CALL, node).answer


def test_wrong_id__any_call__answers_another_question(node: CountingNode) -> None:
    assert wrong_id(CALL, node).answer["id"] != CALL.id and node.got == []


def test_status__with_retry_after__says_both(node: CountingNode) -> None:
    reply = status(429, retry_after_s=3)(CALL, node)
    assert (reply.status, dict(reply.headers), node.got) == (429, {"Retry-After": "3"}, [])


def test_delay__any_call__comes_later(node: CountingNode) -> None:
    began = monotonic()
    assert delay(0.05)(CALL, node).answer["result"] == 1
    assert monotonic() - began >= 0.05


def test_hang__released__is_lost_and_never_reached_the_node(node: CountingNode) -> None:
    released = Event()
    Timer(0.02, released.set).start()
    with pytest.raises(Lost):
        Hang(released)(CALL, node)
    assert released.is_set() and node.got == []
