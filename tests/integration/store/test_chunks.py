"""Long lists in statements: none takes more values than SQLite or PostgreSQL does, and nothing is lost."""

import pytest
from sqlalchemy import literal, select

from milepost.store.chunks import MOST_IN_STATEMENT, chunks
from milepost.store.engine import open_store, reading


@pytest.mark.parametrize("count", [0, 1, MOST_IN_STATEMENT, MOST_IN_STATEMENT + 1, 3 * MOST_IN_STATEMENT])
def test_chunks__any_number__are_all_of_them_in_order(count: int) -> None:
    found = list(chunks(iter(range(count))))
    assert [value for chunk in found for value in chunk] == list(range(count))
    assert all(0 < len(chunk) <= MOST_IN_STATEMENT for chunk in found)
    assert len(found) == -(-count // MOST_IN_STATEMENT)


def test_chunks__five_values_each__fit_in_one_statement_of_either_database(database_url: str) -> None:
    """A dedupe key has five; a statement that holds too many is refused whole."""
    (chunk,) = chunks(range(MOST_IN_STATEMENT))
    query = select(literal(3)).where(literal(7).in_(range(5 * len(chunk))))
    engine = open_store(database_url)
    with reading(engine) as connection:
        assert connection.execute(query).scalar_one() == 3
    engine.dispose()
