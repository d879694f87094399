"""Fees that do not suffice, and nodes that fail, while the command relays.

given a tx in the pool that no block takes, as blocks have become dear
    when the chain's clock has gone on            then the next run replaces it, and its report settles once
    when the cap leaves no room                   then that is said, and it settles once blocks are cheap
given two nodes, one of which is away or dies     then the other one settles everything
"""

from collections.abc import Iterator
from typing import Any

import pytest
from eth_account.typed_transactions.typed_transaction import TypedTransaction
from hexbytes import HexBytes

from milepost.fail_point import FailPoint
from tests.support import fault_modes as modes
from tests.support.deployments import RELAYER
from tests.support.fault_proxy import SEND
from tests.support.fault_stage import FaultCase, wait_until
from tests.support.relay_promises import require_promises

_NOBODY = "http://127.0.0.1:9"
_DEAR_WEI = 40 * 10**9
_CHEAP_WEI = 10_000
_LATER_S = 120


@pytest.fixture(autouse=True)
def _cheap_again(case: FaultCase) -> Iterator[None]:
    """The chain is shared: the next test finds it as it was."""
    yield
    _mine_cheap(case)


def _mine_cheap(case: FaultCase) -> None:
    case.rpc("anvil_setNextBlockBaseFeePerGas", hex(_CHEAP_WEI))
    case.rpc("evm_setAutomine", True)
    case.rpc("evm_mine")


def _left_in_the_pool(case: FaultCase, **settings: object) -> None:
    """End a run when its first tx is sent, and make a later block that asks for more than it pays."""
    case.rpc("evm_setAutomine", False)
    case.settle_killed_at(FailPoint.SENT_AFTER_COMMIT, **settings)
    newest = case.web3.eth.get_block("latest")["timestamp"]
    case.rpc("anvil_setNextBlockBaseFeePerGas", hex(_DEAR_WEI))
    case.rpc("evm_setNextBlockTimestamp", newest + _LATER_S)
    case.rpc("evm_mine")


def _attempts(case: FaultCase) -> list[dict[str, Any]]:
    """Different txs of the relayer's first nonce of this case, in the order in which they were sent."""
    sent = [one for one in case.proxy.sent if one.sender == RELAYER.address]
    raws = dict.fromkeys(one.raw for one in sent if one.nonce == min(two.nonce for two in sent))
    return [TypedTransaction.from_bytes(HexBytes(raw)).as_dict() for raw in raws]


def test_settle__blocks_became_dear__replaces_what_waits(case: FaultCase) -> None:
    """Faults 31 and 32."""
    _left_in_the_pool(case)
    assert len(_attempts(case)) == 1
    case.rpc("evm_setAutomine", True)
    case.settle_to_the_end()
    first, second = _attempts(case)
    assert second["data"] == first["data"]
    for field in ("maxFeePerGas", "maxPriorityFeePerGas"):
        assert second[field] * 8 >= first[field] * 9
    states = case.sql("SELECT state, count(*) FROM txs GROUP BY 1 ORDER BY 1")
    assert ("superseded", 1) in states
    require_promises(case)


def test_settle__the_cap_is_below_what_blocks_ask__says_so_and_settles_when_they_are_cheap(
    case: FaultCase,
) -> None:
    _left_in_the_pool(case, most_fee_gwei=1)
    process = case.start_settling(most_fee_gwei=1)
    wait_until(
        lambda: "may not rise above 1 gwei" in process.printed, what="it says that it may not pay more"
    )
    _mine_cheap(case)
    case.end(process)
    assert len(_attempts(case)) == 1
    require_promises(case)


def test_settle__one_of_two_nodes_is_away__settles_by_the_other(case: FaultCase) -> None:
    case.settle_to_the_end(rpc_url=f"{_NOBODY},{case.proxy.url}")
    require_promises(case)


def test_settle__one_of_two_nodes_spoils_what_is_sent__settles_all_the_same(case: FaultCase) -> None:
    anvil = case.web3.provider.endpoint_uri  # type: ignore[attr-defined]
    case.proxy.plan.add(modes.drop_after, SEND, most=1)
    case.settle_to_the_end(rpc_url=f"{case.proxy.url},{anvil}")
    settled = case.sql("SELECT count(*) FROM purchases WHERE state = 'settled_final'")
    assert settled[0][0] > 0
    require_promises(case)
