"""What concurrent requests bring is stored together, each gets its own answers, a failure is everybody's."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from milepost.domain.calendar import SECONDS_A_DAY
from milepost.domain.errors import StoreError
from milepost.pipeline.ingest_purchase import MOST_TRIES, Answer, AnswerKind, Ingest
from milepost.ports import JudgedAt, Rejection, StoreBusy
from milepost.testing import FixedClock, MemoryMemberDirectory, MemoryStore
from milepost.web.intake import Intake
from tests.support.programme import ACCEPT, NOON_S, submitted


@dataclass
class CountingStore:
    """A store that counts its units of work, and fails the first ones as it is told."""

    failures: list[StoreError] = field(default_factory=list)
    store: MemoryStore = field(default_factory=MemoryStore)
    units: int = 0

    @contextmanager
    def unit_of_work(self) -> Iterator[Any]:
        self.units += 1
        if self.failures:
            raise self.failures.pop(0)
        with self.store.unit_of_work() as work:
            yield work


def intake_over(store: CountingStore) -> Intake:
    return Intake(Ingest(store, MemoryMemberDirectory(), ACCEPT, FixedClock(NOON_S)))


def taken(intake: Intake, *groups: list[Any]) -> list[Any]:
    async def take_all() -> list[Any]:
        found = await asyncio.gather(*map(intake.take, groups), return_exceptions=True)
        await intake.close()
        return list(found)

    return asyncio.run(take_all())


def kinds(answers: list[Answer]) -> list[AnswerKind]:
    return [answer.kind for answer in answers]


def test_take__judged_by_different_times__each_by_its_own() -> None:
    """Copies of hours ago, and one that nobody dated: they share no unit of work."""
    store = CountingStore()
    intake = intake_over(store)
    late = SECONDS_A_DAY * ACCEPT.oldest_days
    sale = submitted("A-0").purchase.occurred_at_s
    times = [JudgedAt(sale + late, NOON_S), JudgedAt(sale + late + 1, NOON_S), None, JudgedAt(0, 0)]

    async def take_all() -> list[Any]:
        taking = [intake.take([submitted(f"A-{place}")], at) for place, at in enumerate(times)]
        found = await asyncio.gather(*taking)
        await intake.close()
        return [answers[0].code for answers in found]

    assert asyncio.run(take_all()) == [None, "too_old", None, "in_future"]
    assert store.units == 4


def test_take__many_at_once__share_units_and_get_their_own_answers() -> None:
    store = CountingStore()
    groups = [[submitted(f"A-{number}")] for number in range(50)]
    groups[7] = [submitted("A-0"), Rejection(2, "bad_amount", "No.")]
    found = taken(intake_over(store), *groups)
    assert kinds(found[7]) == [AnswerKind.DUPLICATE, AnswerKind.REJECTED]
    assert all(kinds(answers) == [AnswerKind.ACCEPTED] for number, answers in enumerate(found) if number != 7)
    # The first goes alone, and all that came meanwhile go together.
    assert store.units == 2


def test_take__nothing__is_answered_without_a_unit() -> None:
    store = CountingStore()
    assert taken(intake_over(store), []) == [[]]
    assert store.units == 0


def test_take__more_than_a_unit__is_answered_whole() -> None:
    store = CountingStore()
    found = taken(intake_over(store), [submitted(f"A-{number}") for number in range(2_500)], [submitted("B")])
    assert (len(found[0]), kinds(found[1])) == (2_500, [AnswerKind.ACCEPTED])


def test_take__another_process_was_quicker__is_tried_again() -> None:
    store = CountingStore([StoreBusy("quicker"), StoreBusy("quicker")])
    assert kinds(taken(intake_over(store), [submitted()])[0]) == [AnswerKind.ACCEPTED]
    assert store.units == 3


@pytest.mark.parametrize(
    "failures", [[StoreError("full")], [StoreBusy("quicker") for _ in range(MOST_TRIES)]]
)
def test_take__store_fails__is_told_and_the_next_is_taken(failures: list[StoreError]) -> None:
    store = CountingStore(failures)
    first, second = taken(intake_over(store), [submitted()], [submitted("A-2")])
    assert isinstance(first, StoreError)
    assert kinds(second) == [AnswerKind.ACCEPTED]
