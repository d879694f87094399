"""The links between validators, each a proxy on the loopback that a test can cut and heal.

A cut link closes what goes over it and takes nothing new: to either end the other is gone. `bft_network.py`
puts one between every two validators; no root is needed.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any

_CHUNK = 65_536


@dataclass(slots=True)
class Link:
    """One way in to a validator: `port` is what a peer dials, `target` where the validator listens."""

    target: int
    port: int = 0
    is_cut: bool = False
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    async def serve(self) -> asyncio.Server:
        server = await asyncio.start_server(self._pass, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        return server

    def cut(self) -> None:
        """Only on the links' own loop."""
        self.is_cut = True
        for writer in self._open:
            writer.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_cut:
            writer.transport.abort()
            return
        try:
            there, to_there = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        pair = {writer, to_there}
        self._open |= pair
        try:
            await asyncio.gather(_pump(reader, to_there), _pump(there, writer))
        finally:
            self._open -= pair
            for one in pair:
                one.transport.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
    # The other way ends with it.
    writer.transport.abort()


class Links:
    """All links, on one loop in one thread."""

    def __init__(self, links: dict[tuple[int, int], Link], loop: asyncio.AbstractEventLoop) -> None:
        self._links, self._loop = links, loop

    def port(self, dials: int, listens: int) -> int:
        """What one validator dials to reach another."""
        return self._links[dials, listens].port

    def part(self, *groups: set[int]) -> None:
        """Cut every link between two groups; those within one are healed."""
        group_of = {validator: place for place, group in enumerate(groups) for validator in group}
        for (one, other), link in self._links.items():
            if group_of[one] != group_of[other]:
                self._call(link.cut)
            else:
                self._call(_healing(link))

    def heal(self) -> None:
        """Let all pass again; the validators dial each other anew within a second."""
        for link in self._links.values():
            self._call(_healing(link))

    def _call(self, act: Callable[[], None]) -> None:
        async def acting() -> None:
            act()

        asyncio.run_coroutine_threadsafe(acting(), self._loop).result(timeout=10)


def _healing(link: Link) -> Callable[[], None]:
    def heal() -> None:
        link.is_cut = False

    return heal


@contextmanager
def serving_links(p2p_ports: list[int]) -> Iterator[Links]:
    """Links between validators that listen on these ports: of two, the one before dials the other."""
    count = len(p2p_ports)
    links = {(i, j): Link(p2p_ports[j]) for i in range(count) for j in range(i + 1, count)}
    loop, is_up = asyncio.new_event_loop(), Event()
    servers: list[Any] = []

    async def serve() -> None:
        for link in links.values():
            servers.append(await link.serve())
        is_up.set()

    def run() -> None:
        loop.run_until_complete(serve())
        loop.run_forever()

    thread = Thread(target=run, daemon=True)
    thread.start()
    assert is_up.wait(10), "the links do not listen"
    try:
        yield Links(links, loop)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        for server in servers:
            server.close()
        loop.run_until_complete(_end_all())
        loop.close()


async def _end_all() -> None:
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
