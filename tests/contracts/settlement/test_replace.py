"""A second Settlement beside the first: which of the two may settle, and that none does twice.

given a second Settlement of the same parts and reporters, without slots
  when a report is signed for it                    then SettlerUnauthorized, and nothing changed
  when signatures of one are shown to the other     then SettlementReporterUnknown
given a report signed for the first, and its twin signed for the second
  when the first settles it, then slots move        then the second refuses: SettlementSequenceNotNext
  when slots move, then the second settles the twin then the first refuses: SettlementSequenceNotNext
  when slots move while the report is in flight     then SettlerUnauthorized; the twin settles
  when only some slots have moved                   then neither settles anything
given the slots have moved
  when the next report is settled                   then lane, purchase numbers, totals and receipts go on
  when slots are given before they are emptied      then SettlerStillNamed
"""

from dataclasses import replace
from typing import Any

import pytest
from ape.managers.project import ProjectManager

from tests.support.contract_programme import OPEN_PARTNER, QUORUM, REPORTERS, Programme
from tests.support.purchases import an_entry
from tests.support.refusals import refuses

NOBODY = "0x" + "0" * 40


@pytest.fixture
def second(programme: Programme, project: ProjectManager) -> Programme:
    """The same programme seen through its second Settlement."""
    settlement = programme.admin.deploy(
        project.Settlement, programme.authority, *programme.settlement.parts()
    )
    # Not mapped to roles yet, it answers to the admin.
    settlement.setReporters([one.address for one in REPORTERS], QUORUM, sender=programme.admin)
    return replace(programme, settlement=settlement)


def guarded(programme: Programme) -> tuple[Any, ...]:
    return programme.ledger, programme.registry, programme.book, programme.receipts


def move_slots(first: Programme, second: Programme) -> None:
    for settler in (NOBODY, second.settlement):
        for contract in guarded(first):
            contract.setSettler(settler, sender=first.manager)


def settled_so_far(programme: Programme) -> tuple[int, int, int]:
    return (
        programme.receipts.nextSequence(0) - 1,
        programme.registry.partnerOf(OPEN_PARTNER).lastNumber,
        programme.ledger.totals().credited,
    )


def test_settle__second_without_slots__is_refused(programme: Programme, second: Programme) -> None:
    report = programme.a_report()
    with refuses("SettlerUnauthorized", caller=second.settlement.address):
        second.settle_bytes(report)
    with refuses("SettlerUnauthorized", caller=second.settlement.address):
        second.settlement.check(report, second.sign(report))
    assert settled_so_far(programme) == (0, 0, 0)


def test_settle__signatures_for_the_other__are_refused(programme: Programme, second: Programme) -> None:
    report = programme.a_report()
    with refuses("SettlementReporterUnknown"):
        second.settlement.check(report, programme.sign(report))
    with refuses("SettlementReporterUnknown"):
        programme.settlement.check(report, second.sign(report))


def test_settle__first_settled_it__second_refuses_the_twin(programme: Programme, second: Programme) -> None:
    report = programme.a_report()
    programme.settle_bytes(report)
    move_slots(programme, second)
    with refuses("SettlementSequenceNotNext", given=1, expected=2):
        second.settle_bytes(report)
    assert settled_so_far(programme) == (1, 1, 25)


def test_settle__second_settled_it__first_refuses_the_twin(programme: Programme, second: Programme) -> None:
    report = programme.a_report()
    signed_for_first = programme.sign(report)
    move_slots(programme, second)
    with refuses("SettlerUnauthorized", caller=programme.settlement.address):
        programme.settle_bytes(report, signed_for_first)
    second.settle_bytes(report)
    with refuses("SettlementSequenceNotNext", given=1, expected=2):
        programme.settle_bytes(report, signed_for_first)
    assert settled_so_far(programme) == (1, 1, 25)


@pytest.mark.parametrize("moved", [1, 2, 3])
def test_settle__some_slots_moved__neither_settles(
    programme: Programme, second: Programme, moved: int
) -> None:
    report = programme.a_report()
    for contract in guarded(programme)[:moved]:
        contract.setSettler(NOBODY, sender=programme.manager)
        contract.setSettler(second.settlement, sender=programme.manager)
    for one in (programme, second):
        with refuses("SettlerUnauthorized"):
            one.settle_bytes(report)
        with refuses("SettlerUnauthorized"):
            one.settlement.check(report, one.sign(report))
    assert settled_so_far(programme) == (0, 0, 0)


def test_settle__slots_moved__lane_numbers_and_receipts_go_on(
    programme: Programme, second: Programme
) -> None:
    before = programme.settle(programme.a_section(an_entry(member=1), an_entry(member=2)))
    move_slots(programme, second)
    section = second.a_section(an_entry(member=3), an_entry(member=1))
    after = second.settle(section)
    assert section.first_number == 3
    assert settled_so_far(programme) == (2, 4, 100)
    for settled in (before, after):
        assert programme.receipts.rootOf(0, 1 if settled is before else 2) == settled.root


def test_set_settler__not_emptied_first__is_refused(programme: Programme, second: Programme) -> None:
    for contract in guarded(programme):
        with refuses("SettlerStillNamed", settler=programme.settlement.address):
            contract.setSettler(second.settlement, sender=programme.manager)
    assert programme.settle(programme.a_section()).results[0].base == 25
