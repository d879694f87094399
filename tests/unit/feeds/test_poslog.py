"""POSLog: a file is streamed, hostile XML is refused, and a bad transaction never spoils the rest."""

import random
import re
from collections.abc import Iterator
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milepost.domain.errors import FeedError
from milepost.domain.purchase import Purchase, SubmittedPurchase
from milepost.feeds import poslog
from milepost.feeds.poslog import read_poslog
from milepost.ports import Rejection
from tests.support.poslogs import POSLOG, link_to, poslog_of, transaction_of
from tests.support.programme import a_partner

PARTNERS = {"putien": a_partner(feeds=(POSLOG,))}
BOMB = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">
<!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">]><POSLog>&lol2;</POSLog>"""
OUTSIDE_FILE = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY xx SYSTEM "file:///etc/passwd">]>
<POSLog>&xx;</POSLog>"""
OUTSIDE_DTD = b'<?xml version="1.0"?><!DOCTYPE POSLog SYSTEM "http://127.0.0.1:9/x.dtd"><POSLog></POSLog>'


def _read(content: bytes) -> list[SubmittedPurchase | Rejection]:
    return list(read_poslog(BytesIO(content), PARTNERS, name="may.xml"))


def _purchases(content: bytes) -> list[Purchase]:
    return [record.purchase for record in _read(content) if isinstance(record, SubmittedPurchase)]


def _shape(content: bytes) -> list[tuple[int | None, str]]:
    return [
        (record.line, record.purchase.kind.name if isinstance(record, SubmittedPurchase) else record.code)
        for record in _read(content)
    ]


@pytest.mark.parametrize("namespace", ["", 'xmlns="http://www.nrf-arts.org/IXRetail/namespace/"'])
def test_read_poslog__sales_with_and_without_namespace__are_purchases(namespace: str) -> None:
    content = poslog_of(transaction_of(), transaction_of(sequence="42"), namespace=namespace)
    assert [one.sale_ref for one in _purchases(content)] == ["1001-7-20180514-41", "1001-7-20180514-42"]


def test_read_poslog__bad_transaction__does_not_spoil_the_others() -> None:
    content = poslog_of(transaction_of(), transaction_of(store="9"), transaction_of(sequence="43"))
    assert _shape(content) == [(1, "SALE"), (2, "unknown_outlet"), (3, "SALE")]


def test_read_poslog__what_moved_no_money__has_a_place_and_no_record() -> None:
    training = transaction_of(attributes='TrainingModeFlag="true"')
    assert _shape(poslog_of(training, transaction_of())) == [(2, "SALE")]
    assert _shape(poslog_of(training)) == []


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16", "ISO-8859-1"])
def test_read_poslog__encoding_that_it_states__is_read(encoding: str) -> None:
    text = poslog_of(transaction_of(sequence="41")).decode().replace("UTF-8", encoding)
    assert len(_purchases(text.encode(encoding))) == 1


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "not well formed"),
        (b"partner,sale_ref\n", "not well formed"),
        (b"<html></html>", "outermost element is not POSLog"),
        (BOMB, "document type or entities"),
        (OUTSIDE_FILE, "document type or entities"),
        (OUTSIDE_DTD, "document type or entities"),
        (b'<?xml version="1.0" encoding="klingon"?><POSLog/>', "encoding"),
        (b"<POSLog>" + b"<a>" * 100_000, "nests deeper"),
        (b"<POSLog><Transaction>" + b"<a/>" * 30_000, "more than 20000 elements"),
        (poslog_of().decode().encode("utf-16")[2:], "not well formed"),
    ],
)
def test_read_poslog__no_poslog__refuses_the_file(content: bytes, sentence: str) -> None:
    with pytest.raises(FeedError, match=f"may.xml is no POSLog that can be read: .*{sentence}"):
        _read(content)


@pytest.mark.parametrize("cut", [b"</POSLog>", b"</Transaction>\n</POSLog>"])
def test_read_poslog__file_cut_short__keeps_what_came_before(cut: bytes) -> None:
    content = poslog_of(transaction_of(), transaction_of(sequence="42"))
    content = content[: content.index(cut)]
    assert _shape(content)[0] == (1, "SALE")
    assert _shape(content)[-1][1] == "malformed_xml"


def test_read_poslog__entity_after_good_transactions__ends_the_file_there() -> None:
    content = poslog_of(transaction_of(), transaction_of(sequence="&x;"))
    assert _shape(content) == [(1, "SALE"), (2, "malformed_xml")]


class _Endless:
    """A file that goes on as long as it is read; counts what was taken."""

    def __init__(self, head: bytes, piece: bytes) -> None:
        self._rest, self._piece, self.taken = head, piece, 0

    def read(self, size: int) -> bytes:
        self._rest = self._rest or self._piece
        found, self._rest = self._rest[:size], self._rest[size:]
        self.taken += len(found)
        return found


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (b"<POSLog><Transaction><Note>", b"x" * 65_536),
        (b'<POSLog><Transaction Note="', b"x" * 65_536),
        (b"<POSLog>", b" " * 65_536),
        (b"<POSLog><!--", b"x" * 65_536),
    ],
)
def test_read_poslog__transaction_without_end__is_left_off_early(head: bytes, piece: bytes) -> None:
    file = _Endless(head, piece)
    with pytest.raises(FeedError, match="larger than"):
        list(read_poslog(file, PARTNERS, name="may.xml"))  # type: ignore[arg-type]
    assert file.taken < 2 * poslog.MOST_TRANSACTION_BYTES


def test_read_poslog__many_transactions__are_never_all_in_memory() -> None:
    file = _Endless(b"<POSLog>", transaction_of().encode())
    records: Iterator[object] = read_poslog(file, PARTNERS, name="may.xml")  # type: ignore[arg-type]
    for _ in range(200):
        next(records)
    assert file.taken < 400 * len(transaction_of())


@settings(deadline=None, max_examples=60)
@given(st.randoms(use_true_random=False))
def test_read_poslog__transactions_in_any_order_and_twice__are_the_same_set(order: random.Random) -> None:
    void = transaction_of(link_to(reason="Void"), retail="PostVoidTransaction", sequence="50")
    sent = [transaction_of(), transaction_of(sequence="42"), void]
    sent += order.sample(sent, 2)
    order.shuffle(sent)
    assert len(set(_purchases(poslog_of(*sent)))) == 3


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=300), st.integers(0, 3_000), st.integers(0, 400))
def test_read_poslog__any_bytes_anywhere__raise_only_its_own_error(
    spoiled: bytes, at: int, left_out: int
) -> None:
    whole = poslog_of(transaction_of(), transaction_of(sequence="42"))
    try:
        records = _read(whole[:at] + spoiled + whole[at + left_out :])
    except FeedError:
        return
    assert all(isinstance(record, Rejection | SubmittedPurchase) for record in records)


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=40), st.sampled_from(sorted(set(re.findall(r">([^<>]+)<", transaction_of())))))
def test_read_poslog__any_text_in_any_element__raises_only_its_own_error(text: str, replaced: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").encode("utf-8", "ignore")
    content = poslog_of().replace(f">{replaced}<".encode(), b">" + escaped + b"<")
    try:
        records = _read(content)
    except FeedError:
        return
    assert all(isinstance(record, Rejection | SubmittedPurchase) for record in records)
