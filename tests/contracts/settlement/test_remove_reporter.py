"""removeReporter: one reporter leaves the set at once, also with reports under way.

given five reporters, any three of whom may settle
  when one is removed                             then four are left, of the same version and quorum
  when it signed a report that is under way       then SettlementReporterUnknown; the others still count
  when it signed one more than the quorum needed  then the report settles without its signature, and only so
  when the others could not reach the quorum      then SettlementReportersTooFew, and nothing changed
  when it is removed twice, or was never in       then SettlementReporterUnknown
  when it is set again                            then it counts again, in a set of the next version
  when settling is paused                         then it can be removed all the same
"""

from ape.api import AccountAPI
from ape.managers.project import ProjectManager

from tests.support.contract_programme import QUORUM, REPORTERS, Programme
from tests.support.refusals import refuses

REMOVED, *OTHERS = REPORTERS


def remove(programme: Programme, reporter: str = REMOVED.address) -> None:
    programme.settlement.removeReporter(reporter, sender=programme.manager)


def test_remove_reporter__one_of_five__leaves_four_of_the_same_set(programme: Programme) -> None:
    tx = programme.settlement.removeReporter(REMOVED.address, sender=programme.manager)
    (event,) = tx.decode_logs(programme.settlement.ReporterRemoved)
    assert (event.version, event.reporter, event.count) == (1, REMOVED.address, 4)
    assert tuple(programme.settlement.reporterSet()) == (1, QUORUM, 4)
    found = [programme.settlement.isReporter(reporter.address) for reporter in REPORTERS]
    assert found == [False, True, True, True, True]


def test_remove_reporter__it_signed_what_is_under_way__only_the_others_count(programme: Programme) -> None:
    report = programme.a_report()
    signed = programme.sign(report, REPORTERS[:QUORUM])
    one_too_many = programme.sign(report, REPORTERS[: QUORUM + 1])
    remove(programme)
    for signatures in (signed, one_too_many):
        with refuses("SettlementReporterUnknown", signer=REMOVED.address):
            programme.settlement.check(report, signatures)
        with refuses("SettlementReporterUnknown", signer=REMOVED.address):
            programme.settle_bytes(report, signatures)
    # Made before the removal: the digest is the same.
    without = one_too_many[65:]
    assert without == programme.sign(report, REPORTERS[1 : QUORUM + 1])
    assert programme.settle_bytes(report, without).results[0].base == 25


def test_remove_reporter__others_below_the_quorum__is_refused(programme: Programme) -> None:
    for reporter in REPORTERS[: len(REPORTERS) - QUORUM]:
        remove(programme, reporter.address)
    with refuses("SettlementReportersTooFew", remaining=QUORUM - 1, quorum=QUORUM):
        remove(programme, REPORTERS[-1].address)
    assert tuple(programme.settlement.reporterSet()) == (1, QUORUM, QUORUM)
    assert programme.settlement.isReporter(REPORTERS[-1].address)
    report = programme.a_report()
    programme.settle_bytes(report, programme.sign(report, REPORTERS[-QUORUM:]))


def test_remove_reporter__in_no_set__is_refused(programme: Programme, stranger: AccountAPI) -> None:
    remove(programme)
    for reporter in (REMOVED.address, stranger.address, "0x" + "0" * 40):
        with refuses("SettlementReporterUnknown", signer=reporter):
            remove(programme, reporter)
    assert tuple(programme.settlement.reporterSet()) == (1, QUORUM, 4)


def test_remove_reporter__of_a_former_set__is_refused(programme: Programme) -> None:
    stay = [reporter.address for reporter in OTHERS]
    programme.settlement.setReporters(stay, QUORUM, sender=programme.manager)
    with refuses("SettlementReporterUnknown", signer=REMOVED.address):
        remove(programme)


def test_remove_reporter__before_any_was_set__is_refused(
    programme: Programme, project: ProjectManager
) -> None:
    fresh = programme.admin.deploy(project.Settlement, programme.authority, *programme.settlement.parts())
    with refuses("SettlementReporterUnknown"):
        fresh.removeReporter(REMOVED.address, sender=programme.admin)


def test_set_reporters__removed_before__counts_again_in_the_next_set(programme: Programme) -> None:
    report = programme.a_report()
    before = programme.sign(report)
    remove(programme)
    programme.settlement.setReporters(
        [reporter.address for reporter in REPORTERS], QUORUM, sender=programme.manager
    )
    with refuses("SettlementReporterUnknown"):
        programme.settlement.check(report, before)
    programme.settle_bytes(report, programme.sign(report, version=2))


def test_remove_reporter__paused__is_done(programme: Programme) -> None:
    programme.settlement.pause(sender=programme.manager)
    remove(programme)
    assert not programme.settlement.isReporter(REMOVED.address)
