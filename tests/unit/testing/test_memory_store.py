"""The store in memory keeps the promises of every store."""

from collections.abc import Callable

import pytest

from milepost.domain.errors import StoreError
from milepost.ports import Store
from milepost.testing import MemoryStore
from tests.support.store_promises import PROMISES


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
def test_memory_store__as_every_store__keeps_its_promise(promise: Callable[[Store], None]) -> None:
    promise(MemoryStore())


def test_unit_of_work__inside_another__is_refused() -> None:
    """A database that takes its write lock at once would wait for itself."""
    store = MemoryStore()
    with store.unit_of_work(), pytest.raises(StoreError, match="open already"), store.unit_of_work():
        pass
