"""Four validators of a real chain with consensus that tolerates one fault, as processes on this machine.

Each can be killed, stopped and started again, and the links between them cut. Every listener is on the
loopback, on a port that was free; every process is ended by its own id.
"""

import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import sample
from time import monotonic, sleep

import requests
from web3 import Web3
from web3.exceptions import Web3RPCError

from tests.support.bft_homes import CHAIN, Ports, binary, configure, environment, kept_homes, node_id
from tests.support.bft_links import Links, serving_links

VALIDATORS = 4
STARTS_IN_S = 60
_POLL_S = 0.05
_ANSWERS_IN_S = 2
# Below those that a system gives to whoever asks for any: one that is killed finds its own again.
_PORTS = range(20_000, 32_000)


@dataclass(slots=True)
class Validator:
    """One of them: its home, its ports, and its process while it runs."""

    home: Path
    ports: Ports
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports.rpc}"

    @property
    def web3(self) -> Web3:
        provider = Web3.HTTPProvider(
            self.url, request_kwargs={"timeout": _ANSWERS_IN_S}, exception_retry_configuration=None
        )
        return Web3(provider)

    def start(self) -> None:
        assert self.process is None, "it runs"
        with (self.home / "log").open("ab") as log:
            command = [str(binary()), "start", "--home", str(self.home), "--chain-id", CHAIN]
            self.process = subprocess.Popen(
                [*command, "--log-no-color"],
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        """End it as a power cut would; nothing happens to one that does not run."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(timeout=10)
            self.process = None

    def stop(self) -> None:
        """It keeps its connections and answers nothing until it goes on."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    def head(self) -> int | None:
        """The newest block it knows, None while it does not answer."""
        try:
            return self.web3.eth.block_number
        except (requests.RequestException, Web3RPCError):
            # Before its first block it answers that it is not ready.
            return None

    def _signal(self, number: signal.Signals) -> None:
        assert self.process is not None, "it does not run"
        self.process.send_signal(number)


@dataclass(slots=True)
class BftNetwork:
    """The validators and the links between them."""

    validators: list[Validator]
    links: Links
    started_in_s: float = field(default=0.0)

    def start_all(self) -> None:
        """Start those that do not run, and wait until all make blocks together. Units: seconds it took."""
        began = monotonic()
        for validator in self.validators:
            if validator.process is None:
                validator.start()
        self.wait_level(within_s=STARTS_IN_S)
        self.started_in_s = monotonic() - began

    def make_whole(self) -> None:
        """End every fault that there is; nothing happens to a whole network."""
        self.links.heal()
        for validator in self.validators:
            if validator.process is not None:
                validator.go_on()
        if any(validator.process is None for validator in self.validators):
            self.start_all()

    def kill_all(self) -> None:
        for validator in self.validators:
            validator.kill()

    def heads(self) -> list[int | None]:
        return [validator.head() for validator in self.validators]

    def wait_level(self, *, within_s: float = 60, new_blocks: int = 2) -> float:
        """Wait until every validator has so many blocks more than any has now; the seconds it took."""
        began = monotonic()
        least = max((head for head in self.heads() if head is not None), default=0) + new_blocks
        wait_until(
            lambda: all(head is not None and head >= least for head in self.heads()),
            within_s=within_s,
            what=lambda: f"all validators at block {least}: {self.heads()}; {self._ended()}",
        )
        return monotonic() - began

    def _ended(self) -> str:
        """The last words of validators that ended by themselves."""
        ended = [one for one in self.validators if one.process is not None and one.process.poll() is not None]
        return "\n".join((one.home / "log").read_text(encoding="utf-8")[-800:] for one in ended)

    def block_hashes(self, number: int) -> set[bytes]:
        """What the validators call block `number`: one hash, unless the chain forked."""
        return {bytes(validator.web3.eth.get_block(number)["hash"]) for validator in self.validators}


def wait_until(is_so: Callable[[], bool], *, within_s: float, what: Callable[[], str]) -> None:
    """Look again and again until something is so."""
    until = monotonic() + within_s
    while not is_so():
        assert monotonic() < until, f"not so after {within_s} s: {what()}"
        sleep(_POLL_S)


@contextmanager
def bft_network(folder: Path, funded: Sequence[str]) -> Iterator[BftNetwork]:
    """A fresh chain in an empty folder, with `funded` addresses rich from its first block; ended with it."""
    homes = []
    for kept in kept_homes(VALIDATORS, funded):
        homes.append(Path(shutil.copytree(kept, folder / kept.name)))
    ports = _free_ports(VALIDATORS)
    with ExitStack() as stack:
        links = stack.enter_context(serving_links([own.p2p for own in ports]))
        ids = [node_id(home) for home in homes]
        for i, home in enumerate(homes):
            peers = [f"{ids[j]}@127.0.0.1:{links.port(i, j)}" for j in range(i + 1, VALIDATORS)]
            configure(home, ports[i], peers)
        network = BftNetwork([Validator(home, own) for home, own in zip(homes, ports, strict=True)], links)
        # A stopped process is killed all the same.
        stack.callback(network.kill_all)
        network.start_all()
        yield network


def _free_ports(count: int) -> list[Ports]:
    names = list(Ports.__dataclass_fields__)
    tried = iter(sample(_PORTS, len(_PORTS)))
    numbers: list[int] = []
    while len(numbers) < count * len(names):
        port = next(tried)
        with socket.socket() as one, suppress(OSError):
            one.bind(("127.0.0.1", port))
            numbers.append(port)
    free = iter(numbers)
    return [Ports(**{name: next(free) for name in names}) for _ in range(count)]
