"""Makes an immutable report of the accepted purchases of a lane.

Before it purchases were ingested; after it the reporters check and sign exactly these bytes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from milepost.codec.digest import content_hash
from milepost.codec.report_bytes import encode_report
from milepost.domain.errors import ChainError, WhoActs
from milepost.domain.programme import Acceptance
from milepost.domain.quantities import Lane, PartnerId, PurchaseNumber, ReportSequence
from milepost.domain.report import Attachment, Report
from milepost.fail_point import FailPoint, reach
from milepost.pipeline.attach_receipts import Attaching, attach_receipts, is_amendment
from milepost.pipeline.build_report import Cut, DeployedPartners, ReportBuilder, cut_of
from milepost.pipeline.reconcile import StoreBehind
from milepost.pipeline.states import move_purchases, move_report
from milepost.ports import (
    MemberDirectory,
    PartnerSecrets,
    PurchaseState,
    ReportSection,
    ReportState,
    SettlementChain,
    Store,
    StoredPurchase,
    StoredReport,
    Work,
)

MOST_PURCHASES = 400
"""Purchases in a report unless told otherwise: with gas to spare below the 16.7 million a tx may use."""


# Reports of which no receipt of ours says that they are what was settled.
_UNSEEN = (ReportState.SEALED, ReportState.SIGNED, ReportState.RELAYING)


class SettledElsewhere(ChainError):
    """A sequence is settled, and not by a tx that this store saw mined. Run again once its block is final."""

    who_acts: ClassVar[WhoActs] = WhoActs.RETRY

    def __init__(self, report: StoredReport) -> None:
        super().__init__(
            f"Report {report.sequence} of lane {report.lane} is settled by a tx that this store has not seen"
            " mined: whether that was this cut or another is known once its block is final. Nothing more is"
            " sealed until then; run this again."
        )


@dataclass(frozen=True, slots=True)
class Sealing:
    """What sealing needs besides the chain: purchases, members, partners, their secrets, and the limits."""

    store: Store
    members: MemberDirectory
    partners: DeployedPartners
    secrets: PartnerSecrets
    accept: Acceptance


def seal_report(
    lane: Lane, sealing: Sealing, chain: SettlementChain, *, most: int = MOST_PURCHASES
) -> StoredReport | None:
    """Seal the oldest accepted purchases of a lane, at most so many; None if none can be sealed.

    Shape: sections by partner id; in them by time, then dedupe key. Numbers go on where the partner's last
        sealed or settled purchase ended, the sequence where the lane's last report did. Purchases that lie
        too far ahead of the chain's time wait, and so do amendments that `attach_receipts` holds back.
    Raises: StoreBehind if the chain has settled more than the store knows; SettledElsewhere;
        PartnerNotDeployed; StoreError if another process sealed meanwhile. Nothing is stored then.
    """
    occurred_by = latest_judged(chain, sealing.accept)
    with sealing.store.unit_of_work() as work:
        last_numbers = work.reports.last_numbers()
    accepted, attachments = _sealable(lane, sealing, chain, most=most, occurred_by=occurred_by)
    if not accepted:
        return None
    # Chain, members and secrets may take their time: no unit of work is open meanwhile.
    cut = cut_of(accepted, sealing.partners)
    report = ReportBuilder(
        sealing.partners,
        sealing.secrets,
        sealing.members.ids_of({stored.member_key for stored in accepted if stored.member_key}),
        attachments,
    ).build(
        cut,
        lane=lane,
        sequence=require_up_to_date(lane, sealing.store, chain),
        first_numbers=_first_numbers(cut, last_numbers, chain),
    )
    with sealing.store.unit_of_work() as work:
        sealed = _store(report, cut, work)
        reach(FailPoint.SEAL_BEFORE_COMMIT)
    reach(FailPoint.SEAL_AFTER_COMMIT)
    return sealed


def _sealable(
    lane: Lane, sealing: Sealing, chain: SettlementChain, *, most: int, occurred_by: int
) -> tuple[list[StoredPurchase], dict[int, Attachment | None]]:
    """The oldest purchases that can be sealed, and what is attached to the amendments among them."""
    attaching = Attaching(
        sealing.store, sealing.partners.ids, sealing.accept, chain.pending_time(), occurred_by
    )
    codes = sealing.partners.of_lane(lane)
    found: list[StoredPurchase] = []
    attachments: dict[int, Attachment | None] = {}
    after = 0
    # Amendments that wait may be older than all that can be sealed.
    while len(found) < most:
        with sealing.store.unit_of_work() as work:
            page = work.purchases.accepted(codes, most=most, after=after, occurred_by=occurred_by)
        if not page:
            break
        after = page[-1].purchase_id
        attachments.update(attach_receipts([one for one in page if is_amendment(one)], attaching))
        found += [one for one in page if not is_amendment(one) or one.purchase_id in attachments]
    return found[:most], attachments


def latest_judged(chain: SettlementChain, accept: Acceptance) -> int:
    """The unix second after which the contract would call a purchase in the future, were it settled now."""
    return chain.pending_time() + accept.ahead_minutes * 60


def require_up_to_date(lane: Lane, store: Store, chain: SettlementChain) -> ReportSequence:
    """Make sure that the store knows what became of every settled sequence, and say which one is next.

    Raises: StoreBehind; SettledElsewhere.
    """
    with store.unit_of_work() as work:
        last = work.reports.last_sequence(lane)
        unseen = [report for report in work.reports.in_states(*_UNSEEN) if report.lane == lane]
        given_up = [
            report
            for report in work.reports.in_states(ReportState.FAILED)
            if report.lane == lane and report.sequence == last + 1
        ]
    settled = chain.next_sequence(lane) - 1
    if settled > last and given_up:
        # Somebody may have kept its signatures; the log will say so once it is final.
        raise SettledElsewhere(given_up[-1])
    if settled > last:
        raise StoreBehind(f"Lane {lane} is settled up to report {settled}, and the store knows {last}:")
    if unseen and unseen[0].sequence <= settled:
        raise SettledElsewhere(unseen[0])
    return ReportSequence(last + 1)


def _first_numbers(
    cut: Cut, last_numbers: Mapping[PartnerId, PurchaseNumber], chain: SettlementChain
) -> dict[PartnerId, PurchaseNumber]:
    return {
        partner_id: PurchaseNumber(
            (
                last_numbers[partner_id]
                if partner_id in last_numbers
                else chain.partner_last_number(partner_id)
            )
            + 1
        )
        for partner_id, _ in cut.sections
    }


def sealed_report(report: Report) -> StoredReport:
    """A report as it is stored when it is sealed."""
    report_bytes = encode_report(report)
    return StoredReport(
        content_hash=content_hash(report_bytes),
        lane=report.lane,
        sequence=report.sequence,
        report_bytes=report_bytes,
        sections=tuple(
            ReportSection(section.partner_id, section.first_number, len(section.entries))
            for section in report.sections
        ),
        state=ReportState.SEALED,
    )


def _store(report: Report, cut: Cut, work: Work) -> StoredReport:
    sealed = sealed_report(report)
    purchase_ids = [stored.purchase_id for stored in cut.purchases]
    failed = work.reports.get(sealed.content_hash)
    if failed is None:
        members = [entry.member for section in report.sections for entry in section.entries]
        work.reports.add(sealed, purchase_ids, members)
    else:
        # The same cut as one that failed: its signatures are good again.
        move_report(work, failed, ReportState.SEALED)
    move_purchases(work, purchase_ids, source=PurchaseState.ACCEPTED, target=PurchaseState.REPORTED)
    return sealed
