"""Enrolling: the directory and the ledger hold the same members, whatever was cut short.

given new members                     then one tx opens all accounts, and profiles that differ are written
given rows with times of enrolment    then those that differ are written, several a tx
given members enrolled before         then nothing is sent for those whose profile stands
given an import cut short             then the next one opens the accounts that were left
given a ledger ahead of the directory then it is refused: ids would be given twice
given the directory was lost          then the same lists in their order bring the ids back, nothing is sent
"""

import pytest

from milepost.pipeline import enrol_members as module
from milepost.pipeline.enrol_members import (
    DirectoryLost,
    EnrolmentUnfinished,
    ListsTooLong,
    enrol_members,
    require_all_enrolled,
    restore_members,
)
from milepost.ports import MemberProfile, MemberRow, TxUnderfunded
from milepost.testing import FakeMemberLedger, MemoryMemberDirectory
from tests.support.ledgers import a_lot_ledger


def _ledger(**changes: object) -> FakeMemberLedger:
    return FakeMemberLedger(a_lot_ledger(), **changes)


ROWS = [MemberRow("A"), MemberRow("B", tier=1, segments=6), MemberRow("C")]


def test_enrol_members__new__opens_all_in_one_tx() -> None:
    directory, ledger = MemoryMemberDirectory(), _ledger()
    done = enrol_members(ROWS, directory, ledger=ledger)
    assert [answer.member_id for answer in done.answers] == [1, 2, 3]
    assert (done.opened, done.profiles, ledger.txs, ledger.enrolled()) == (3, 1, 2, 3)
    assert ledger.profile_of(2) == MemberProfile(1, 6)
    require_all_enrolled(directory, ledger)


def test_enrol_members__again__sends_nothing() -> None:
    directory, ledger = MemoryMemberDirectory(), _ledger()
    enrol_members(ROWS, directory, ledger=ledger)
    before, heard = ledger.txs, []
    done = enrol_members(ROWS, directory, ledger=ledger, on_profile=lambda: heard.append(1))
    assert (done.opened, done.profiles, ledger.txs, len(heard)) == (0, 0, before, 3)


def test_enrol_members__times__are_written_where_they_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TIMES_A_TX", 2)
    directory, ledger = MemoryMemberDirectory(), _ledger()
    rows = [
        MemberRow("A", enrolled_at=5),
        MemberRow("B"),
        MemberRow("C", enrolled_at=7),
        MemberRow("D", enrolled_at=9),
    ]
    done = enrol_members(rows, directory, ledger=ledger)
    # One opens the accounts, two write the times.
    assert (done.times, ledger.times, ledger.txs) == (3, {1: 5, 3: 7, 4: 9}, 3)
    assert enrol_members(rows, directory, ledger=ledger).times == 0
    again = [MemberRow("A"), MemberRow("B", enrolled_at=6), MemberRow("C", enrolled_at=8)]
    assert enrol_members(again, directory, ledger=ledger).times == 2
    assert ledger.times == {1: 5, 2: 6, 3: 8, 4: 9}


def test_enrol_members__another_profile__is_written_to_the_ledger() -> None:
    directory, ledger = MemoryMemberDirectory(), _ledger()
    enrol_members(ROWS, directory, ledger=ledger)
    done = enrol_members([MemberRow("B"), MemberRow("D")], directory, ledger=ledger)
    assert (done.opened, done.profiles) == (1, 1)
    assert ledger.profile_of(2) == MemberProfile()


def test_enrol_members__list_again_after_a_merge__keeps_the_profile_of_the_account_that_goes_on() -> None:
    directory, ledger = MemoryMemberDirectory(), _ledger()
    enrol_members(ROWS, directory, ledger=ledger)
    directory.merge(3, 2)
    assert enrol_members(ROWS, directory, ledger=ledger).profiles == 0
    assert ledger.profile_of(2) == MemberProfile(1, 6)


def test_enrol_members__may_not__stores_nothing() -> None:
    directory = MemoryMemberDirectory()
    with pytest.raises(TxUnderfunded):
        enrol_members(ROWS, directory, ledger=_ledger(refuses=TxUnderfunded("send funds")))
    assert directory.count() == 0


def test_enrol_members__earlier_import_cut_short__opens_what_is_left() -> None:
    directory, ledger = MemoryMemberDirectory(["A", "B"]), _ledger()
    with pytest.raises(EnrolmentUnfinished, match="knows 2 members and the ledger has 0") as unfinished:
        require_all_enrolled(directory, ledger)
    assert unfinished.value.exit_code == 3
    assert enrol_members([MemberRow("A")], directory, ledger=ledger).opened == 2
    require_all_enrolled(directory, ledger)


def test_enrol_members__directory_lost__is_refused() -> None:
    ledger = _ledger()
    enrol_members(ROWS, MemoryMemberDirectory(), ledger=ledger)
    with pytest.raises(DirectoryLost, match="has 3 members and the member directory knows 0"):
        enrol_members([MemberRow("D")], MemoryMemberDirectory(), ledger=ledger)
    with pytest.raises(DirectoryLost):
        require_all_enrolled(MemoryMemberDirectory(), ledger)


def test_restore_members__same_lists_in_their_order__bring_the_ids_back_and_send_nothing() -> None:
    before, ledger = MemoryMemberDirectory(), _ledger()
    enrol_members(ROWS[:2], before, ledger=ledger)
    enrol_members([ROWS[0], ROWS[2]], before, ledger=ledger)
    sent, directory = ledger.txs, MemoryMemberDirectory()
    with pytest.raises(DirectoryLost, match="milepost members import --restore"):
        enrol_members(ROWS[:2], directory, ledger=ledger)
    first = restore_members(ROWS[:2], directory, ledger=ledger)
    assert (first.opened, first.profiles, len(first.answers)) == (0, 0, 2)
    with pytest.raises(DirectoryLost):
        require_all_enrolled(directory, ledger)
    # A list restored twice, as after a run that was cut short, changes nothing.
    restore_members(ROWS[:2], directory, ledger=ledger)
    restore_members([ROWS[0], ROWS[2]], directory, ledger=ledger)
    require_all_enrolled(directory, ledger)
    assert [directory.number_of(member_id) for member_id in (1, 2, 3)] == ["A", "B", "C"]
    assert ledger.txs == sent


def test_restore_members__more_than_were_enrolled__stores_nothing() -> None:
    directory, ledger = MemoryMemberDirectory(), _ledger()
    enrol_members(ROWS[:2], MemoryMemberDirectory(), ledger=ledger)
    with pytest.raises(ListsTooLong, match="would know 3 members, and the ledger has 2"):
        restore_members(ROWS, directory, ledger=ledger)
    assert directory.count() == 0
