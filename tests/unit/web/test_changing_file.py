"""A file of secrets that changes while a process runs."""

from collections.abc import Callable
from pathlib import Path

import pytest

from milepost.chain.key_files import Secret
from milepost.web.changing_file import ChangingFile


def _number(text: Secret) -> int | None:
    return int(text.reveal()) if text.reveal().isdigit() else None


@pytest.fixture
def heard() -> list[int | None]:
    return []


@pytest.fixture
def opened(tmp_path: Path, heard: list[int | None]) -> Callable[[float], ChangingFile[int]]:
    now = iter(range(1_000))
    return lambda every_s: ChangingFile(
        tmp_path / "number", lambda: float(next(now)), _number, heard.append, empty=0, every_s=every_s
    )


def test_current__file_changed__is_read_anew(
    opened: Callable[[float], ChangingFile[int]], heard: list[int | None]
) -> None:
    kept = opened(0)
    assert (kept.read(), kept.current()) == (None, 0)
    kept.file.write_text("7", encoding="utf-8")
    assert (kept.current(), heard) == (7, [7])
    assert (kept.current(), heard) == (7, [7])


def test_current__change_that_cannot_be_read__leaves_what_was_read_before(
    opened: Callable[[float], ChangingFile[int]], heard: list[int | None]
) -> None:
    kept = opened(0)
    kept.file.write_text("7", encoding="utf-8")
    assert kept.read() == 7
    kept.file.write_text("none", encoding="utf-8")
    assert (kept.current(), heard) == (7, [None])
    kept.file.unlink()
    assert (kept.current(), heard) == (7, [None, None])


def test_current__looked_at_a_moment_ago__is_not_looked_at(
    opened: Callable[[float], ChangingFile[int]],
) -> None:
    kept = opened(100)
    kept.file.write_text("7", encoding="utf-8")
    assert kept.read() == 7
    kept.file.write_text("12", encoding="utf-8")
    assert kept.current() == 7
