"""settle: a good report is applied once, whole.

given a programme with three partners and a hundred members
  when a report of one purchase is settled by anyone
    then the member is credited, the partner charged, its number moved, the root recorded
  when a report has several sections, and several purchases of one member
    then each section moves its own partner, and the event's results decode to what the model says
  when the next report is settled
    then it carries the next sequence and the next purchase numbers
  when it is settled in another lane
    then that lane counts for itself, while the partner's numbers go on
  when promotions apply
    then grants stand and prepaid miles run out in the order of the offer set, and budgets and progress move
  when base is 0, or the base and a reward are beyond their fields
    then the lot's last day stands all the same, and both are cut to their most
"""

from dataclasses import replace

import pytest

from milepost.codec.digest import report_digest
from milepost.codec.report_bytes import decode_report
from milepost.domain.outcome import Cut, Outcome
from milepost.domain.receipt import MOST_BASE, MOST_DESIRED, Grant, Settled
from milepost.domain.report import Report
from tests.support.contract_programme import (
    OPEN_PARTNER,
    POSTPAID_PARTNER,
    PREPAID_MILES,
    PREPAID_PARTNER,
    REPORTERS,
    Programme,
    open_terms,
)
from tests.support.purchases import an_entry
from tests.support.receipt_words import root_of, words_of

# 2018-05-14 and 36 months, days since 1990-01-01.
LAST_DAY = 10_360 + 1_096


def test_settle__one_purchase__credits_charges_and_records(programme: Programme) -> None:
    section = programme.a_section(an_entry(member=7), partner=PREPAID_PARTNER)
    done = programme.settle(section)
    assert done.results == [Settled(Outcome.CREDITED, 25, LAST_DAY)]
    assert programme.ledger.balanceAt(7, programme.now) == 25
    assert programme.ledger.totals().credited == 25
    partner = programme.registry.partnerOf(PREPAID_PARTNER)
    assert (partner.lastNumber, partner.available) == (1, PREPAID_MILES - 25)
    (words,) = words_of(Report(0, 1, (section,)), done.results)
    assert done.root == words.leaf == bytes(programme.receipts.rootOf(0, 1))
    assert (done.event.lane, done.event.sequence) == (0, 1)
    assert programme.receipts.nextSequence(0) == 2


def test_settle__three_sections__each_moves_its_partner(programme: Programme) -> None:
    sections = (
        programme.a_section(an_entry(), an_entry(member=2, eligible_minor=399), an_entry(seconds=60)),
        programme.a_section(an_entry(member=2, outlet=17), partner=PREPAID_PARTNER),
        programme.a_section(*[an_entry(member=3, eligible_minor=4_000)] * 5, partner=POSTPAID_PARTNER),
    )
    done = programme.settle(*sections)
    assert [one.base for one in done.results] == [25, 0, 25, 25, *[10] * 5]
    assert done.root == root_of(words_of(Report(0, 1, sections), done.results))
    partners = [programme.registry.partnerOf(partner) for partner in (1, 2, 3)]
    assert [partner.lastNumber for partner in partners] == [3, 1, 5]
    assert [partner.available for partner in partners] == [0, PREPAID_MILES - 25, PREPAID_MILES - 50]
    assert [programme.ledger.balanceAt(member, programme.now) for member in (1, 2, 3)] == [50, 25, 50]


def test_settle__report_after_report__sequence_and_numbers_go_on(programme: Programme) -> None:
    for sequence in (1, 2, 3):
        section = programme.a_section(an_entry(), an_entry())
        assert section.first_number == 2 * sequence - 1
        assert programme.settle(section).event.sequence == sequence
    assert programme.registry.partnerOf(OPEN_PARTNER).lastNumber == 6
    assert len({bytes(programme.receipts.rootOf(0, sequence)) for sequence in (1, 2, 3)}) == 3


def test_settle__second_lane__counts_for_itself(programme: Programme) -> None:
    programme.settle()
    done = programme.settle(lane=65_535)
    assert (done.event.lane, done.event.sequence) == (65_535, 1)
    assert decode_report(done.report).sections[0].first_number == 2
    assert (programme.receipts.nextSequence(0), programme.receipts.nextSequence(65_535)) == (2, 2)
    assert programme.settle().event.sequence == 2


def test_settle__more_signatures_than_the_quorum__is_taken(programme: Programme) -> None:
    report = programme.a_report()
    assert programme.settle_bytes(report, programme.sign(report, REPORTERS)).results[0].base == 25


def test_settle__interleaved_groups__grants_stand_in_the_order_of_the_set(programme: Programme) -> None:
    """Ids 1 and 3 form a group: its winner comes before 2, and prepaid miles run out in that order."""
    terms = open_terms(programme.now)
    ids = [
        programme.publish(replace(terms, group=5, minimum=1 << 39)),
        programme.publish(replace(terms, per_member=1_000), budget=5_000),
        programme.publish(replace(terms, group=5, per_member=1_000), budget=5_000),
    ]
    assert ids == [1, 2, 3]
    programme.registry.register(1, 400, 1, 150, sender=programme.manager)
    programme.registry.addOutlets(4, [(0, 0)], sender=programme.manager)
    programme.offer(4, *ids)
    programme.move_to(programme.now + 20 * 86_400)
    (settled,) = programme.award(an_entry(), partner=4)
    assert settled.outcome is Outcome.CUT_BY_PREPAID
    assert settled.grants == (Grant(3, Cut.NONE, 100, 100), Grant(2, Cut.PREPAID, 100, 25))
    assert [programme.book.budgetOf(i).granted for i in ids] == [0, 25, 100]
    assert [programme.book.budgetOf(i).awards for i in ids] == [0, 1, 1]
    assert [programme.book.progressOf(i, 1).granted for i in ids] == [0, 25, 100]
    assert programme.registry.partnerOf(4).available == 0


def test_settle__base_of_0__keeps_its_last_day_and_makes_no_lot(programme: Programme) -> None:
    assert programme.award(an_entry(eligible_minor=399)) == [Settled(Outcome.CREDITED, 0, LAST_DAY)]
    assert programme.ledger.accountWord(1) == 0


def test_settle__base_and_reward_beyond_their_fields__are_cut_to_their_most(programme: Programme) -> None:
    promotion = programme.publish(open_terms(programme.now, multiple_bps=1_000_000))
    programme.offer(OPEN_PARTNER, promotion)
    programme.registry.setEarnRate(OPEN_PARTNER, 65_535, 1, sender=programme.manager)
    programme.move_to(programme.now + 20 * 86_400)
    (settled,) = programme.award(an_entry(eligible_minor=(1 << 40) - 1))
    assert settled.base == MOST_BASE
    assert settled.grants == (Grant(promotion, Cut.NONE, MOST_DESIRED, MOST_DESIRED),)
    assert programme.ledger.balanceAt(1, programme.now) == MOST_BASE + MOST_DESIRED


@pytest.mark.parametrize("version", [1, 2])
def test_digest_of__any_report__is_the_codecs(programme: Programme, version: int) -> None:
    """The codec's is held against eth_account's EIP-712 in tests/unit/codec/test_digest.py."""
    if version == 2:
        programme.settlement.setReporters([REPORTERS[0].address], 1, sender=programme.manager)
    report = programme.a_report(lane=3, sequence=2**64 - 1)
    assert bytes(programme.settlement.digestOf(report)) == report_digest(
        programme.chain.chain_id,
        str(programme.settlement.address),
        reporters_version=version,
        report_bytes=report,
    )
