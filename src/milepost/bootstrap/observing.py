"""Puts status pages together for each process: its figures, whether it lives, and whether it is ready.

`milepost serve`, `worker` and `reporter` serve them. A process lives while its loop goes round; it is ready
while its database answers, its deployment is found, and the chain answered lately.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import httpx
from eth_utils.address import to_checksum_address

from milepost.bootstrap.parts import Parts
from milepost.bootstrap.remote_reporters import reporter_urls
from milepost.bootstrap.reporting import Following
from milepost.bootstrap.serving import HeldChainClock
from milepost.bootstrap.signers import is_up
from milepost.bootstrap.starting import Starting
from milepost.chain.errors import asking
from milepost.config import Settings, SettingsRefused, setting_name
from milepost.domain.errors import ChainError, MilepostError
from milepost.event_log import EventLog
from milepost.observability.chain_figures import ChainFigures, ChainState
from milepost.observability.measures import (
    ChainMeasures,
    HttpMeasures,
    LoopMeasures,
    StoreMeasures,
    make_registry,
    show_config,
)
from milepost.observability.pages import Check, StatusPages
from milepost.observability.refreshing import LoopRefresh, StoreRefresh
from milepost.observability.status_server import StatusServer
from milepost.pipeline.bump_fees import NoticeKind, RelayNotice
from milepost.ports import Clock
from milepost.store.figures import read_figures, require_answer
from milepost.worker import Chore, Worker

LONGEST_ROUND_S = 180.0
"""Longest time in which a loop goes on to its next task: every node and reporter may take its time once."""
LONGEST_SILENCE_S = 120.0
"""Longest time since the chain answered for which a process counts as ready."""
CHAIN_EVERY_S = 15.0
_REACH_S = 2.0

_log = EventLog("worker")


def serve_pages(parts: Parts, clock: Clock) -> tuple[StatusPages, HttpMeasures]:
    """Of `milepost serve`: it lives if it answers. The measures are for its app."""
    registry = make_registry("serve")
    refresh = StoreRefresh(lambda: read_figures(parts.engine), StoreMeasures(registry))
    show_config(registry, _config_of(parts))
    http = HttpMeasures(registry)
    ready = (*_ready(parts), ("chain", lambda: _silence_of(clock)))
    return StatusPages(registry, (), ready, refresh), http


def reporter_pages(parts: Parts, following: Following) -> StatusPages:
    """Of `milepost reporter`, whose loop follows the chain."""
    registry = make_registry("reporter")
    refresh = StoreRefresh(lambda: read_figures(parts.engine), StoreMeasures(registry))
    show_config(registry, _config_of(parts))
    alive = (("loop", lambda: _late(time.monotonic() - following.round_at)),)
    ready = (*_ready(parts), ("chain", lambda: _unanswered(following.followed_at, time.monotonic)))
    return StatusPages(registry, alive, ready, refresh)


class Watching:
    """What watches a worker: its pages are there while it starts, and show it from `watch` on."""

    def __init__(self, parts: Parts, settings: Settings, starting: Starting) -> None:
        self._parts, self._starting = parts, starting
        self._worker: Worker | None = None
        self._urls = reporter_urls(settings)
        self._registry = make_registry("worker")
        self._store = StoreRefresh(lambda: read_figures(parts.engine), StoreMeasures(self._registry))
        self._loop = LoopMeasures(self._registry)
        self._measures = ChainMeasures(self._registry)
        self.chain = ChainFigures(
            ask=self._ask,
            block_hash=lambda number: parts.chain.block(number).block_hash,
            read_up_to=lambda: read_figures(parts.engine).read_up_to,
            endpoints=lambda: parts.node.endpoints,
            measures=self._measures,
        )

    def chore(self) -> Chore:
        """Asks the chain now and then: each worker for its own figures."""
        return Chore("figures", CHAIN_EVERY_S, self.chain.refresh, everywhere=True)

    def pages(self) -> StatusPages:
        """The pages of the worker; until it has started they look at none of its neighbours."""
        ready = (*_ready(self._parts), ("chain", lambda: _unanswered(self.chain.answered_at, time.time)))
        return StatusPages(
            self._registry, (("loop", self._late),), started_first(self._starting, ready), self._refresh
        )

    def watch(self, worker: Worker) -> None:
        """Show this worker from now on; its txs at the cap are counted."""
        bumping = worker.oracle.bumping
        counted = replace(bumping, tell=_counting(bumping.tell, self._measures))
        worker.oracle = replace(worker.oracle, bumping=counted)
        if self._worker is None:
            show_config(self._registry, _config_of(self._parts))
        self._worker = worker

    def _late(self) -> str | None:
        return None if self._worker is None else _late(time.time() - self._worker.heartbeat.round_at)

    def _refresh(self) -> None:
        if self._worker is not None:
            self._store()
            LoopRefresh(self._worker.heartbeat, self._loop)()

    def _ask(self) -> ChainState:
        chain, node = self._parts.chain, self._parts.node
        in_force = chain.reporter_set()
        with asking(node.name):
            balance = node.web3.eth.get_balance(to_checksum_address(self._parts.relayer.address))
        return ChainState(
            sender=chain.sender,
            head=chain.newest_block(),
            final=chain.final_block(),
            nonce_mined=chain.mined_nonce(),
            nonce_pending=chain.next_nonce(),
            balance_wei=int(balance),
            reporters=in_force.count,
            reachable=sum(chain.is_reporter(one.address) and is_up(one) for one in self._parts.reporters)
            + sum(map(is_reachable, self._urls)),
            quorum=in_force.quorum,
        )


@contextmanager
def serve_status(pages: StatusPages, host: str, port: int | None) -> Iterator[StatusServer | None]:
    """Serve a worker's pages until the block ends; without a port nobody asks for them.

    Raises: SettingsRefused if the port is taken.
    """
    if port is None:
        yield None
        return
    try:
        server = StatusServer(pages, host, port)
    except OSError as error:
        raise SettingsRefused(
            f"{host} port {port} cannot be listened on ({error.strerror}): end what uses it, or name another"
            f" by {setting_name('worker_status_port')}."
        ) from None
    with server:
        _log.info("status_pages_served", address=server.address)
        yield server


def is_reachable(url: str) -> bool:
    """Whether a reporter elsewhere says that it lives."""
    try:
        return httpx.get(f"{url}/healthz", timeout=_REACH_S, trust_env=False).status_code == 200
    except (httpx.HTTPError, httpx.InvalidURL):
        return False


def _config_of(parts: Parts) -> dict[str, str]:
    settings, deployed = parts.settings, parts.deployment
    return {
        "chain_id": str(deployed.chain_id),
        "settlement": deployed.addresses.settlement,
        "programme": deployed.programme,
        "database": settings.database_url.partition(":")[0].partition("+")[0],
        "finality": settings.finality or "",
        "nodes": str(len(settings.rpc_url.split(","))),
        "bump_after_s": str(settings.bump_after_s),
        "most_fee_gwei": str(settings.most_fee_gwei),
    }


def _ready(parts: Parts) -> Sequence[tuple[str, Check]]:
    return ("database", lambda: _problem_of(lambda: require_answer(parts.engine))), (
        "deployment",
        lambda: _problem_of(lambda: parts.deployment),
    )


def started_first(starting: Starting, checks: Sequence[tuple[str, Check]]) -> Sequence[tuple[str, Check]]:
    """What a process waits for at its start, then these checks; none of them is made before that is over."""

    def after_start(check: Check) -> Check:
        return lambda: "not looked at yet" if starting.problem() else check()

    return (("start", starting.problem), *((name, after_start(check)) for name, check in checks))


def _problem_of(look: Callable[[], object]) -> str | None:
    """What an error says, by its name only: whoever asks need not be an operator."""
    try:
        look()
    except MilepostError as error:
        return type(error).__name__
    return None


def _silence_of(clock: Clock) -> str | None:
    silent_s = 0.0
    try:
        clock.now()
        if isinstance(clock, HeldChainClock):
            if clock.silent_s > LONGEST_SILENCE_S:
                # Where no purchase came, nobody asked it.
                clock.ask(_REACH_S)
            silent_s = clock.silent_s
    except ChainError as error:
        return type(error).__name__
    return f"the chain answered {silent_s:.0f} s ago" if silent_s > LONGEST_SILENCE_S else None


def _unanswered(at: float | None, now: Callable[[], float]) -> str | None:
    if at is None:
        return "the chain has not answered yet"
    return f"the chain answered {now() - at:.0f} s ago" if now() - at > LONGEST_SILENCE_S else None


def _late(since_s: float) -> str | None:
    return f"the loop went round {since_s:.0f} s ago" if since_s > LONGEST_ROUND_S else None


def _counting(tell: Callable[[RelayNotice], None], measures: ChainMeasures) -> Callable[[RelayNotice], None]:
    """Tell as before, and count each tx at the cap once."""
    at_cap: set[bytes] = set()

    def told(notice: RelayNotice) -> None:
        tell(notice)
        if notice.kind is NoticeKind.AT_CAP and notice.tx.signed.tx_hash not in at_cap:
            at_cap.add(notice.tx.signed.tx_hash)
            measures.cap_hits.add()

    return told
