"""Figures of a store."""

from pathlib import Path

import pytest

from milepost.domain.errors import StoreError
from milepost.store.engine import open_engine, open_store
from milepost.store.figures import read_figures, require_answer
from tests.support.web_stage import a_row, answers_of, make_stage, served


def test_read_figures__an_empty_store__is_all_zero(tmp_path: Path) -> None:
    found = read_figures(open_store(f"sqlite:///{tmp_path}/milepost.db"))
    assert (found.purchases, found.oldest_waiting_at, found.in_flight) == ({}, None, {})
    assert (found.read_up_to, found.feed_copies, found.oldest_copy_at) == (None, 0, None)


def test_read_figures__a_purchase_waits__is_counted_with_its_age(tmp_path: Path) -> None:
    with served(make_stage(tmp_path)) as stage:
        assert answers_of(stage.post(a_row())) == ["accepted"]
    found = read_figures(open_store(f"sqlite:///{tmp_path}/milepost.db"))
    assert found.purchases == {"accepted": 1}
    assert found.oldest_waiting_at is not None


def test_require_answer__no_tables__is_an_error_of_the_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        require_answer(open_engine(f"sqlite:///{tmp_path}/empty.db"))
