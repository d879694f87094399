"""Puts what a final settlement decided into the outbox, for partners and members' systems that asked for it.

Reading settlements calls it in the unit of work that stores them, so no event is lost or made twice; sending
comes after, outside the core. An operator has events made again from what is stored.
Source: docs/decisions/0023-tell-others-by-standard-webhooks.md
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from milepost.codec.event_body import event_body, event_data, event_id, with_member
from milepost.domain.purchase import Purchase
from milepost.domain.quantities import Lane, ReportSequence
from milepost.domain.webhook import EventType, event_type_of
from milepost.pipeline.sign_report import require_report
from milepost.ports import EndpointUnknown, NewMessage, SettledPurchase, Store, Subscription, Work

PURCHASES_A_UNIT = 500
"""Settled purchases whose events are made again in one unit of work."""


@dataclass(frozen=True, slots=True)
class _Told:
    """One settled purchase as its messages need it."""

    purchase: Purchase
    settled: SettledPurchase
    lane: Lane
    sequence: ReportSequence


def announce_settlements(
    work: Work, settled: Sequence[SettledPurchase], *, lane: Lane, sequence: ReportSequence, at: int
) -> int:
    """Store a message for each settled purchase and each endpoint that wants it, and say how many.

    Units: `at` in unix seconds, by the chain's clock: when the settlement was found final.
    """
    subscriptions = work.outbox.subscriptions()
    if not subscriptions:
        return 0
    stored = work.purchases.by_ids([one.purchase_id for one in settled])
    told = [_Told(stored[one.purchase_id].purchase, one, lane, sequence) for one in settled]
    messages = [message for one in told for message in _messages(one, subscriptions, at)]
    work.outbox.add(messages)
    return len(messages)


def announce_again(store: Store, endpoint_id: int, *, since: int, until: int) -> int:
    """Make all events of sales in a time range due for an endpoint, whatever it got before; say how many.

    Shape: those of purchases that settled before there was the endpoint, or in a store that was lost, too.
        In order of purchases; a unit of work for each 500 of them.
    Units: unix seconds of the sale, `since` included, `until` not.
    Raises: EndpointUnknown.
    """
    with store.unit_of_work() as work:
        subscriptions = require_subscription(work, endpoint_id)
        read = work.receipts.read_up_to()
    at = 0 if read is None else read.timestamp
    after, made = 0, 0
    while True:
        with store.unit_of_work() as work:
            page = work.receipts.settled_between(
                subscriptions[0].partner, since=since, until=until, after=after, most=PURCHASES_A_UNIT
            )
            again = [message for one in _found(work, page) for message in _messages(one, subscriptions, at)]
            made += work.outbox.add_again(again)
        if not page:
            return made
        after = page[-1].purchase_id


def require_subscription(work: Work, endpoint_id: int) -> list[Subscription]:
    """What an endpoint wants, alone in a list. Raises: EndpointUnknown."""
    found = work.outbox.subscriptions(endpoint_id)
    if not found:
        raise EndpointUnknown(endpoint_id)
    return found


def _found(work: Work, page: Sequence[SettledPurchase]) -> Iterator[_Told]:
    stored = work.purchases.by_ids([one.purchase_id for one in page])
    hashes = {one.content_hash for one in page}
    reports = {content_hash: require_report(work, content_hash) for content_hash in hashes}
    for one in page:
        report = reports[one.content_hash]
        yield _Told(stored[one.purchase_id].purchase, one, report.lane, report.sequence)


def _messages(told: _Told, subscriptions: Sequence[Subscription], at: int) -> Iterator[NewMessage]:
    event = event_type_of(told.settled.settled)
    if event is None:
        return
    made = event_id(told.settled.content_hash, told.settled.position)
    for subscription in subscriptions:
        if event in subscription.events and subscription.partner in (None, told.purchase.partner):
            yield NewMessage(subscription.endpoint_id, made, event, _body(told, subscription, event, at))


def _body(told: _Told, subscription: Subscription, event: EventType, at: int) -> str:
    data = event_data(
        told.purchase,
        told.settled.settled,
        lane=told.lane,
        sequence=told.sequence,
        number=told.settled.number,
    )
    if subscription.partner is None:
        data = with_member(data, told.settled.member_id)
    return event_body(event, data, at=at)
