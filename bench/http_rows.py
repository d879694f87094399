"""Measures purchases accepted a second over HTTP, beside the same server that only writes the row.

`oracle.py` runs it for each kind of database; both servers are processes, on a database each.
"""

from dataclasses import dataclass

from bench.bare_writer import DATABASE
from bench.oracle_databases import Databases
from bench.oracle_programs import BARE_WRITER, Program, running
from bench.oracle_stage import OracleStage
from bench.till_load import Till, send_all

AIM = 1.5
"""Times that the bare writer may be as fast."""
SINGLE_CONNECTIONS, BATCH_CONNECTIONS = 16, 4


@dataclass(frozen=True, slots=True)
class HttpSizes:
    """How much is sent: requests of one purchase, and batches of `batch` purchases each."""

    singles: int = 5_000
    batches: int = 20
    batch: int = 1_000


@dataclass(frozen=True, slots=True)
class HttpRow:
    """Purchases a second, ours and the peer's. Shape: `size` purchases a request."""

    database: str
    size: int
    purchases: int
    connections: int
    per_s: float
    bare_per_s: float

    @property
    def ratio(self) -> float:
        """The peer's over ours; AIM is the most that is aimed at."""
        return self.bare_per_s / self.per_s


def measure_http(stage: OracleStage, server: Program, found: Databases, sizes: HttpSizes) -> list[HttpRow]:
    """A row of single purchases and one of batches; no worker runs meanwhile.

    Raises: ProgramFailed.
    """
    till = stage.till("http")
    ours = _rates(server.port(), till, sizes)
    settings = {**stage.settings, DATABASE: found.new_url()}
    with running(BARE_WRITER, settings, stage.folder / "bare-writer.txt") as writer:
        bare = _rates(writer.port(), till, sizes)
    return [
        HttpRow(found.kind, 1, sizes.singles, SINGLE_CONNECTIONS, ours[0], bare[0]),
        HttpRow(found.kind, sizes.batch, sizes.batches * sizes.batch, BATCH_CONNECTIONS, ours[1], bare[1]),
    ]


def _rates(port: int, till: Till, sizes: HttpSizes) -> tuple[float, float]:
    """Purchases a second, single and in batches, of a server that has answered some already."""
    warm = 2 * SINGLE_CONNECTIONS
    send_all(port, till.singles(warm), connections=SINGLE_CONNECTIONS)
    singles = till.singles(sizes.singles, first=warm)
    single_s = send_all(port, singles, connections=SINGLE_CONNECTIONS)
    batches = till.batches(sizes.batches, size=sizes.batch, first=warm + sizes.singles)
    batch_s = send_all(port, batches, connections=BATCH_CONNECTIONS, size=sizes.batch)
    return sizes.singles / single_s, sizes.batches * sizes.batch / batch_s
