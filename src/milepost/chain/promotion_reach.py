"""Reads from the chain alone whom promotions reached and what they granted on each day.

The status of promotions shows it; the logs of every Settlement of the deployment are the source.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from milepost.chain.contracts import contract_at
from milepost.chain.deployment_file import Deployment
from milepost.chain.errors import asking
from milepost.chain.governance import Governance
from milepost.chain.node import Node
from milepost.chain.settled_log import settled_report
from milepost.codec.report_bytes import decode_report
from milepost.codec.results import decode_results
from milepost.domain.calendar import date_of, local_day
from milepost.domain.quantities import MemberId, Miles, PartnerId, PromotionId, PurchaseNumber
from milepost.domain.receipt import Grant, Settled
from milepost.domain.report import PlacedEntry, Report

_Sale = tuple[PartnerId, PurchaseNumber]


@dataclass(slots=True)
class Reach:
    """What one promotion did, by the newest receipt of every purchase.

    Units: miles by the programme's day.
    """

    members: set[MemberId] = field(default_factory=set)
    granted: Counter[date] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _Granted:
    member: MemberId
    day: date
    grants: tuple[Grant, ...]


def read_reach(governance: Governance) -> dict[PromotionId, Reach]:
    """What every promotion that granted anything did, up to the head.

    Raises: ChainUnavailable; ChainError for a report that went through another contract.
    """
    deployment = governance.deployment
    newest: dict[_Sale, _Granted] = {}
    for report, results in _settled(governance, governance.node, deployment):
        settled = decode_results(results, report)
        for placed, one in zip(report.placed(), settled, strict=True):
            _take(placed, one, newest, offset_minutes=deployment.utc_offset_minutes)
    return _sum(newest.values())


def _settled(governance: Governance, node: Node, deployment: Deployment) -> Iterator[tuple[Report, bytes]]:
    for address in reversed(deployment.settlements):
        for log in governance.logs("ReportSettled", contract=contract_at(node.web3, "Settlement", address)):
            values = log["args"]
            with asking(node.name):
                tx = node.web3.eth.get_transaction(log["transactionHash"])
            report = settled_report(tx, lane=values["lane"], sequence=values["sequence"])
            yield decode_report(report), bytes(values["results"])


def _take(
    placed: PlacedEntry, settled: Settled, newest: dict[_Sale, _Granted], *, offset_minutes: int
) -> None:
    amendment = settled.amendment
    number = placed.number if amendment is None else amendment.number
    if amendment is None and not settled.outcome.is_credited:
        return
    at_s = placed.section.base_time + placed.entry.seconds
    day = date_of(local_day(at_s, offset_minutes))
    newest[placed.section.partner_id, number] = _Granted(placed.entry.member, day, settled.grants)


def _sum(bills: Iterable[_Granted]) -> dict[PromotionId, Reach]:
    found: dict[PromotionId, Reach] = {}
    for bill in bills:
        for grant in bill.grants:
            if grant.granted:
                reach = found.setdefault(grant.promotion_id, Reach())
                reach.members.add(bill.member)
                reach.granted[bill.day] += Miles(grant.granted)
    return found
