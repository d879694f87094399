"""Requests that are lost, spoilt, refused or answered by another: faults 23 to 35 of docs/faults.md.

given an answer that is cut, no JSON, an HTTP error or another question's
                                   then nothing is concluded, and the run or the next one ends it
given a node that lags, or words its refusals as geth, Besu, Nethermind or Erigon do
                                   then the same
given a nonce that is used, missing or taken     then the stored bytes, or another nonce, settle it once
given a base fee above the tx's, or no money      then it is said, and it settles when that is over
given a node that was ended, its pool lost        then the same bytes go out again
"""

from functools import partial
from itertools import cycle, product

import pytest
from _pytest.mark import ParameterSet

from milepost.fail_point import FailPoint
from tests.support.case_databases import has_raw_tx
from tests.support.chain_modes import AcceptBelowBaseFee, EnforceBump, PoolTx, chain_id, dialect, stale_head
from tests.support.deployments import RELAYER
from tests.support.fault_depth import IS_FULL, some_of
from tests.support.fault_modes import Mode, duplicate, garbage, half_json, status, truncated, wrong_id
from tests.support.fault_proxy import SEND, FaultProxy, Sent
from tests.support.fault_stage import FaultCase, wait_until
from tests.support.node_words import Dialect
from tests.support.relay_promises import require_promises

SPOILT = {
    "429": status(429, retry_after_s=1),
    "503": status(503),
    "page": garbage,
    "half": half_json,
    "cut": truncated,
    "other_id": wrong_id,
}
# Where a run may be: it sends, watches, reads, and asks a contract.
QUESTIONS = (SEND, "eth_getTransactionReceipt", "eth_getLogs", "eth_call")
GWEI = 10**9


def _ways_to_spoil() -> list[ParameterSet]:
    """Each mode and each question once; in the full form each with each."""
    names = list(SPOILT)
    pairs = list(product(names, QUESTIONS)) if IS_FULL else list(zip(names, cycle(QUESTIONS), strict=False))
    return [pytest.param(SPOILT[name], method, id=f"{name}-{method}") for name, method in pairs]


def _raw(sent: Sent) -> str:
    return f"0x{sent.raw.hex()}"


@pytest.mark.parametrize(("mode", "method"), _ways_to_spoil())
def test_settle__an_answer_is_spoilt__concludes_nothing_and_goes_on(
    case: FaultCase, mode: Mode, method: str
) -> None:
    rule = case.proxy.plan.add(mode, method, most=1)
    # It asks again by itself, or stops and says why.
    assert case.settle() in (0, 3), case.printed[-1]
    assert rule.met and "Traceback" not in case.printed[-1], case.printed[-1]
    case.settle_to_the_end()
    require_promises(case)


@pytest.mark.parametrize("whose", Dialect)
def test_settle__node_refuses_in_its_own_words__is_understood(case: FaultCase, whose: Dialect) -> None:
    """The tx is known, when it is sent twice; its nonce is used, once it is mined."""
    case.rpc("evm_setAutomine", False)
    case.proxy.plan.add(dialect(whose))
    case.proxy.plan.add(duplicate, SEND, most=1)
    case.settle_killed_at(FailPoint.SENT_AFTER_COMMIT)
    case.settle_killed_at(FailPoint.SEND_AFTER)
    case.rpc("evm_setAutomine", True)
    case.rpc("evm_mine")
    case.settle_to_the_end()
    assert len({sent.raw for sent in case.proxy.sent}) == 2
    require_promises(case)


def test_settle__node_lags_by_two_blocks__waits_for_it(case: FaultCase) -> None:
    # What it tells of is not older than what the store has read: it would be refused for that.
    for _ in range(2):
        case.rpc("evm_mine")
    case.proxy.plan.add(stale_head(2))
    process = case.start_settling()
    wait_until(lambda: case.proxy.sent, what="the first report is sent")
    with case.mining():
        case.end(process)
    case.proxy.stop_faults()
    case.settle_to_the_end()
    require_promises(case)


def test_settle__its_tx_was_mined_while_it_was_down__finds_it_and_uses_no_other_nonce(
    case: FaultCase,
) -> None:
    case.rpc("evm_setAutomine", False)
    case.settle_killed_at(FailPoint.SEND_BEFORE)
    ((raw,),) = case.sql("SELECT raw FROM txs")
    case.rpc("eth_sendRawTransaction", f"0x{raw.hex()}")
    case.rpc("evm_mine")
    case.rpc("evm_setAutomine", True)
    case.settle_to_the_end()
    assert case.sql("SELECT count(*), count(DISTINCT nonce) FROM txs") == [(2, 2)]
    require_promises(case)


def test_settle__receipts_cannot_be_asked_when_the_nonce_is_used__concludes_nothing(case: FaultCase) -> None:
    case.settle_killed_at(FailPoint.SEND_BEFORE)
    case.send_from(RELAYER, "0x")
    rule = case.proxy.plan.add(status(503), "eth_getTransactionReceipt")
    assert case.settle() == 3 and rule.met, case.printed[-1]
    assert case.sql("SELECT DISTINCT state FROM txs") == [("signed",)]
    case.proxy.stop_faults()
    assert case.settle() == 3 and "was used by a tx that is not ours" in case.printed[-1]
    case.settle_to_the_end()
    require_promises(case)


def test_settle__a_strangers_tx_before_ours_is_lost__says_which_nonce_is_missing(case: FaultCase) -> None:
    case.rpc("evm_setAutomine", False)
    case.send_from(RELAYER, "0x")
    case.settle_killed_at(FailPoint.SENT_AFTER_COMMIT)
    nonce = case.proxy.sent[0].nonce - 1
    case.rpc("anvil_dropAllTransactions")
    assert case.settle() == 3
    assert f"waits for nonce {nonce}" in case.printed[-1].replace("\n", " "), case.printed[-1]
    case.rpc("evm_setAutomine", True)
    case.send_from(RELAYER, "0x")
    case.settle_to_the_end()
    require_promises(case)


@pytest.mark.parametrize("is_geth", [False, True], ids=["anvil refuses it", "geth takes it"])
def test_settle__base_fee_rises_above_what_it_signed__settles_when_it_falls(
    case: FaultCase, is_geth: bool
) -> None:
    case.settle_killed_at(FailPoint.SEND_BEFORE)
    if is_geth:
        case.proxy.plan.add(AcceptBelowBaseFee())
    case.rpc("evm_setAutomine", False)
    case.rpc("anvil_setNextBlockBaseFeePerGas", hex(500 * GWEI))
    case.rpc("evm_mine")
    process = case.start_settling()
    wait_until(lambda: case.proxy.sent or not process.is_running, what="it tries to send")
    case.rpc("anvil_setNextBlockBaseFeePerGas", hex(1))
    case.rpc("evm_mine")
    with case.mining():
        assert process.wait() in (0, 3), process.printed
        case.settle_to_the_end()
    require_promises(case)


def test_settle__no_money_for_gas__says_so_and_settles_after_a_top_up(case: FaultCase) -> None:
    case.rpc("anvil_setBalance", RELAYER.address, "0x0")
    assert case.settle() == 4 and "send it funds" in case.printed[-1].replace("\n", " "), case.printed[-1]
    assert case.report_states() and set(case.report_states()) <= {"sealed", "signed"}
    assert case.sql("SELECT count(*) FROM txs") == [(0,)]
    case.rpc("anvil_setBalance", RELAYER.address, hex(10**18))
    case.settle_to_the_end()
    require_promises(case)


def test_settle__money_is_gone_between_signing_and_sending__keeps_the_tx_for_later(case: FaultCase) -> None:
    case.settle_killed_at(FailPoint.SEND_BEFORE)
    case.rpc("anvil_setBalance", RELAYER.address, "0x0")
    assert case.settle() == 4 and "funds" in case.printed[-1], case.printed[-1]
    case.rpc("anvil_setBalance", RELAYER.address, hex(10**18))
    case.settle_to_the_end()
    assert case.proxy.sent[0].raw == case.proxy.sent[1].raw
    require_promises(case)


def test_settle__no_node_answers_for_many_runs__loses_nothing_and_does_not_spin(case: FaultCase) -> None:
    case.settle_killed_at(FailPoint.SENT_BEFORE_COMMIT)
    node_url: str = case.web3.provider.endpoint_uri  # type: ignore[attr-defined]
    case.proxy.point_to("http://127.0.0.1:9")
    before = case.proxy.requests
    for _ in range(3):
        assert case.settle() == 3 and "does not answer" in case.printed[-1]
    assert case.proxy.requests - before <= 30
    case.proxy.point_to(node_url)
    case.settle_to_the_end()
    require_promises(case)


def test_settle__node_wants_a_tenth_more_for_a_replacement__pays_it_and_settles(case: FaultCase) -> None:
    """As geth does; anvil would take a wei."""
    pool = EnforceBump(percent=10)
    case.proxy.plan.add(pool, SEND)
    case.rpc("evm_setAutomine", False)
    case.settle_killed_at(FailPoint.SENT_AFTER_COMMIT)
    first = PoolTx.of(_raw(case.proxy.sent[0]))
    # Two minutes without it: a block that wants a wei more than it pays.
    case.rpc("evm_setNextBlockTimestamp", case.web3.eth.get_block("latest")["timestamp"] + 120)
    case.rpc("anvil_setNextBlockBaseFeePerGas", hex(first.fee_wei + 1))
    case.rpc("evm_mine")
    process = case.start_settling()
    wait_until(lambda: len({sent.raw for sent in case.proxy.sent}) > 1, what="it pays more")
    with case.mining():
        case.end(process)
    second = next(tx for tx in (PoolTx.of(_raw(sent)) for sent in case.proxy.sent) if tx.raw != first.raw)
    assert (second.sender, second.nonce) == (first.sender, first.nonce) and pool.refused == []
    assert second.fee_wei * 8 >= first.fee_wei * 9
    require_promises(case)


@pytest.mark.parametrize("broken", some_of(["hangs", "lags", "other chain", "503"], 2))
def test_settle__one_of_two_nodes_is_broken__goes_on_with_the_other(case: FaultCase, broken: str) -> None:
    second = FaultProxy(case.stage.rpc_url, is_stored=partial(has_raw_tx, case.store))
    modes = {"hangs": second.hang, "lags": stale_head(9), "other chain": chain_id(999), "503": status(503)}
    second.plan.add(modes[broken])
    case.rpc("anvil_mine", 9)
    with second.serving():
        case.settle_to_the_end(rpc_url=f"{second.url},{case.proxy.url}")
    assert all(sent.was_stored for sent in second.sent)
    require_promises(case)
