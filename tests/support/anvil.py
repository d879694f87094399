"""anvil as a process of its own, for what the embedded chain is too kind to show."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

from milepost.chain.node import Node, connect
from milepost.ports.chain import ChainUnavailable

ANVIL = Path(__file__).resolve().parents[2] / "node_modules" / ".bin" / "anvil"
STARTS_IN_S = 20


@contextmanager
def anvil(*, starts_at: int, setting: str = "MILEPOST_RPC_URL") -> Iterator[Node]:
    """A fresh chain under the rules of Prague, its clock set to `starts_at`; ended with the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--port", str(port), "--timestamp", str(starts_at), "--hardfork", "prague", "--silent"]
    process = subprocess.Popen([ANVIL, *options])
    try:
        node = connect(f"http://127.0.0.1:{port}", setting=setting)
        _wait(node)
        yield node
    finally:
        process.terminate()
        process.wait(timeout=10)


def _wait(node: Node) -> None:
    until = monotonic() + STARTS_IN_S
    while True:
        try:
            return node.require_chain(31_337)
        except ChainUnavailable:
            if monotonic() > until:
                raise
            sleep(0.1)
