"""Starts anvil, a node of its own process with a clock that can be moved, and ends it by its process.

`milepost up` keeps its chain in a file; the demos move its clock.
"""

import signal
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar, cast

from web3 import HTTPProvider
from web3.types import RPCEndpoint

from milepost.chain.errors import asking
from milepost.chain.node import Node, connect
from milepost.domain.errors import ChainError
from milepost.local.interrupts import held_interrupts
from milepost.ports import ChainUnavailable

HOST = "127.0.0.1"
"""Loopback: a chain whose keys everyone knows is nobody else's to reach."""
CHAIN_ID = 31_337
"""anvil's own."""
MNEMONIC = "test test test test test test test test test test test junk"
"""The words that anvil and other development chains begin with: their accounts are rich there, nowhere else.

Warning: whatever is sent to these accounts on a public chain is taken by others within the minute.
"""

_STARTS_IN_S = 20
_ENDS_IN_S = 10
_STATE_EVERY_S = 10
_LOOK_EVERY_S = 0.1
_BATCH = 250


class AnvilMissing(ChainError):
    """anvil is not installed. The operator runs `make setup`."""


class AnvilDidNotStart(ChainError):
    """anvil ended, or does not answer. The operator reads what it said."""


class BatchRefused(ChainError):
    """anvil does not do one of many things it was asked for. Whoever changed the code finds out why."""


class PortTaken(ChainError):
    """Something listens on the port already. The operator stops it, or names another port."""


@dataclass(frozen=True, slots=True)
class AnvilChain:
    """A running anvil; the demo's accounts are rich on it from the start."""

    node: Node
    url: str
    process_id: int
    kind: ClassVar[str] = "anvil"

    def advance_to(self, timestamp: int) -> None:
        """Mine an empty block of that date, or none if the head has it. Units: unix seconds."""
        with asking(self.node.name):
            if self.node.web3.eth.get_block("latest")["timestamp"] < timestamp:
                self.request("evm_setNextBlockTimestamp", timestamp)
                self.request("evm_mine")

    def request(self, method: str, *params: Any) -> Any:
        """Ask for what web3 has no function for. Raises: what web3 raises."""
        return self.node.web3.manager.request_blocking(RPCEndpoint(method), list(params))

    def request_all(self, method: str, many: Iterable[Sequence[Any]]) -> None:
        """Ask for the same with each of these parameters, hundreds at once; the answers are dropped.

        Raises: BatchRefused at the first that is refused.
        """
        provider = cast(HTTPProvider, self.node.web3.provider)
        left = iter(many)
        with asking(self.node.name):
            while some := [(RPCEndpoint(method), list(params)) for params in islice(left, _BATCH)]:
                answers = provider.make_batch_request(some)
                for answer in answers if isinstance(answers, list) else [answers]:
                    if "error" in answer:
                        raise BatchRefused(f"anvil refused {method}: {answer['error']}")


def require_free(port: int, *, by: str = "another node", otherwise: str | None = None) -> None:
    """Make sure that nothing listens on a port; `by` is what may do so, `otherwise` how another is named.

    Raises: PortTaken.
    """
    with socket.socket() as probe:
        # As anvil asks for it: a port that was in use a moment ago is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise PortTaken(
                f"Port {port} of {HOST} is taken, by {by} perhaps: stop that, or name another port:"
                f" {otherwise or port + 1}"
            ) from None


def free_port() -> int:
    """A port of HOST that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running_anvil(
    root: Path,
    *,
    port: int,
    log: Path,
    starts_at: int | None = None,
    setting: str = "make local",
    keeps: int | None = None,
    state: Path | None = None,
) -> Iterator[AnvilChain]:
    """A chain under the rules of Prague; ended with the block. It is a fresh one without `state`.

    Shape: `root` is a checkout with its node_modules; `log` gets what anvil says; `setting` names in messages
        what started it; `keeps` the states of so many blocks, of all unless given, megabytes each. `state` is
        the file that the chain is read from and written to, each few seconds and at its end.
    Units: `starts_at` in unix seconds; the machine's time unless given.
    Raises: AnvilMissing, PortTaken, AnvilDidNotStart.
    """
    program = root / "node_modules" / ".bin" / "anvil"
    if not program.exists():
        raise AnvilMissing(f"{program} is not there: run make setup.")
    require_free(port)
    options = ["--host", HOST, "--port", str(port), "--hardfork", "prague"]
    if starts_at is not None:
        options += ["--timestamp", str(starts_at)]
    if state is not None:
        options += ["--state", str(state), "--state-interval", str(_STATE_EVERY_S)]
        # Without a line for each request: it runs for days.
        options += ["--silent"]
    if keeps is not None:
        options += ["--prune-history", str(keeps)]
    url, process = f"http://{HOST}:{port}", None
    try:
        with log.open("wb") as said, held_interrupts():
            # A session of its own: Ctrl-C ends this program, which then ends anvil, in that order.
            process = subprocess.Popen(
                [program, *options, "--mnemonic", MNEMONIC],
                stdout=said, stderr=said, stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        node = connect(url, setting=setting)
        _wait(node, process, log)
        yield AnvilChain(node, url, process.pid)
    finally:
        if process is not None:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    # It writes its state down at this one.
    process.send_signal(signal.SIGINT)
    try:
        process.wait(_ENDS_IN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait(node: Node, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _STARTS_IN_S
    while True:
        try:
            return node.require_chain(CHAIN_ID)
        except ChainUnavailable:
            if process.poll() is not None:
                raise AnvilDidNotStart(
                    f"anvil ended with code {process.returncode}; what it said is in {log}."
                ) from None
            if time.monotonic() > until:
                raise AnvilDidNotStart(
                    f"anvil does not answer after {_STARTS_IN_S} s; what it said is in {log}."
                ) from None
            time.sleep(_LOOK_EVERY_S)
