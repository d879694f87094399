"""Files that are written whole: who reads meanwhile finds the former text or the new, never a part."""

import os
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest

from milepost.whole_file import OPEN_TO_ITS_OWNER, alone_in, write_whole

LONG = 200_000


def test_write_whole__many_at_once__one_of_them_stands_and_each_reader_finds_a_whole_one(
    tmp_path: Path,
) -> None:
    path = tmp_path / "file.json"
    texts = {letter * LONG for letter in "abcdefgh"}
    write_whole(path, "a" * LONG)
    with ThreadPoolExecutor(8) as threads:
        written = [threads.submit(write_whole, path, text) for text in sorted(texts) * 3]
        while not all(one.done() for one in written):
            assert path.read_text() in texts
        for one in written:
            one.result()
    assert path.read_text() in texts
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(("mode", "expected"), [(OPEN_TO_ITS_OWNER, 0o600), (0o666, 0o640)])
def test_write_whole__mode__is_as_asked_less_the_umask(tmp_path: Path, mode: int, expected: int) -> None:
    with umask(0o027):
        write_whole(tmp_path / "file", "text", mode=mode)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == expected


def test_write_whole__cannot_be_written__leaves_the_former_file_and_no_draft(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_whole(path, "former")
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "half of a character: \ud800")
    assert (path.read_text(), list(tmp_path.iterdir())) == ("former", [path])
    with pytest.raises(OSError, match="no-such-folder"):
        write_whole(tmp_path / "no-such-folder" / "file", "text")


def test_alone_in__another_is_in_it__waits_for_its_end(tmp_path: Path) -> None:
    order: list[str] = []
    asked = Event()

    def come_second() -> None:
        asked.set()
        with alone_in(tmp_path):
            order.append("second")

    with ThreadPoolExecutor(1) as threads:
        with alone_in(tmp_path):
            second = threads.submit(come_second)
            assert asked.wait(10)
            order.append("first")
        second.result(10)
    assert order == ["first", "second"]
    assert list(tmp_path.iterdir()) == []


@contextmanager
def umask(mask: int) -> Iterator[None]:
    former = os.umask(mask)
    try:
        yield
    finally:
        os.umask(former)
