"""anvil as a process of its own, for what the embedded chain is too kind to show."""

import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

from milepost.chain.node import Node, connect
from milepost.ports.chain import ChainUnavailable

ANVIL = Path(__file__).resolve().parents[2] / "node_modules" / ".bin" / "anvil"
STARTS_IN_S = 20
USUAL_CHAIN_ID = 31_337


@dataclass(frozen=True, slots=True)
class Anvil:
    """A node and its process, which a test may stop and let go on."""

    node: Node
    process: "subprocess.Popen[bytes]"


@contextmanager
def anvil(*, starts_at: int, setting: str = "MILEPOST_RPC_URL") -> Iterator[Node]:
    """A fresh chain under the rules of Prague, its clock set to `starts_at`; ended with the block."""
    with anvil_process(starts_at=starts_at, setting=setting) as started:
        yield started.node


@contextmanager
def anvil_process(
    *,
    starts_at: int,
    setting: str = "MILEPOST_RPC_URL",
    options: Sequence[str] = (),
    chain_id: int = USUAL_CHAIN_ID,
) -> Iterator[Anvil]:
    """As `anvil`, with the process, and options of its command besides the usual ones."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    usual = ["--port", str(port), "--timestamp", str(starts_at), "--hardfork", "prague", "--silent"]
    usual += ["--chain-id", str(chain_id)]
    process = subprocess.Popen([ANVIL, *usual, *options])
    try:
        node = connect(f"http://127.0.0.1:{port}", setting=setting)
        _wait(node, chain_id)
        yield Anvil(node, process)
    finally:
        process.terminate()
        process.wait(timeout=10)


def start_again(node: Node, process: "subprocess.Popen[bytes]", *, chain_id: int = USUAL_CHAIN_ID) -> Anvil:
    """The same command at the same port, of a process that was killed; whoever calls ends it."""
    started = Anvil(node, subprocess.Popen(process.args))
    _wait(node, chain_id)
    return started


def _wait(node: Node, chain_id: int) -> None:
    until = monotonic() + STARTS_IN_S
    while True:
        try:
            return node.require_chain(chain_id)
        except ChainUnavailable:
            if monotonic() > until:
                raise
            sleep(0.1)
