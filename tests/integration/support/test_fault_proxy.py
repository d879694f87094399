"""The fault proxy before a real node, asked by the library that the oracle asks with."""

from collections.abc import Iterator
from socket import SHUT_WR, create_connection
from urllib.parse import urlsplit

import pytest
import requests
from eth_account import Account
from eth_account.signers.local import LocalAccount
from web3 import Web3
from web3.exceptions import BadResponseFormat, Web3RPCError
from web3.types import RPCEndpoint

from milepost.chain.node import Node, connect
from tests.support.anvil import anvil
from tests.support.chain_modes import dialect, stale_head
from tests.support.deployments import START, fund
from tests.support.fault_modes import drop_after, duplicate, garbage, status, truncated
from tests.support.fault_proxy import SEND, Call, Fate, FaultProxy
from tests.support.node_words import Dialect

SENDER: LocalAccount = Account.from_key("0x" + "22" * 32)


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    """It mines when it is told to: by itself it does so at some moment after its answer."""
    with anvil(starts_at=START) as started:
        fund(started.web3, SENDER.address)
        _request(started, "evm_setAutomine", False)
        yield started


@pytest.fixture
def proxy(node: Node) -> Iterator[FaultProxy]:
    url: str = node.web3.provider.endpoint_uri  # type: ignore[attr-defined]
    with FaultProxy(url, is_stored=lambda raw: raw[-1] % 2 == 0, seed=b"\7" * 32).serving() as serving:
        yield serving


@pytest.fixture
def web3(proxy: FaultProxy) -> Web3:
    return connect(proxy.url, setting="MILEPOST_RPC_URL", timeout_s=1).web3


def _request(node: Node, method: str, *params: object) -> None:
    answer = node.web3.provider.make_request(RPCEndpoint(method), params)
    assert "error" not in answer, answer


def _raw(node: Node) -> bytes:
    tx = {
        "to": SENDER.address,
        "value": 0,
        "nonce": node.web3.eth.get_transaction_count(SENDER.address, "pending"),
        "gas": 21_000,
        "chainId": 31_337,
        "maxFeePerGas": 2 * 10**9,
        "maxPriorityFeePerGas": 0,
    }
    return bytes(SENDER.sign_transaction(tx).raw_transaction)


def test_answer__no_fault__is_the_nodes_and_counted(proxy: FaultProxy, web3: Web3, node: Node) -> None:
    assert web3.eth.chain_id == node.web3.eth.chain_id
    assert proxy.requests == 1


def test_answer__a_raw_tx__is_kept_with_whether_it_was_stored(
    proxy: FaultProxy, web3: Web3, node: Node
) -> None:
    raw = _raw(node)
    web3.eth.send_raw_transaction(raw)
    (sent,) = proxy.sent
    assert (sent.raw, sent.sender) == (raw, SENDER.address) and sent.was_stored is (raw[-1] % 2 == 0)


def test_answer__a_batch__is_one_answer_each(proxy: FaultProxy) -> None:
    asked = [{"jsonrpc": "2.0", "id": i, "method": "eth_chainId", "params": []} for i in (4, 5)]
    answers = requests.post(proxy.url, json=asked, timeout=5).json()
    assert [answer["id"] for answer in answers] == [4, 5] and proxy.requests == 2


def test_answer__a_test_of_its_own_loses_it__ends_the_connection(proxy: FaultProxy, web3: Web3) -> None:
    seen: list[Call] = []
    proxy.before = lambda call: seen.append(call) or Fate.LOST_BEFORE
    with pytest.raises(requests.ConnectionError):
        _ = web3.eth.chain_id
    assert [call.method for call in seen] == ["eth_chainId"]


def test_plan__drop_after__the_node_has_the_tx_and_nobody_is_told(
    proxy: FaultProxy, web3: Web3, node: Node
) -> None:
    proxy.plan.add(drop_after, SEND, most=1)
    raw = _raw(node)
    with pytest.raises(requests.ConnectionError):
        web3.eth.send_raw_transaction(raw)
    _request(node, "evm_mine")
    assert node.web3.eth.get_transaction_receipt(Web3.keccak(raw))["status"] == 1


def test_plan__duplicate_and_a_dialect__says_known_in_its_words(
    proxy: FaultProxy, web3: Web3, node: Node
) -> None:
    proxy.plan.add(duplicate, SEND)
    proxy.plan.add(dialect(Dialect.BESU), SEND)
    with pytest.raises(Web3RPCError, match="Known transaction"):
        web3.eth.send_raw_transaction(_raw(node))


@pytest.mark.parametrize(
    ("mode", "error"),
    [
        (status(503), requests.HTTPError),
        (truncated, requests.exceptions.ChunkedEncodingError),
        (garbage, BadResponseFormat),
    ],
)
def test_plan__answer_is_spoilt__is_seen_as_such(
    proxy: FaultProxy, web3: Web3, mode: object, error: type[Exception]
) -> None:
    proxy.plan.add(mode)  # type: ignore[arg-type]
    with pytest.raises(error):
        _ = web3.eth.chain_id
    proxy.stop_faults()
    assert web3.eth.chain_id == 31_337


def test_plan__hang__is_never_answered(proxy: FaultProxy, web3: Web3) -> None:
    proxy.plan.add(proxy.hang)
    with pytest.raises(requests.ReadTimeout):
        _ = web3.eth.chain_id


def test_plan__stale_head__the_newest_block_is_an_older_one(
    proxy: FaultProxy, web3: Web3, node: Node
) -> None:
    node.web3.provider.make_request("anvil_mine", [5])  # type: ignore[arg-type]
    newest = node.web3.eth.block_number
    proxy.plan.add(stale_head(3))
    assert (web3.eth.block_number, web3.eth.get_block("latest")["number"]) == (newest - 3, newest - 3)


def test_point_to__a_node_that_is_gone__ends_the_connection(proxy: FaultProxy, web3: Web3) -> None:
    proxy.point_to("http://127.0.0.1:9")
    with pytest.raises(requests.ConnectionError):
        _ = web3.eth.chain_id


def test_answer__who_asks_is_killed_in_the_middle__asks_no_node_and_says_nothing(
    proxy: FaultProxy, capfd: pytest.CaptureFixture[str]
) -> None:
    """Finding: an hour of killed processes ended in pages of traces that were nobody's fault."""
    port = urlsplit(proxy.url).port
    with create_connection(("127.0.0.1", port), timeout=20) as killed:
        killed.sendall(b"POST / HTTP/1.1\r\nHost: node\r\nContent-Length: 90\r\n\r\n{")
        killed.shutdown(SHUT_WR)
        assert killed.recv(1) == b""
    assert proxy.requests == 0 and capfd.readouterr().err == ""
