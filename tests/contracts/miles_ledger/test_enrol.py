"""enrol: members in one write, however many.

given a ledger
  when 1 or 1,000,000 are enrolled then ids go on without gap, the event says which, and gas is the same
  when none, or more than ids are left then LedgerEnrolmentInvalid
"""

import pytest

from milepost.domain.outcome import Outcome
from tests.support.contract_programme import MEMBERS, Programme
from tests.support.purchases import an_entry
from tests.support.refusals import refuses


def test_enrol__one_or_a_million__costs_the_same(programme: Programme) -> None:
    first = programme.ledger.enrol(1, sender=programme.manager)
    second = programme.ledger.enrol(1_000_000, sender=programme.manager)
    # The two bytes more of the number itself are paid for as input.
    assert abs(first.gas_used - second.gas_used) <= 100
    (event,) = second.decode_logs(programme.ledger.MembersEnrolled)
    assert (event.first, event["count"]) == (MEMBERS + 2, 1_000_000)
    assert programme.ledger.totals().enrolled == MEMBERS + 1_000_001


def test_enrol__last_of_a_million__may_be_credited_and_the_next_not(programme: Programme) -> None:
    programme.ledger.enrol(1_000_000, sender=programme.manager)
    last = MEMBERS + 1_000_000
    results = programme.award(an_entry(member=last), an_entry(member=last + 1))
    assert [one.outcome for one in results] == [Outcome.CREDITED, Outcome.UNKNOWN_MEMBER]


@pytest.mark.parametrize("count", [0, 2**40 - MEMBERS, 2**40 - 1])
def test_enrol__none_or_more_than_ids_are_left__is_refused(programme: Programme, count: int) -> None:
    with refuses("LedgerEnrolmentInvalid", count=count):
        programme.ledger.enrol(count, sender=programme.manager)


def test_enrol__all_ids__are_given_out(programme: Programme) -> None:
    programme.ledger.enrol(2**40 - 1 - MEMBERS, sender=programme.manager)
    assert programme.award(an_entry(member=2**40 - 1))[0].outcome is Outcome.CREDITED
    assert programme.ledger.balanceAt(2**40 - 1, programme.now) == 25
    with refuses("LedgerEnrolmentInvalid"):
        programme.ledger.enrol(1, sender=programme.manager)
