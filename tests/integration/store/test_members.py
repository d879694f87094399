"""The member directory on SQLite and PostgreSQL: order, profile, encryption, forgetting, replacing."""

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from eth_utils.crypto import keccak
from sqlalchemy import Engine, text

from milepost.domain.errors import StoreError
from milepost.ports import EnrolledMember, MemberRow, PurchaseState
from milepost.store.engine import open_store
from milepost.store.members import SqlMemberDirectory
from milepost.store.unit_of_work import SqlStore
from tests.support.programme import Oracle, submitted

KEY = b"k" * 32


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_store(database_url)
    yield engine
    engine.dispose()


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


def test_directory__at_rest__holds_no_number_and_no_plain_hash(
    tmp_path: Path, engine: Engine, directory: SqlMemberDirectory
) -> None:
    directory.import_members([MemberRow("1000000001"), MemberRow("1000000002")])
    directory.replace("1000000002", "1000000003")
    directory.merge(2, 1)
    engine.dispose()
    for file in tmp_path.iterdir():
        held = file.read_bytes()
        for number in (b"1000000001", b"1000000002", b"1000000003"):
            hashes = [hashlib.new(name, number).digest() for name in ("md5", "sha1", "sha256", "sha3_256")]
            for trace in (number, *hashes, keccak(number)):
                assert trace not in held and trace.hex().encode() not in held


def test_forget__numbers_of_a_member__leave_no_trace_in_the_files(
    sqlite_template: Path, tmp_path: Path
) -> None:
    """Deleted rows stay readable in a file that is not overwritten, and could be decrypted with the key."""
    shutil.copy(sqlite_template, tmp_path / "milepost.db")
    engine = open_store(f"sqlite:///{tmp_path}/milepost.db")
    directory = SqlMemberDirectory(engine, KEY)
    directory.import_members([MemberRow("1000000001"), MemberRow("1000000002")])
    Oracle(store=SqlStore(engine), members=directory).ingest(submitted("1", "1000000002"))
    with engine.connect() as connection:
        rows = connection.execute(text("select * from member_numbers where member_id = 2"))
        traces = [value for row in rows for value in row if isinstance(value, bytes)]
    assert len(traces) == 2
    assert directory.forget("1000000002")
    held = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert not any(trace in held for trace in traces)


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
        for table in ("member_numbers", "purchases", "conflicts"):
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


def test_merge__a_lost_card__leads_both_numbers_to_the_account_that_goes_on(
    directory: SqlMemberDirectory,
) -> None:
    directory.import_members([MemberRow("lost"), MemberRow("kept"), MemberRow("third")])
    directory.merge(1, 2)
    keys = {number: directory.key_of(number) for number in ("lost", "kept", "third")}
    assert directory.ids_of(keys.values()) == {keys["lost"]: 2, keys["kept"]: 2, keys["third"]: 3}
    assert (directory.own_id_of("lost"), directory.heir_of(1), directory.family_of(1)) == (1, 2, [2, 1])
    assert (directory.number_of(1), directory.number_of(2)) == ("lost", "kept")
    assert directory.replace("lost", "found") == 2


def test_import_members__merged_number__leaves_the_profile_of_the_account_that_goes_on(
    engine: Engine, directory: SqlMemberDirectory
) -> None:
    rows = [MemberRow("kept", tier=2, segments=6, enrolled_at=5), MemberRow("lost")]
    directory.import_members(rows)
    directory.merge(2, 1)
    # The list as it was, the lost card after the one that goes on.
    assert directory.import_members(rows) == [
        EnrolledMember(1, 2, 6, False),
        EnrolledMember(1, 0, 0, False, is_merged=True),
    ]
    with engine.connect() as connection:
        kept = connection.execute(text("SELECT tier, segments, enrolled_at FROM members ORDER BY member_id"))
        assert kept.all() == [(2, 6, 5), (0, 0, None)]


def test_merge__in_turn__follows_to_the_last(directory: SqlMemberDirectory) -> None:
    directory.import_members([MemberRow("a"), MemberRow("b"), MemberRow("c")])
    directory.merge(1, 2)
    directory.merge(2, 3)
    assert directory.ids_of([directory.key_of("a")]) == {directory.key_of("a"): 3}
    assert directory.family_of(2) == [3, 2, 1]
    directory.merge(1, 3)
    directory.unmerge(2)
    assert (directory.heir_of(1), directory.heir_of(3), directory.family_of(3)) == (2, 3, [3])


def test_merge__impossible__is_refused(directory: SqlMemberDirectory) -> None:
    directory.import_members([MemberRow("a"), MemberRow("b"), MemberRow("c")])
    directory.merge(1, 2)
    with pytest.raises(StoreError, match="nothing to merge"):
        directory.merge(2, 1)
    with pytest.raises(StoreError, match="nothing to merge"):
        directory.merge(3, 3)
    with pytest.raises(StoreError, match="was merged into member 2"):
        directory.merge(1, 3)


def test_forget__merged_member__deletes_the_numbers_of_all(directory: SqlMemberDirectory) -> None:
    directory.import_members([MemberRow("lost"), MemberRow("kept"), MemberRow("other")])
    directory.merge(1, 2)
    assert directory.forget("lost")
    assert (directory.number_of(1), directory.number_of(2), directory.number_of(3)) == (None, None, "other")
    assert not directory.forget("kept")
    assert directory.import_members([MemberRow("kept")]) == [EnrolledMember(4, 0, 0, True)]


def test_replace__a_conflicting_record_of_the_lost_card__follows_too(
    engine: Engine, directory: SqlMemberDirectory
) -> None:
    """Else forgetting the new number would leave the old one's hash at the conflict."""
    directory.import_members([MemberRow("old")])
    oracle = Oracle(store=SqlStore(engine), members=directory)
    oracle.ingest(submitted("1", "old"), submitted("1", "old", gross_minor=61_601))
    directory.replace("old", "new")
    directory.forget("new")
    with engine.connect() as connection:
        for table in ("purchases", "conflicts"):
            held = f"select count(*) from {table} where member_key is not null"
            assert connection.execute(text(held)).scalar() == 0


def test_case_hash_of__same_case__differs_by_member_and_by_key(
    engine: Engine, directory: SqlMemberDirectory
) -> None:
    found = directory.case_hash_of(1, "case 7")
    assert len(found) == 32
    assert found == SqlMemberDirectory(engine, KEY).case_hash_of(1, "case 7")
    others = {directory.case_hash_of(2, "case 7"), directory.case_hash_of(1, "case 8")}
    assert found not in others | {SqlMemberDirectory(engine, b"x" * 32).case_hash_of(1, "case 7")}
