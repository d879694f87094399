"""Streams the transactions of a POSLog file: XML that anybody may have sent, one of them in memory at a time.

Before it `files` opens the file; after it `poslog_sale` says of each transaction what it is, and `rows` makes
a purchase of it. No document type, no entity and nothing outside the file is read; depth, and the size and
number of elements of a transaction, are bounded. Source: ARTS (NRF) POSLog 2 to 6; docs/feeds.md, POSLog.
"""

from collections.abc import Iterator, Mapping
from typing import BinaryIO
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from milepost.domain.errors import FeedError
from milepost.domain.feed_connection import FeedSystem
from milepost.domain.partner import Partner
from milepost.domain.purchase import SubmittedPurchase
from milepost.domain.quantities import PartnerCode
from milepost.feeds.outside import EventRefused, Outside
from milepost.feeds.poslog_sale import fields_of, local_name
from milepost.ports import Rejection

MOST_DEPTH = 32
"""Deepest element; POSLog needs about a dozen levels."""
MOST_ELEMENTS = 20_000
"""Most elements of a transaction; a table of a hundred has a twentieth."""
MOST_TRANSACTION_BYTES = 4 << 20
"""Most bytes between the ends of two transactions."""

MALFORMED = "malformed_xml"
"""Code of the rejection that ends a file whose rest cannot be read."""

_ROOT, _TRANSACTION = "POSLog", "Transaction"


class _Malformed(Exception):
    """What the file holds from here on cannot be told apart."""


def read_poslog(
    file: BinaryIO, partners: Mapping[PartnerCode, Partner], *, name: str
) -> Iterator[SubmittedPurchase | Rejection]:
    """Read a file of transactions as they come, for the partners with a `poslog` connection.

    Shape: a record a transaction that moved money, whose line is the place of the transaction in the file,
        from 1; none for a training, cancelled or suspended one and for what a till tells of itself. Where
        the XML ends in the middle, or holds what is not read, the last record is a rejection that says so,
        and everything before it stands.
    Raises: FeedError if the file is no POSLog at all.
    """
    return read_transactions(file, Outside(partners.values(), FeedSystem.POSLOG), name=name)


def read_transactions(
    file: BinaryIO, outside: Outside, *, name: str
) -> Iterator[SubmittedPurchase | Rejection]:
    """Read a file of transactions as `read_poslog`, by what stands for the partners' outlets.

    Raises: FeedError as `read_poslog`.
    """
    place = 0
    try:
        for place, transaction in enumerate(_transactions(_Metered(file)), 1):
            record = _record(place, transaction, outside)
            if record is not None:
                yield record
    except _Malformed as error:
        if not place:
            raise FeedError(f"{name} is no POSLog that can be read: {error}.") from None
        yield Rejection(
            place + 1,
            MALFORMED,
            f"The file cannot be read after its transaction {place}: {error}. What came before it stands.",
        )


def _record(place: int, transaction: Element, outside: Outside) -> SubmittedPurchase | Rejection | None:
    try:
        fields = fields_of(transaction, outside)
    except EventRefused as refused:
        return Rejection(place, refused.code, str(refused))
    return None if fields is None else outside.read(place, fields)


def _transactions(file: "_Metered") -> Iterator[Element]:
    """Each transaction below the root, taken out of the tree once it is handed out.

    Raises: _Malformed.
    """
    open_elements: list[Element] = []
    count = 0
    events = iterparse(file, events=("start", "end"), forbid_dtd=True)
    while (event := _next(events)) is not None:
        kind, element = event
        if kind == "start":
            count += 1
            open_elements.append(element)
            _require_bounds(open_elements, count)
            continue
        open_elements.pop()
        if len(open_elements) == 1:
            if local_name(element) == _TRANSACTION:
                yield element
            # Also what is no transaction: else a file of nothing else would grow in memory.
            open_elements[0].clear()
            count = 0
            file.meter = 0


def _next(events: Iterator[tuple[str, Element]]) -> tuple[str, Element] | None:
    try:
        return next(events, None)
    except DefusedXmlException:
        raise _Malformed("it has a document type or entities, which are not read") from None
    except ParseError as error:
        # Of a syntax error expat says line and column, and shows nothing of the file.
        raise _Malformed(f"its XML is not well formed, {error}") from None
    except (ValueError, LookupError, UnicodeError):
        raise _Malformed("its encoding is not known, or is not the one it states; save it as UTF-8") from None


def _require_bounds(open_elements: list[Element], count: int) -> None:
    if len(open_elements) == 1 and local_name(open_elements[0]) != _ROOT:
        raise _Malformed(f"its outermost element is not {_ROOT}")
    if len(open_elements) > MOST_DEPTH:
        raise _Malformed(f"it nests deeper than {MOST_DEPTH} elements")
    if count > MOST_ELEMENTS:
        raise _Malformed(f"a transaction has more than {MOST_ELEMENTS} elements")


class _Metered:
    """A file whose reader is stopped when a single transaction never ends."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.meter = 0

    def read(self, size: int = -1) -> bytes:
        content = self._file.read(size)
        self.meter += len(content)
        if self.meter > MOST_TRANSACTION_BYTES:
            raise _Malformed(f"a transaction is larger than {MOST_TRANSACTION_BYTES} bytes")
        return content
