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
