"""Opens a file of purchases and hands out its lines, bounded, one at a time.

Before it stands a path an operator named, or bytes a partner sent; after it `csv`, `ndjson` and `poslog`
parse them.
"""

from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from milepost.domain.errors import FeedError
from milepost.domain.partner import Partner
from milepost.domain.purchase import SubmittedPurchase
from milepost.domain.quantities import PartnerCode
from milepost.feeds.csv import read_csv
from milepost.feeds.ndjson import read_ndjson
from milepost.feeds.poslog import read_poslog
from milepost.feeds.rows import RowReader
from milepost.ports import Rejection

MOST_LINE_BYTES = 65_536
"""Longest line of a feed in bytes, its end included; a longer one is a rejected row and not kept."""

_READERS = {".csv": read_csv, ".ndjson": read_ndjson, ".jsonl": read_ndjson}
_POSLOG = ".xml"
_CUT = "The file ends in the middle of this row: send it whole, with a line end after its last row."
SUFFIXES = (*_READERS, _POSLOG)
"""How files of purchases end."""


def read_feed(path: Path, partners: Mapping[PartnerCode, Partner]) -> Iterator[SubmittedPurchase | Rejection]:
    """Read a file of purchases by its suffix: `.csv`, `.ndjson`, `.jsonl`, or `.xml` for POSLog.

    Shape: one answer a row that is not blank, in order; a purchase's source is the file's stem unless its
        row names one, and of POSLog always `poslog`. The file is streamed.
    Raises: FeedError if the file cannot be opened, its suffix is another, its header lacks a column, or it is
        no POSLog.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise FeedError(
            f"{path} is no feed by its name: give one that ends in .csv, .ndjson, .jsonl or .xml."
        )
    with open_feed(path) as file:
        if path.suffix.lower() == _POSLOG:
            yield from read_poslog(file, partners, name=str(path))
            return
        yield from _read(path.suffix, file, name=str(path), reader=RowReader(partners, source=path.stem))


def open_feed(path: Path) -> BinaryIO:
    """Open a file that a person named.

    Raises: FeedError if it cannot be read.
    """
    try:
        return path.open("rb")
    except OSError as error:
        raise FeedError(
            f"{path} cannot be read ({error.strerror}): name a file that is there and readable."
        ) from None


def read_feed_bytes(
    content: bytes,
    partners: Mapping[PartnerCode, Partner],
    *,
    source: str,
    suffix: str,
    sender: PartnerCode | None = None,
) -> Iterator[SubmittedPurchase | Rejection]:
    """Read lines of purchases from bytes, as `read_feed` reads a file; `source` is what rows without one get.

    Shape: with a `sender`, rows of other partners are rejected.

    Raises: FeedError as `read_feed`.
    """
    if suffix.lower() not in _READERS:
        raise FeedError(f"{suffix!r} is no format of a feed: send .csv, .ndjson or .jsonl.")
    yield from read_feed_file(
        BytesIO(content), RowReader(partners, source=source, sender=sender), suffix=suffix
    )


def read_feed_file(
    file: BinaryIO, reader: RowReader, *, suffix: str
) -> Iterator[SubmittedPurchase | Rejection]:
    """Read purchases from an open file, streamed, from where it stands.

    Raises: FeedError as `read_feed`.
    """
    yield from _read(suffix, file, name="the body", reader=reader)


def _read(
    suffix: str, file: BinaryIO, *, name: str, reader: RowReader
) -> Iterator[SubmittedPurchase | Rejection]:
    # A row of CSV that was cut in its last cell looks whole; half an object of JSON does not.
    lines = numbered_lines(file, must_end=suffix.lower() == ".csv")
    return _READERS[suffix.lower()](lines, name=name, reader=reader)


def numbered_lines(file: BinaryIO, *, must_end: bool = False) -> Iterator[tuple[int, str | Rejection]]:
    """The lines of a file without their ends, numbered from 1; a Rejection for one that is no text.

    Shape: a byte order mark at the start is taken off; a line may end in LF or CRLF. A last line without any
        is one too, or refused where it `must_end`: the file may have been cut, or be written still.
    """
    number = 0
    while line := file.readline(MOST_LINE_BYTES):
        number += 1
        if len(line) == MOST_LINE_BYTES and not line.endswith(b"\n"):
            while (rest := file.readline(MOST_LINE_BYTES)) and not rest.endswith(b"\n"):
                pass
            yield (
                number,
                Rejection(number, "malformed_row", f"The line is longer than {MOST_LINE_BYTES} bytes."),
            )
            continue
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            yield number, Rejection(number, "malformed_row", "The line is not UTF-8: save the file as UTF-8.")
            continue
        # A header alone has no row that could be cut.
        if must_end and number > 1 and not text.endswith("\n") and text.strip():
            yield number, Rejection(number, "malformed_row", _CUT)
        else:
            yield number, text.rstrip("\r\n")
