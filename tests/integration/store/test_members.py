"""The member directory on SQLite: order, profile, encryption, forgetting, replacing."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from milepost.domain.errors import StoreError
from milepost.ports import EnrolledMember, MemberRow, PurchaseState
from milepost.store.engine import open_store
from milepost.store.members import SqlMemberDirectory
from milepost.store.unit_of_work import SqlStore
from tests.support.programme import Oracle, submitted

KEY = b"k" * 32


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_store(f"sqlite:///{tmp_path}/milepost.db")


@pytest.fixture
def directory(engine: Engine) -> SqlMemberDirectory:
    return SqlMemberDirectory(engine, KEY)


def test_import_members__new_ones__get_ids_in_order(directory: SqlMemberDirectory) -> None:
    rows = [MemberRow("b", tier=1, segments=6, enrolled_at=5), MemberRow("a"), MemberRow("b", tier=2)]
    assert directory.import_members(rows) == [
        EnrolledMember(1, 1, 6, True),
        EnrolledMember(2, 0, 0, True),
        EnrolledMember(1, 2, 0, False),
    ]
    assert directory.count() == 2
    assert directory.import_members([MemberRow("c"), MemberRow("a", tier=3)]) == [
        EnrolledMember(3, 0, 0, True),
        EnrolledMember(2, 3, 0, False),
    ]


def test_import_members__many__keep_their_order(directory: SqlMemberDirectory) -> None:
    enrolled = directory.import_members(MemberRow(f"{number:010d}") for number in range(2_500))
    assert [member.member_id for member in enrolled] == list(range(1, 2_501))
    keys = [directory.key_of(f"{number:010d}") for number in range(2_500)]
    assert list(directory.ids_of(keys).values()) != [] and directory.ids_of(keys)[keys[2_499]] == 2_500


def test_ids_of__unknown__is_missing(directory: SqlMemberDirectory) -> None:
    directory.import_members([MemberRow("a")])
    assert directory.ids_of([directory.key_of("a"), b"?" * 32]) == {directory.key_of("a"): 1}


def test_number_of__known__is_decrypted(directory: SqlMemberDirectory) -> None:
    directory.import_members([MemberRow("1000000001")])
    assert (directory.number_of(1), directory.number_of(2)) == ("1000000001", None)


def test_members_table__at_rest__shows_no_number(engine: Engine, directory: SqlMemberDirectory) -> None:
    directory.import_members([MemberRow("1000000001")])
    with engine.connect() as connection:
        row = connection.execute(text("select * from members")).one()
    assert not any(isinstance(value, bytes) and b"1000000001" in value for value in row)
    assert row.member_key == SqlMemberDirectory(engine, KEY).key_of("1000000001")


def test_directory__another_key__is_refused(engine: Engine, directory: SqlMemberDirectory) -> None:
    directory.import_members([MemberRow("a")])
    with pytest.raises(StoreError, match="not the one the member directory was made with"):
        SqlMemberDirectory(engine, b"x" * 32)


def test_directory__short_key__is_refused(engine: Engine) -> None:
    with pytest.raises(StoreError, match="has 5 bytes: give 32"):
        SqlMemberDirectory(engine, b"short")


def test_forget__known__deletes_every_link_and_keeps_the_id_used(
    engine: Engine, directory: SqlMemberDirectory
) -> None:
    directory.import_members([MemberRow("a"), MemberRow("b")])
    oracle = Oracle(store=SqlStore(engine), members=directory)
    oracle.ingest(submitted("1", "b"), submitted("1", "b", gross_minor=61_601))
    assert directory.forget("b")
    assert not directory.forget("b")
    assert directory.number_of(2) is None
    assert directory.ids_of([directory.key_of("b")]) == {}
    with engine.connect() as connection:
        for table in ("members", "purchases", "conflicts"):
            held = f"select count(*) from {table} where member_key = :key"
            assert connection.execute(text(held), {"key": directory.key_of("b")}).scalar() == 0
    assert directory.import_members([MemberRow("b")]) == [EnrolledMember(3, 0, 0, True)]
    # The record is still the one that was sent.
    assert oracle.ingest(submitted("1", "b"))[0].kind == "duplicate"


def test_replace__lost_card__keeps_id_and_waiting_purchases(
    engine: Engine, directory: SqlMemberDirectory
) -> None:
    directory.import_members([MemberRow("old"), MemberRow("other")])
    oracle = Oracle(store=SqlStore(engine), members=directory)
    oracle.ingest(submitted("1", "old"))
    assert directory.replace("old", "new") == 1
    assert directory.number_of(1) == "new"
    assert directory.ids_of([directory.key_of("old")]) == {}
    with oracle.store.unit_of_work() as work:
        (waiting,) = work.purchases.accepted(["putien"], most=1)
    assert (waiting.member_key, waiting.state) == (directory.key_of("new"), PurchaseState.ACCEPTED)


@pytest.mark.parametrize(
    ("old", "new", "sentence"), [("nobody", "new", "no member's"), ("a", "b", "a member's already")]
)
def test_replace__impossible__is_refused(
    directory: SqlMemberDirectory, old: str, new: str, sentence: str
) -> None:
    directory.import_members([MemberRow("a"), MemberRow("b")])
    with pytest.raises(StoreError, match=sentence):
        directory.replace(old, new)
