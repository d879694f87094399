"""contributeFrom, giveBack, setAlert: what a pot takes from partners, and who is told that miles run out.

given a prepaid partner
  when its promotion book takes miles for a pot    then it may issue fewer; more than there are is refused
  when they come back                              then it may issue more, never without limit
given an open partner
  when miles are taken and given back              then nothing is kept, and both are told
given another caller, or no such partner           then it is refused
given a partner with an alert
  when a report takes it below                     then PartnerLow tells, once
  when a refund or money brings it above again     then the next fall tells again
"""

from typing import Any

import pytest
from ape.api import AccountAPI

from tests.support.contract_programme import (
    OPEN_PARTNER,
    PREPAID_MILES,
    PREPAID_PARTNER,
    Programme,
    Settlement,
)
from tests.support.purchases import an_entry
from tests.support.refusals import refuses

NO_LIMIT = 2**48 - 1


@pytest.fixture
def book(programme: Programme) -> AccountAPI:
    """A plain account in the promotion book's slot."""
    programme.registry.setPromotionBook(programme.relayer, sender=programme.manager)
    return programme.relayer


def _available(programme: Programme, partner: int = PREPAID_PARTNER) -> int:
    return int(programme.registry.partnerOf(partner).available)


def _told(programme: Programme, tx: Any, event: str) -> list[tuple[int, ...]]:
    logs = tx.decode_logs(getattr(programme.registry, event))
    return [tuple(log.event_arguments.values()) for log in logs]


def test_contribute_from__prepaid__takes_miles_and_gives_them_back(
    programme: Programme, book: AccountAPI
) -> None:
    tx = programme.registry.contributeFrom(PREPAID_PARTNER, 700, sender=book)
    left = PREPAID_MILES - 700
    assert _told(programme, tx, "PartnerContributed") == [(PREPAID_PARTNER, 700, left)]
    assert _available(programme) == left
    tx = programme.registry.giveBack(PREPAID_PARTNER, 200, sender=book)
    assert _told(programme, tx, "PartnerGivenBack") == [(PREPAID_PARTNER, 200, left + 200)]
    assert _available(programme) == left + 200


def test_contribute_from__more_than_there_are__is_refused(programme: Programme, book: AccountAPI) -> None:
    with refuses("PartnerFundingInvalid", partner=PREPAID_PARTNER, miles=PREPAID_MILES + 1):
        programme.registry.contributeFrom(PREPAID_PARTNER, PREPAID_MILES + 1, sender=book)
    programme.registry.contributeFrom(PREPAID_PARTNER, PREPAID_MILES, sender=book)
    assert _available(programme) == 0


def test_give_back__as_much_as_can_be__never_means_no_limit(programme: Programme, book: AccountAPI) -> None:
    programme.registry.giveBack(PREPAID_PARTNER, NO_LIMIT, sender=book)
    assert _available(programme) == NO_LIMIT - 1


def test_pots__open_partner__keep_nothing_of_it(programme: Programme, book: AccountAPI) -> None:
    for function in ("contributeFrom", "giveBack"):
        tx = getattr(programme.registry, function)(OPEN_PARTNER, 10**9, sender=book)
        assert len(tx.logs) == 1
        assert _available(programme, OPEN_PARTNER) == 0


@pytest.mark.parametrize("function", ["contributeFrom", "giveBack"])
def test_pots__another_caller_or_no_such_partner__are_refused(
    programme: Programme, book: AccountAPI, stranger: AccountAPI, function: str
) -> None:
    for caller in (stranger, programme.manager, programme.admin):
        with refuses("PartnerCallerNotPromotionBook", caller=caller.address):
            getattr(programme.registry, function)(PREPAID_PARTNER, 1, sender=caller)
    with refuses("PartnerUnknown", partner=99):
        getattr(programme.registry, function)(99, 1, sender=book)


def _sold(programme: Programme, miles: int) -> Settlement:
    entry = an_entry(eligible_minor=miles * 400)
    return programme.settle(programme.a_section(entry, partner=PREPAID_PARTNER))


def test_charge__below_the_alert__tells_once(programme: Programme) -> None:
    tx = programme.registry.setAlert(PREPAID_PARTNER, PREPAID_MILES - 150, sender=programme.manager)
    assert _told(programme, tx, "PartnerAlertSet") == [(PREPAID_PARTNER, PREPAID_MILES - 150)]
    assert programme.registry.partnerOf(PREPAID_PARTNER).alertBelow == PREPAID_MILES - 150
    told = [_told(programme, _sold(programme, 100).tx, "PartnerLow") for _ in range(3)]
    assert told == [[], [(PREPAID_PARTNER, PREPAID_MILES - 200)], []]
    programme.registry.fund(PREPAID_PARTNER, 300, sender=programme.manager)
    assert len(_told(programme, _sold(programme, 200).tx, "PartnerLow")) == 1


def test_charge__exactly_the_alert__does_not_tell(programme: Programme) -> None:
    programme.registry.setAlert(PREPAID_PARTNER, PREPAID_MILES - 100, sender=programme.manager)
    assert _told(programme, _sold(programme, 100).tx, "PartnerLow") == []
    assert len(_told(programme, _sold(programme, 1).tx, "PartnerLow")) == 1


def test_set_alert__unknown_partner__is_refused(programme: Programme) -> None:
    with refuses("PartnerUnknown", partner=99):
        programme.registry.setAlert(99, 1, sender=programme.manager)
