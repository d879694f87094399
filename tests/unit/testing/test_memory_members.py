"""The member directory in memory keeps the promises of the encrypted one."""

import pytest

from milepost.domain.errors import StoreError
from milepost.ports import EnrolledMember, MemberRow
from milepost.testing import MemoryMemberDirectory


def test_memory_directory__import_forget_replace__as_the_real_one() -> None:
    directory = MemoryMemberDirectory(["a", "b"])
    assert directory.import_members([MemberRow("c", 1, 2), MemberRow("a")]) == [
        EnrolledMember(3, 1, 2, True),
        EnrolledMember(1, 0, 0, False),
    ]
    assert directory.forget("b") and not directory.forget("b")
    assert (directory.number_of(2), directory.number_of(1), directory.count()) == (None, "a", 3)
    assert directory.replace("a", "new") == 1
    assert directory.ids_of([directory.key_of("new"), directory.key_of("b")]) == {directory.key_of("new"): 1}


@pytest.mark.parametrize(("old", "new"), [("nobody", "x"), ("a", "b")])
def test_memory_directory__impossible_replacement__is_refused(old: str, new: str) -> None:
    with pytest.raises(StoreError):
        MemoryMemberDirectory(["a", "b"]).replace(old, new)


def test_memory_directory__merge_and_undo__as_the_real_one() -> None:
    directory = MemoryMemberDirectory(["a", "b", "c"])
    directory.merge(1, 2)
    assert (directory.own_id_of("a"), directory.own_id_of("x")) == (1, None)
    assert (directory.lineage_of(1), directory.family_of(1), directory.number_of(1)) == ([1, 2], [2, 1], "a")
    assert directory.import_members([MemberRow("a")]) == [EnrolledMember(2, 0, 0, False, is_merged=True)]
    directory.merge(2, 3)
    assert directory.ids_of([directory.key_of("a")]) == {directory.key_of("a"): 3}
    for into in (1, 3):
        with pytest.raises(StoreError, match="nothing to merge"):
            directory.merge(3, into)
    directory.unmerge(2)
    with pytest.raises(StoreError, match="was merged into member 2"):
        directory.merge(1, 3)
    assert directory.forget("b") and directory.number_of(1) is None
    assert (directory.own_id_of("c"), directory.heir_of(1)) == (3, 2)
    assert directory.case_hash_of(1, "x") != directory.case_hash_of(2, "x")
