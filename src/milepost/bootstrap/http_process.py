"""Runs a process that serves HTTP: from the socket it listens on, over what it waits for, to its end.

`milepost serve` and `milepost reporter` are such processes; each says what is to be made for it.
"""

import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from threading import Event, current_thread, main_thread

import uvicorn
from fastapi import FastAPI

from milepost.bootstrap.ending import ended_by_signals
from milepost.bootstrap.long_running import spare_collector
from milepost.bootstrap.observing import started_first
from milepost.bootstrap.starting import Starting
from milepost.config import Settings, SettingsRefused
from milepost.event_log import EventLog, write_lines
from milepost.observability.measures import make_registry
from milepost.observability.pages import StatusPages
from milepost.observability.status_server import serve_meanwhile

GRACE_S = 20
"""Seconds that requests in progress get when the server is told to end."""
_IDLE_S = 30
_BACKLOG = 1_024


@dataclass(frozen=True, slots=True)
class Served:
    """What a process serves, what it says before its address, and what goes on beside it."""

    app: FastAPI
    title: str
    beside: AbstractContextManager[object] = field(default_factory=nullcontext)


@dataclass(frozen=True, slots=True)
class HttpProcess:
    """A process by its name and its log; `say` tells whoever started it where it listens."""

    name: str
    log: EventLog
    settings: Settings
    say: Callable[[str], None]

    def run(self, make: Callable[[], Served], *, host: str, port: int) -> None:
        """Serve what is made until SIGTERM or SIGINT, which end it with code 0 at every moment.

        Shape: called in the main thread. The port is taken first; while what `make` needs is away, it is
            waited for, and the port answers 503.
        Raises: SettingsRefused if the port is taken; what `make` raises and waiting does not mend.
        """
        starting = Starting(self.log)
        with (
            ended_by_signals(starting.stopping, starting.log, drain_s=GRACE_S),
            open_socket(host, port) as listening,
        ):
            write_lines(sys.stderr)
            served = self._made(make, starting, listening)
            if served is None:
                return
            with served.beside:
                self.say(f"{served.title} {_address_of(listening)}")
                spare_collector()
                make_server(served.app, self.settings, starting.stopping).run(sockets=[listening])

    def _made(
        self, make: Callable[[], Served], starting: Starting, listening: socket.socket
    ) -> Served | None:
        """What is made, now or when its neighbours are there; None if the process is told to stop before."""
        made = starting.attempt(make)
        if made is not None:
            return made
        pages = StatusPages(make_registry(self.name), (), started_first(starting, ()))
        starting.log.info("status_pages_served", address=_address_of(listening))
        with serve_meanwhile(pages, listening):
            return starting.until_there(make)


def make_server(app: FastAPI, settings: Settings, stopping: Event | None = None) -> uvicorn.Server:
    """The server, which ends by SIGTERM or SIGINT once it has answered what it was asked.

    Shape: `stopping` is set if the process was told to end before; then it ends as soon as it has begun.
    """
    return _Server(
        stopping or Event(),
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            ws="none",
            limit_concurrency=settings.http_connections,
            timeout_keep_alive=_IDLE_S,
            timeout_graceful_shutdown=GRACE_S,
        ),
    )


def open_socket(host: str, port: int) -> socket.socket:
    """A socket that listens, so that a port that is taken is told before anything else.

    Raises: SettingsRefused.
    """
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise SettingsRefused(
            f"{host} port {port} cannot be listened on ({error.strerror}): end what uses it, or name another."
        ) from None


class _Server(uvicorn.Server):
    def __init__(self, stopping: Event, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._stopping = stopping

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End by a signal with exit code 0: uvicorn's own raises it again when all is done."""
        if current_thread() is not main_thread():
            yield
            return
        former = {
            number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)
        }
        # Told after this, it is told by `handle_exit`; told before, whoever made it knows.
        self.should_exit = self._stopping.is_set()
        try:
            yield
        finally:
            for number, handler in former.items():
                signal.signal(number, handler)


def _address_of(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
