"""Answers to repeated requests, kept by partner and key on either database."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Engine, select

from milepost.domain.quantities import PartnerCode
from milepost.ports import StoredAnswer
from milepost.store.answers import ROW_BYTES, SqlAnswerStore
from milepost.store.engine import open_store
from milepost.store.tables import stored_answers

FIRST = StoredAnswer(b"h" * 32, b"{}", 100)


def test_keep__same_key_again__the_first_stands_until_it_is_old(database_url: str) -> None:
    engine: Engine = open_store(database_url)
    answers = SqlAnswerStore(engine)
    assert answers.find("putien", "a", since_s=0) is None
    answers.keep("putien", "a", FIRST, since_s=0)
    answers.keep("putien", "a", StoredAnswer(b"o" * 32, b"[]", 101), since_s=0)
    assert answers.find("putien", "a", since_s=100) == FIRST
    assert answers.find("putien", "a", since_s=101) is None
    assert answers.find("tamarind", "a", since_s=0) is None
    later = StoredAnswer(b"o" * 32, b"[]", 200)
    answers.keep("putien", "a", later, since_s=101)
    assert answers.find("putien", "a", since_s=0) == later


def sized(number: int, *, size: int = 1_000) -> StoredAnswer:
    return StoredAnswer(b"h" * 32, b"x" * (size - ROW_BYTES), number)


def kept(engine: Engine, partner: str) -> list[int]:
    with engine.connect() as connection:
        query = select(stored_answers.c.stored_at).where(stored_answers.c.partner == partner)
        return sorted(connection.execute(query).scalars())


def test_keep__many_at_once__keeps_each_of_them(database_url: str) -> None:
    """Finding: on PostgreSQL more than half went without a word, and their keys could be used again."""
    answers = SqlAnswerStore(open_store(database_url))

    def keep(sender: int) -> None:
        for number in range(20):
            answers.keep(PartnerCode(f"p-{sender % 2}"), f"k-{sender}-{number}", FIRST, since_s=50)

    with ThreadPoolExecutor(6) as senders:
        list(senders.map(keep, range(6)))
    for sender in range(6):
        for number in range(20):
            found = answers.find(PartnerCode(f"p-{sender % 2}"), f"k-{sender}-{number}", since_s=50)
            assert found == FIRST


def test_keep__more_than_the_budget__drops_the_oldest_of_that_partner_alone(database_url: str) -> None:
    engine: Engine = open_store(database_url)
    answers = SqlAnswerStore(engine, most_bytes=16_000)
    answers.keep("tamarind", "k-0", sized(0), since_s=0)
    most = 0
    for number in range(60):
        answers.keep("putien", f"k-{number}", sized(number), since_s=0)
        found = kept(engine, "putien")
        # Those that are left are the newest ones, without a gap.
        assert found == list(range(found[0], number + 1))
        most = max(most, len(found))
    assert 14 <= most <= 16
    assert kept(engine, "tamarind") == [0]


def test_keep__answers_of_a_process_before__count_at_the_first_look(database_url: str) -> None:
    engine: Engine = open_store(database_url)
    larger = SqlAnswerStore(engine, most_bytes=1_000_000)
    for number in range(50):
        larger.keep("putien", f"k-{number}", sized(number), since_s=0)
    SqlAnswerStore(engine, most_bytes=16_000).keep("putien", "k-50", sized(50), since_s=0)
    assert kept(engine, "putien") == list(range(37, 51))


def test_keep__larger_than_the_budget__is_not_kept_and_nothing_fails(database_url: str) -> None:
    engine: Engine = open_store(database_url)
    answers = SqlAnswerStore(engine, most_bytes=16_000)
    answers.keep("putien", "k-1", sized(1, size=20_000), since_s=0)
    assert kept(engine, "putien") == []
