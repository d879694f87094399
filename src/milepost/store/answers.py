"""Keeps the answers that requests with an Idempotency-Key got, for a day or as long as is set.

A partner's answers have a budget in bytes: what is over it goes, the oldest first. A request whose answer has
gone is done again when it comes again, and every record of it is a duplicate.

The HTTP interface asks it before it does a request's work, and fills it after.
"""

from collections import Counter
from contextlib import suppress
from threading import Lock

from sqlalchemy import ColumnElement, Engine, delete, func, insert, select

from milepost.domain.quantities import PartnerCode
from milepost.ports import StoreBusy, StoredAnswer
from milepost.store.engine import reading, seeing_the_latest
from milepost.store.failures import answering
from milepost.store.tables import stored_answers as answers

MOST_BYTES = 64 << 20
"""Bytes of a partner's answers where nothing else is set."""
ROW_BYTES = 512
"""What an answer costs at most besides its body: hash, time, the database's own, and the longest key twice:
the index holds it as well."""
_SHARE = 8
"""A process looks at a partner's answers anew once it added such a part of the budget."""


class SqlAnswerStore:
    """The port `AnswerStore` over a migrated database.

    Units: `most_bytes` of a partner's answers; each further process may go over it by an eighth.
    """

    def __init__(self, engine: Engine, *, most_bytes: int = MOST_BYTES) -> None:
        self._engine, self._most_bytes = engine, most_bytes
        self._added: Counter[PartnerCode] = Counter()
        self._lock = Lock()

    def find(self, partner: PartnerCode, key: str, *, since_s: int) -> StoredAnswer | None:
        query = select(answers).where(
            answers.c.partner == partner,
            answers.c.idempotency_key == key,
            answers.c.stored_at >= since_s,
        )
        with answering(), reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else StoredAnswer(row.request_hash, row.body, row.stored_at)

    def keep(self, partner: PartnerCode, key: str, answer: StoredAnswer, *, since_s: int) -> None:
        self._drop(answers.c.stored_at < since_s)
        values = {
            "partner": partner,
            "idempotency_key": key,
            "request_hash": answer.request_hash,
            "body": answer.body,
            "stored_at": answer.stored_at,
        }
        try:
            # The primary key keeps them apart: serializable, any two at once would send one of them back.
            with answering(), seeing_the_latest(self._engine) as connection:
                connection.execute(insert(answers).values(values))
        except StoreBusy:
            # The same request came twice at once: the first answer stands.
            return
        if self._is_due(partner, ROW_BYTES + len(answer.body)):
            self._drop_oldest(partner)

    def _is_due(self, partner: PartnerCode, added: int) -> bool:
        """Count what was added; whether to look at the partner's answers, as is done the first time."""
        with self._lock:
            is_first = partner not in self._added
            self._added[partner] += added
            is_due = is_first or self._added[partner] * _SHARE >= self._most_bytes
            if is_due:
                self._added[partner] = 0
            return is_due

    def _drop_oldest(self, partner: PartnerCode) -> None:
        """Leave the newest answers that fit, with room for what comes before the next look."""
        cost = func.length(answers.c.body) + ROW_BYTES
        newest_first = answers.c.stored_at.desc(), answers.c.idempotency_key.desc()
        summed = (
            select(answers.c.idempotency_key, func.sum(cost).over(order_by=newest_first).label("so_far"))
            .where(answers.c.partner == partner)
            .subquery()
        )
        room = self._most_bytes - self._most_bytes // _SHARE
        beyond = select(summed.c.idempotency_key).where(summed.c.so_far > room)
        self._drop(answers.c.partner == partner, answers.c.idempotency_key.in_(beyond))

    def _drop(self, *which: ColumnElement[bool]) -> None:
        with suppress(StoreBusy), answering(), seeing_the_latest(self._engine) as connection:
            # Another process that is at it does the same.
            connection.execute(delete(answers).where(*which))
