"""Another node behind the same address, before a run and in the middle of one.

given a node of another chain             then the sentence names both, and the next run goes on
given a chain that was started anew       then it is said, nothing is concluded, and the next run goes on

Each switch is tried at several kinds of question the command asks; each case ends on R1 to R6.
"""

from collections.abc import Iterator

import pytest

from tests.support.anvil import anvil
from tests.support.deployments import START
from tests.support.fault_depth import some_of
from tests.support.fault_proxy import SEND, Call, Fate
from tests.support.fault_stage import FaultCase
from tests.support.relay_promises import require_promises

OTHER_CHAIN = 999
# Where a run may be: it begins, judges purchases, estimates, sends, watches, and reads what is final.
QUESTIONS = (SEND, "eth_getLogs", "eth_estimateGas", "eth_getTransactionReceipt")
LAST_QUESTIONS = ("eth_getLogs", "eth_getTransactionReceipt")


@pytest.fixture(scope="module")
def fresh_node() -> Iterator[str]:
    """A chain that began anew: the same id, no contracts, no blocks to speak of."""
    with anvil(starts_at=START) as node:
        yield node.web3.provider.endpoint_uri  # type: ignore[attr-defined]


def _at_first(case: FaultCase, method: str, switch: object) -> list[Call]:
    """Have the proxy switch nodes before the first request of a method; the requests that did."""
    switched: list[Call] = []

    def before(request: Call) -> Fate:
        if request.method == method and not switched:
            switched.append(request)
            switch()  # type: ignore[operator]
        return Fate.PASSES

    case.proxy.before = before
    return switched


def _node_url(case: FaultCase) -> str:
    return str(case.web3.provider.endpoint_uri)  # type: ignore[attr-defined]


def _stopped(case: FaultCase, sentences: tuple[str, ...]) -> None:
    """The last run ended with code 1 or 3, by one of these sentences, and settled nothing twice."""
    printed = case.printed[-1].replace("\n", " ")
    assert any(sentence in printed for sentence in sentences), printed
    assert "Traceback" not in printed


def test_settle__node_of_another_chain__names_both_and_goes_on_later(case: FaultCase) -> None:
    case.rpc("anvil_setChainId", OTHER_CHAIN)
    try:
        assert case.settle() == 3
    finally:
        case.rpc("anvil_setChainId", case.stage.deployment.chain_id)
    _stopped(case, ("is of chain 999, and the deployment of chain 31337",))
    case.settle_to_the_end()
    require_promises(case)


@pytest.mark.parametrize("method", some_of(QUESTIONS, 2))
def test_settle__chain_changes_in_the_middle__stops_by_name_and_goes_on_later(
    case: FaultCase, method: str
) -> None:
    switched = _at_first(case, method, lambda: case.rpc("anvil_setChainId", OTHER_CHAIN))
    try:
        code = case.settle()
    finally:
        case.rpc("anvil_setChainId", case.stage.deployment.chain_id)
    assert switched
    if code == 0:
        # It was done before it looked at the node again: blocks and txs are asked for by their hashes, and
        # those are the right ones still.
        assert method in LAST_QUESTIONS
    else:
        assert code == 3
        _stopped(case, ("is of chain 999, and the deployment of chain 31337",))
    case.settle_to_the_end()
    require_promises(case)


def test_settle__chain_started_anew__says_so_and_goes_on_with_the_right_node(
    case: FaultCase, fresh_node: str
) -> None:
    case.proxy.point_to(fresh_node)
    assert case.settle() == 3
    _stopped(case, ("the chain was started anew, or the deployment is of another",))
    case.proxy.point_to(_node_url(case))
    case.settle_to_the_end()
    require_promises(case)


@pytest.mark.parametrize("method", some_of(QUESTIONS, 2))
def test_settle__chain_starts_anew_in_the_middle__says_so_and_goes_on_with_the_right_node(
    case: FaultCase, fresh_node: str, method: str
) -> None:
    switched = _at_first(case, method, lambda: case.proxy.point_to(fresh_node))
    assert case.settle() in (1, 3, 4)
    assert switched
    _stopped(
        case,
        (
            "it is of another chain, or its chain was started anew",
            "has no block",
            "The sending account has too little for gas",
            "has 0 wei",
            "if it stays so, see that it is the right node",
        ),
    )
    case.proxy.point_to(_node_url(case))
    case.settle_to_the_end()
    require_promises(case)
