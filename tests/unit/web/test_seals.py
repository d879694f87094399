"""Seals of proposals: who is asked about, and how often.

given more strangers in a second than are asked about    then the others are told to come again
    when a reporter asks that was one before             then it is found all the same
    when it was removed since                            then it is none
"""

from milepost.chain.reporter_keys import LocalReporter
from milepost.testing import FakeSettlementChain, FixedClock
from milepost.web.proposal_json import seal_digest
from milepost.web.reporter_answers import Answer
from milepost.web.seals import Seals
from tests.support.deployments import REPORTERS, account_named
from tests.support.programme import NOON_S, books

OURS, OTHER = (LocalReporter(account) for account in REPORTERS[:2])


def _sender(seals: Seals, sender: LocalReporter) -> str | int:
    seal = f"v1=0x{sender.sign(seal_digest(b'{}', str(NOON_S))).hex()}"
    found = seals.sender_of(b"{}", str(NOON_S), seal)
    return found.status if isinstance(found, Answer) else found


def test_sender_of__too_many_strangers__reporters_are_known_all_the_same() -> None:
    chain = FakeSettlementChain(books(), [OURS, OTHER], quorum=1, starts_at=NOON_S)
    seals = Seals(chain, FixedClock(NOON_S))
    assert _sender(seals, OURS) == OURS.address
    stranger = LocalReporter(account_named("a stranger"))
    while seals._limiter.hit(seals._limit, "strangers"):
        pass
    assert _sender(seals, stranger) == 503
    assert _sender(seals, OURS) == OURS.address
    chain.set_reporters([OTHER], quorum=1)
    assert _sender(seals, OURS) == 401
