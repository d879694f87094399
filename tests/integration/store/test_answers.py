"""Answers to repeated requests, kept by partner and key on either database."""

from sqlalchemy import Engine

from milepost.ports import StoredAnswer
from milepost.store.answers import SqlAnswerStore
from milepost.store.engine import open_store

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
