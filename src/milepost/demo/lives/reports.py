"""Seals purchases into reports and has the demo's reporters sign them, without a store between.

`purchases.py` gives the purchases; `on_chain.py` settles what comes out of here. Order, entries and digest
are made by the functions that sealing and signing use.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from milepost.bootstrap import deployed_partners
from milepost.chain.deployment_file import Deployment
from milepost.chain.deployment_plan import DeploymentPlan
from milepost.codec.digest import report_digest
from milepost.codec.report_bytes import encode_report
from milepost.demo.accounts import QUORUM, demo_accounts
from milepost.domain.quantities import Lane, MemberId, PartnerId, PurchaseNumber, ReportSequence
from milepost.pipeline.build_report import ReportBuilder, cut_of
from milepost.pipeline.seal_report import MOST_PURCHASES
from milepost.ports import PartnerSecrets, StoredPurchase

_LANE = Lane(0)
_REPORTERS_VERSION = 1
"""Of the set that the deployment wrote; it never changes in this run."""


@dataclass(frozen=True, slots=True)
class SignedReport:
    """Sealed bytes, and the signatures as the contract takes them."""

    report: bytes
    signatures: bytes


@dataclass(slots=True)
class ReportMaker:
    """Makes one report after the other of lane 0; sequence and numbers go on from report to report."""

    builder: ReportBuilder
    chain_id: int
    settlement: str
    _sequence: int = 0
    _last_numbers: dict[PartnerId, int] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        plan: DeploymentPlan,
        deployment: Deployment,
        *,
        secrets: PartnerSecrets,
        members: Mapping[bytes, MemberId],
    ) -> "ReportMaker":
        """The maker of a fresh deployment's reports."""
        partners = deployed_partners(plan.partners, deployment)
        builder = ReportBuilder(partners, secrets, members)
        return cls(builder, deployment.chain_id, deployment.addresses.settlement)

    def make(self, purchases: Sequence[StoredPurchase]) -> Iterator[SignedReport]:
        """Seal and sign them, the first ones first, at most MOST_PURCHASES in a report."""
        for start in range(0, len(purchases), MOST_PURCHASES):
            sealed = self._seal(purchases[start : start + MOST_PURCHASES])
            yield SignedReport(sealed, self._sign(sealed))

    def _seal(self, purchases: Sequence[StoredPurchase]) -> bytes:
        self._sequence += 1
        cut, last = cut_of(purchases, self.builder.partners), self._last_numbers
        report = self.builder.build(
            cut,
            lane=_LANE,
            sequence=ReportSequence(self._sequence),
            first_numbers={one: PurchaseNumber(last.get(one, 0) + 1) for one, _ in cut.sections},
        )
        for section in report.sections:
            last[section.partner_id] = section.first_number + len(section.entries) - 1
        return encode_report(report)

    def _sign(self, sealed: bytes) -> bytes:
        digest = report_digest(
            self.chain_id, self.settlement, reporters_version=_REPORTERS_VERSION, report_bytes=sealed
        )
        # The contract takes signers in rising order of address.
        signers = sorted(demo_accounts().signing, key=lambda one: int(one.address, 16))[:QUORUM]
        return b"".join(signer.sign(digest) for signer in signers)
