"""The embedded chain: its clock starts where told, moves forward only, and is not the machine's."""

import pytest
from eth_tester.exceptions import TransactionFailed
from web3 import Web3

from milepost.chain.embedded import GAS_LIMIT, advance_to, embedded_chain

# Monday 2018-05-14 00:00 UTC: years before any machine that runs this.
START = 1_526_256_000


@pytest.fixture
def web3() -> Web3:
    return embedded_chain(START)


def date_of_next_tx(web3: Web3) -> int:
    payer, payee = web3.eth.accounts[:2]
    receipt = web3.eth.wait_for_transaction_receipt(
        web3.eth.send_transaction({"from": payer, "to": payee, "value": 1, "gas": 21_000})
    )
    assert receipt["status"] == 1
    return web3.eth.get_block(receipt["blockNumber"])["timestamp"]


def head_date(web3: Web3) -> int:
    return web3.eth.get_block("latest")["timestamp"]


def test_embedded_chain__started__is_dated_as_told(web3: Web3) -> None:
    assert head_date(web3) == START


def test_embedded_chain__txs_without_a_move__come_a_second_apart(web3: Web3) -> None:
    assert [date_of_next_tx(web3) for _ in range(3)] == [START + 1, START + 2, START + 3]


def test_embedded_chain__started__has_the_gas_a_report_needs(web3: Web3) -> None:
    date_of_next_tx(web3)
    assert web3.eth.get_block("latest")["gasLimit"] == GAS_LIMIT >= 30_000_000


def test_embedded_chain__prague_precompile_called__answers(web3: Web3) -> None:
    """The sum of two points at infinity, by the BLS12-381 addition that Prague brought (EIP-2537)."""
    answer = web3.eth.call({"to": "0x000000000000000000000000000000000000000b", "data": "0x" + "00" * 256})
    assert answer == bytes(128)


@pytest.mark.parametrize("seconds", [1, 2, 86_400, 20 * 365 * 86_400])
def test_advance_to__later__dates_the_head_exactly_and_txs_after_it(web3: Web3, seconds: int) -> None:
    advance_to(web3, START + seconds)
    assert head_date(web3) == START + seconds
    assert date_of_next_tx(web3) == START + seconds + 1


def test_advance_to__now__mines_nothing(web3: Web3) -> None:
    date_of_next_tx(web3)
    height = web3.eth.block_number
    advance_to(web3, head_date(web3))
    assert web3.eth.block_number == height


def test_advance_to__earlier__is_refused_and_changes_nothing(web3: Web3) -> None:
    advance_to(web3, START + 100)
    with pytest.raises(ValueError, match="cannot go back"):
        advance_to(web3, START + 99)
    assert head_date(web3) == START + 100


def test_advance_to__another_node__is_refused() -> None:
    """A caller would otherwise believe that a real chain's clock had moved."""
    with pytest.raises(TypeError, match="embedded"):
        advance_to(Web3(Web3.HTTPProvider("http://localhost:1")), START + 1)


def test_revert__after_the_clock_moved__takes_the_clock_back(web3: Web3) -> None:
    date_of_next_tx(web3)
    tester = web3.provider.ethereum_tester
    snapshot = tester.take_snapshot()
    advance_to(web3, START + 1_000)
    tester.revert_to_snapshot(snapshot)
    assert date_of_next_tx(web3) == START + 2


# Returns block.timestamp: TIMESTAMP PUSH0 MSTORE PUSH1 32 PUSH0 RETURN, deployed by its own bytes.
CLOCK_CODE = "0x425f5260205ff3"
CLOCK_INIT = "0x66" + CLOCK_CODE[2:] + "5f52600760" + "19" + "f3"


def test_call__of_a_view__sees_the_date_of_the_head(web3: Web3) -> None:
    """py-evm would date it by the machine: promotions would look over, and estimates of publishing fail."""
    receipt = web3.eth.wait_for_transaction_receipt(
        web3.eth.send_transaction({"from": web3.eth.accounts[0], "data": CLOCK_INIT, "gas": 200_000})
    )
    clock = {"to": receipt["contractAddress"]}
    assert int.from_bytes(web3.eth.call(clock), "big") == head_date(web3)
    advance_to(web3, START + 86_400)
    assert int.from_bytes(web3.eth.call(clock), "big") == START + 86_400
    assert web3.eth.estimate_gas(clock) > 21_000


def test_estimate_gas__deploying_and_calling__is_enough_and_little_more_than_used(web3: Web3) -> None:
    sender = web3.eth.accounts[0]
    for tx in (
        {"from": sender, "data": CLOCK_INIT},
        {"from": sender, "to": web3.eth.accounts[1], "value": 1},
    ):
        estimate = web3.eth.estimate_gas(tx)
        receipt = web3.eth.wait_for_transaction_receipt(web3.eth.send_transaction({**tx, "gas": estimate}))
        assert receipt["status"] == 1
        assert receipt["gasUsed"] <= estimate <= receipt["gasUsed"] * 64 // 63 + 2_300


def test_estimate_gas__what_reverts__says_so(web3: Web3) -> None:
    """The code is PUSH0 PUSH0 REVERT, run as a constructor."""
    with pytest.raises(TransactionFailed):
        web3.eth.estimate_gas({"from": web3.eth.accounts[0], "data": "0x5f5ffd"})
