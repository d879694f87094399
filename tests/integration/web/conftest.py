"""The HTTP interface behind a real socket."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.web_stage import WebStage, make_stage, served


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[WebStage]:
    with served(make_stage(tmp_path)) as found:
        yield found
