"""The databases that the bench of the oracle measures on: new and empty each time, of both kinds."""

from pathlib import Path

import pytest

from bench.oracle_databases import KINDS, databases
from milepost.store.engine import open_store


@pytest.mark.parametrize("kind", KINDS)
def test_databases__each_kind__gives_new_ones_that_take_a_store(kind: str, tmp_path: Path) -> None:
    with databases(kind, tmp_path / "databases") as found:
        urls = [found.new_url(), found.new_url()]
        for url in urls:
            engine = open_store(url)
            assert engine.dialect.name == kind
            engine.dispose()
    assert urls[0] != urls[1]
