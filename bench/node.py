"""Starts anvil for a bench, as a process of its own with a clock of its own, and ends it.

Everything a bench measures runs on it; nothing is left behind.
"""

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

from hexbytes import HexBytes
from web3 import Web3
from web3.exceptions import TimeExhausted
from web3.types import RPCEndpoint, TxReceipt

HARDFORK = "prague"
GAS_LIMIT = 60_000_000
"""Gas a block: above the largest report of the bench, 500 new members with a limit each."""

_START_TIMEOUT_S = 20
_ANSWER_TIMEOUT_S = 60


class AnvilMissing(Exception):
    """anvil is not installed, or does not start. Whoever runs the bench installs it."""


@contextlib.contextmanager
def anvil(starts_at: int) -> Iterator[Web3]:
    """A fresh chain under the rules of Prague, on a free port of this machine alone; ended on leaving.

    Units: `starts_at` in unix seconds.
    Raises: AnvilMissing.
    """
    binary = shutil.which("anvil")
    if binary is None:
        raise AnvilMissing("anvil is not on the PATH: run make setup, or install Foundry's anvil.")
    port = _free_port()
    options = ["--host", "127.0.0.1", "--port", port, "--hardfork", HARDFORK, "--timestamp", starts_at]
    command = [binary, "--silent", *map(str, options), "--gas-limit", str(GAS_LIMIT)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        yield _connected(process, port)
    finally:
        process.terminate()
        process.wait()


def client_version(web3: Web3) -> str:
    """The node as the bench's file names it, such as `anvil 1.7.1 prague`."""
    return f"{web3.client_version.replace('/v', ' ').split('-')[0]} {HARDFORK}"


def request(web3: Web3, method: str, *parameters: Any) -> Any:
    """Ask for what web3 has no function for.

    Raises: RuntimeError with the node's answer if it is an error.
    """
    answer = web3.provider.make_request(RPCEndpoint(method), list(parameters))
    if "error" in answer:
        raise RuntimeError(f"{method} was refused: {answer['error']}")
    return answer["result"]


def advance_to(web3: Web3, timestamp: int) -> None:
    """Mine an empty block dated `timestamp`, unix seconds; the clock goes on from there."""
    request(web3, "evm_setNextBlockTimestamp", timestamp)
    request(web3, "evm_mine")


def mined_receipt(web3: Web3, tx_hash: HexBytes, *, missed_after_s: float = 10.0) -> TxReceipt:
    """Wait for a tx, and have it mined after that many seconds: anvil at times misses one that is ready.

    Raises: TimeExhausted.
    """
    wait = partial(web3.eth.wait_for_transaction_receipt, tx_hash, poll_latency=0.005)
    try:
        return wait(timeout=missed_after_s)
    except TimeExhausted:
        request(web3, "evm_mine")
        return wait()


@contextlib.contextmanager
def undone(web3: Web3) -> Iterator[None]:
    """Whatever happens on the chain inside is undone on leaving, so that each row meets the same state."""
    snapshot = request(web3, "evm_snapshot")
    try:
        yield
    finally:
        request(web3, "evm_revert", snapshot)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _connected(process: subprocess.Popen[bytes], port: int) -> Web3:
    provider = Web3.HTTPProvider(
        f"http://127.0.0.1:{port}",
        request_kwargs={"timeout": _ANSWER_TIMEOUT_S},
        exception_retry_configuration=None,
    )
    web3 = Web3(provider)
    deadline = time.monotonic() + _START_TIMEOUT_S
    while not web3.is_connected():
        if process.poll() is not None:
            said = process.stderr.read().decode(errors="replace").strip() if process.stderr else ""
            raise AnvilMissing(f"anvil ended at once, with {process.returncode}: {said}")
        if time.monotonic() > deadline:
            raise AnvilMissing(f"anvil does not answer after {_START_TIMEOUT_S} s.")
        time.sleep(0.05)
    return web3
