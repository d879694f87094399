"""Checks a proposed report against a reporter's own copy of the purchases, and signs what that gives too.

Before it a report was sealed and proposed; after it `sign_report` keeps the signature, or why there is none.
"""

from dataclasses import dataclass, field
from typing import ClassVar

from milepost.codec.digest import content_hash
from milepost.codec.report_bytes import encode_report
from milepost.domain.errors import StoreError, WhoActs
from milepost.domain.quantities import PartnerCode
from milepost.pipeline.attach_receipts import check_attachments
from milepost.pipeline.build_report import DeployedPartners, ReportBuilder, cut_of
from milepost.ports import (
    MemberDirectory,
    PartnerSecrets,
    Proposal,
    Reporter,
    ReporterAnswerRefused,
    ReporterCopy,
    Store,
    StoredPurchase,
)

SIGNATURE_SIZE = 65


class ReportDisagreement(StoreError):
    """A reporter's own copy gives another report than the one proposed. The operator compares the copies."""

    exit_code: ClassVar[int] = 1

    def __init__(self, reporter: str, *, proposed: bytes, own: bytes) -> None:
        self.reporter = reporter
        self.proposed_bytes, self.own_bytes = proposed, own
        self.proposed, self.own = content_hash(proposed), content_hash(own)
        super().__init__(
            f"Reporter {reporter} does not sign report {self.proposed.hex()}: its own copy gives"
            f" {self.own.hex()}. Compare the purchases of both copies before anything is signed: milepost"
            " reports disagreements."
        )


class CopyLacksPurchases(StoreError):
    """A reporter's copy lacks purchases of a report, which may come yet. Retry, or feed it."""

    who_acts: ClassVar[WhoActs] = WhoActs.RETRY

    def __init__(self, lacking: int, first: PartnerCode) -> None:
        super().__init__(
            f"The reporter's copy lacks {lacking} of the report's purchases, the first of {first}: feed it"
            " what the proposer has."
        )
        self.lacking = lacking


class SignatureMalformed(ReporterAnswerRefused):
    """A reporter's key answered with something that is no signature. The operator looks at that key."""

    def __init__(self, reporter: str, length: int) -> None:
        super().__init__(
            f"Reporter {reporter} answered {length} bytes, a signature has {SIGNATURE_SIZE}: check its key."
        )


@dataclass(frozen=True, slots=True)
class OwnCopy:
    """A reporter's copy in a store of its own: the port `ReporterCopy`."""

    store: Store
    members: MemberDirectory
    partners: DeployedPartners
    secrets: PartnerSecrets

    def purchases(self, proposal: Proposal) -> list[StoredPurchase]:
        """The copy's own purchases of a proposal, in its order.

        Raises: CopyLacksPurchases.
        """
        with self.store.unit_of_work() as work:
            found = work.purchases.by_keys(proposal.keys)
        missing = [key for key in proposal.keys if key not in found]
        if missing:
            raise CopyLacksPurchases(len(missing), missing[0].partner)
        return [found[key] for key in proposal.keys]

    def rebuild(self, proposal: Proposal) -> bytes:
        in_order = self.purchases(proposal)
        builder = ReportBuilder(
            self.partners,
            self.secrets,
            self.members.ids_of({stored.member_key for stored in in_order if stored.member_key}),
            check_attachments(proposal.report_bytes, in_order, self.store, self.secrets),
        )
        # The order is this copy's own too: what stood in another one comes out as other bytes.
        report = builder.build(
            cut_of({stored.purchase_id: stored for stored in in_order}.values(), self.partners),
            lane=proposal.lane,
            sequence=proposal.sequence,
            first_numbers=proposal.first_numbers,
        )
        return encode_report(report)


@dataclass(slots=True)
class RebuiltOnce:
    """A copy that several reporters of one process share: what it gave for one, it gives for all."""

    copy: ReporterCopy
    _last: tuple[Proposal, bytes] | None = field(default=None, init=False)

    def rebuild(self, proposal: Proposal) -> bytes:
        if self._last is None or self._last[0] != proposal:
            self._last = proposal, self.copy.rebuild(proposal)
        return self._last[1]


@dataclass(frozen=True, slots=True)
class CheckingReporter:
    """A reporter's key in this process beside the copy it checks by: the port `SigningReporter`."""

    reporter: Reporter
    copy: ReporterCopy

    @property
    def address(self) -> str:
        return self.reporter.address

    def sign(self, proposal: Proposal, *, message: bytes) -> bytes:
        """Raises: also SignatureMalformed."""
        own = self.copy.rebuild(proposal)
        if own != proposal.report_bytes:
            raise ReportDisagreement(self.address, proposed=proposal.report_bytes, own=own)
        signature = self.reporter.sign_message(message)
        if len(signature) != SIGNATURE_SIZE:
            raise SignatureMalformed(self.address, len(signature))
        return signature
