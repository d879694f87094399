"""Stores what concurrent requests bring in shared units of work, one after the other.

Before it `purchases` and `files` have parsed records; after it every one has its answer, and is on disk.
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from milepost.domain.purchase import SubmittedPurchase
from milepost.pipeline.ingest_purchase import RECORDS_A_UNIT, Answer, Ingest, ingest_many
from milepost.ports import JudgedAt, Rejection

Records = Sequence[SubmittedPurchase | Rejection]


@dataclass(slots=True)
class _Waiting:
    records: Records
    judged_at: JudgedAt | None
    answered: "asyncio.Future[list[Answer]]"


@dataclass(slots=True)
class Intake:
    """Takes records from the event loop and stores them in one thread.

    A commit waits for the disk, whether it holds one purchase or hundreds; so what arrives meanwhile goes
    into the next one together. One thread is enough: the database takes one writer at a time.
    """

    ingest: Ingest
    _waiting: list[_Waiting] = field(default_factory=list)
    _job: "asyncio.Future[list[Answer]] | None" = None
    _thread: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="milepost-intake")
    )

    async def take(self, records: Records, judged_at: JudgedAt | None = None) -> list[Answer]:
        """Store records; the answers in their order, once all of them are committed.

        Shape: judged by the time given, or by the time at which they are stored.
        Raises: StoreError, ChainError as `ingest_many`: units before the one that failed are stored.
        """
        if not records:
            return []
        answered: asyncio.Future[list[Answer]] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(records, judged_at, answered))
        self._begin()
        return await answered

    async def close(self) -> None:
        """Wait until what was begun is stored."""
        await asyncio.to_thread(self._thread.shutdown)

    def _begin(self) -> None:
        if self._job is not None or not self._waiting:
            return
        group = self._next_group()
        records = [record for one in group for record in one.records]
        loop = asyncio.get_running_loop()
        self._job = loop.run_in_executor(self._thread, self._store, records, group[0].judged_at)
        self._job.add_done_callback(lambda job: self._answer(group, job))

    def _next_group(self) -> list[_Waiting]:
        """As many as fit in one unit of work and are judged by one time, and at least one."""
        size, count = 0, 0
        for one in self._waiting:
            size += len(one.records)
            is_judged_alike = one.judged_at == self._waiting[0].judged_at
            if count and (size > RECORDS_A_UNIT or not is_judged_alike):
                break
            count += 1
        group, self._waiting = self._waiting[:count], self._waiting[count:]
        return group

    def _store(self, records: Records, judged_at: JudgedAt | None) -> list[Answer]:
        return list(ingest_many(records, replace(self.ingest, judged_at=judged_at)))

    def _answer(self, group: Sequence[_Waiting], job: "asyncio.Future[list[Answer]]") -> None:
        self._job = None
        self._begin()
        error, first = job.exception(), 0
        for one in group:
            # Whoever waited may have gone: its records are stored all the same.
            if not one.answered.done():
                if error is not None:
                    one.answered.set_exception(error)
                else:
                    one.answered.set_result(job.result()[first : first + len(one.records)])
            first += len(one.records)
