"""Keeps the answers that requests with an Idempotency-Key got, for a day or as long as is set.

The HTTP interface asks it before it does a request's work, and fills it after.
"""

from sqlalchemy import Engine, delete, insert, select

from milepost.domain.quantities import PartnerCode
from milepost.ports import StoreBusy, StoredAnswer
from milepost.store.engine import reading
from milepost.store.failures import answering
from milepost.store.tables import stored_answers as answers


class SqlAnswerStore:
    """The port `AnswerStore` over a migrated database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

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
        values = {
            "partner": partner,
            "idempotency_key": key,
            "request_hash": answer.request_hash,
            "body": answer.body,
            "stored_at": answer.stored_at,
        }
        try:
            with answering(), self._engine.begin() as connection:
                connection.execute(delete(answers).where(answers.c.stored_at < since_s))
                connection.execute(insert(answers).values(values))
        except StoreBusy:
            # The same request came twice at once: the first answer stands.
            return
