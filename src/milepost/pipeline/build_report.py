"""Puts stored purchases in the order of a report and makes its entries.

Sealing builds a report with it to propose; every other reporter builds the same one of its own copy.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from milepost.codec.entry import member_of_word, seal_entry
from milepost.codec.facts import dedupe_key_bytes, salt
from milepost.domain.errors import StoreError
from milepost.domain.partner import Outlet, Partner
from milepost.domain.purchase import PurchaseKind
from milepost.domain.quantities import (
    Lane,
    MemberId,
    OutletCode,
    PartnerCode,
    PartnerId,
    PurchaseNumber,
    ReportSequence,
)
from milepost.domain.report import Attachment, Entry, Report, Section
from milepost.ports import PartnerSecrets, StoredPurchase

MOST_SECONDS = (1 << 24) - 1
"""Seconds an entry can lie after its section's base time, 194 days; later ones wait for the next report."""

_UNKNOWN_MEMBER = MemberId(0)
_MINUTES_A_QUARTER_HOUR = 15


class PartnerNotDeployed(StoreError):
    """A stored purchase names a partner or outlet that the deployment does not. The operator deploys it."""

    def __init__(self, what: str) -> None:
        super().__init__(f"The deployment has no {what}, yet a purchase names it: register it first.")


@dataclass(frozen=True, slots=True)
class DeployedPartners:
    """The partners' agreements by code, and the ids the registry gave them."""

    partners: Mapping[PartnerCode, Partner]
    ids: Mapping[PartnerCode, PartnerId]

    def of_lane(self, lane: Lane) -> list[PartnerCode]:
        return sorted(code for code, partner in self.partners.items() if partner.lane == lane)

    def id_of(self, code: PartnerCode) -> PartnerId:
        """Raises: PartnerNotDeployed."""
        try:
            return self.ids[code]
        except KeyError:
            raise PartnerNotDeployed(f"partner {code}") from None

    def outlet_of(self, code: PartnerCode, outlet: OutletCode) -> Outlet:
        """Raises: PartnerNotDeployed."""
        partner = self.partners.get(code)
        for candidate in partner.outlets if partner else ():
            if candidate.code == outlet:
                return candidate
        raise PartnerNotDeployed(f"outlet {outlet} of {code}")


@dataclass(frozen=True, slots=True)
class Cut:
    """The purchases of one report in its order, by partner id."""

    sections: tuple[tuple[PartnerId, tuple[StoredPurchase, ...]], ...]

    @property
    def purchases(self) -> list[StoredPurchase]:
        return [stored for _, purchases in self.sections for stored in purchases]


def cut_of(purchases: Iterable[StoredPurchase], partners: DeployedPartners) -> Cut:
    """Order purchases: by partner id, then time, then dedupe key.

    Shape: purchases too long after the first of their partner for an entry to say are left out.
    Raises: PartnerNotDeployed.
    Source: docs/report-format.md "Report".
    """
    by_partner: dict[PartnerId, list[StoredPurchase]] = {}
    for stored in purchases:
        by_partner.setdefault(partners.id_of(stored.purchase.partner), []).append(stored)
    sections = []
    for partner_id, members_of in sorted(by_partner.items()):
        ordered = sorted(members_of, key=_order)
        latest = ordered[0].purchase.occurred_at_s + MOST_SECONDS
        kept = tuple(stored for stored in ordered if stored.purchase.occurred_at_s <= latest)
        sections.append((partner_id, kept))
    return Cut(tuple(sections))


@dataclass(frozen=True, slots=True)
class ReportBuilder:
    """What making entries needs: the partners, their secrets, and the ids of the members by key.

    Shape: `attachments` by purchase id, of every amendment of the cut; None for one whose sale nobody knows.
    """

    partners: DeployedPartners
    secrets: PartnerSecrets
    member_ids: Mapping[bytes, MemberId]
    attachments: Mapping[int, Attachment | None] = field(default_factory=dict)

    def build(
        self,
        cut: Cut,
        *,
        lane: Lane,
        sequence: ReportSequence,
        first_numbers: Mapping[PartnerId, PurchaseNumber],
    ) -> Report:
        """Make the report of a cut.

        Shape: base time of a section is its earliest purchase; members without an id are 0. An amendment has
            the member of the receipt that it brings, but for a claim, which brings its own.
        Raises: PartnerNotDeployed, also if an outlet never uses the purchase's UTC offset.
        """
        changing = [stored for stored in cut.purchases if stored.purchase.kind is not PurchaseKind.SALE]
        return Report(
            lane=lane,
            sequence=sequence,
            sections=tuple(
                self._section(partner_id, first_numbers[partner_id], purchases)
                for partner_id, purchases in cut.sections
            ),
            attachments=tuple(self.attachments[stored.purchase_id] for stored in changing) or None,
        )

    def _section(
        self, partner_id: PartnerId, first_number: PurchaseNumber, purchases: Sequence[StoredPurchase]
    ) -> Section:
        base_time = purchases[0].purchase.occurred_at_s
        secret = self.secrets.secret_of(purchases[0].purchase.partner)
        entries = tuple(self._entry(stored, base_time=base_time, secret=secret) for stored in purchases)
        return Section(partner_id, first_number, base_time, entries)

    def _entry(self, stored: StoredPurchase, *, base_time: int, secret: bytes) -> Entry:
        purchase = stored.purchase
        outlet = self.partners.outlet_of(purchase.partner, purchase.outlet)
        quarters, odd = divmod(purchase.utc_offset_minutes, _MINUTES_A_QUARTER_HOUR)
        if odd or quarters not in outlet.offsets:
            raise PartnerNotDeployed(
                f"UTC offset of {purchase.utc_offset_minutes} minutes at outlet {outlet.code}"
            )
        return seal_entry(
            purchase,
            member=self._member(stored),
            outlet=outlet.number,
            offset_choice=outlet.offsets.index(quarters),
            base_time=base_time,
            salt=salt(secret, purchase.dedupe_key),
        )

    def _member(self, stored: StoredPurchase) -> MemberId:
        own = self.member_ids.get(stored.member_key or b"", _UNKNOWN_MEMBER)
        if stored.purchase.kind is PurchaseKind.SALE:
            return own
        attachment = self.attachments[stored.purchase_id]
        if attachment is None:
            return own
        settled_for = member_of_word(attachment.entry)
        is_claim = stored.purchase.kind is PurchaseKind.AMEND and settled_for == _UNKNOWN_MEMBER
        return own if is_claim else settled_for


def _order(stored: StoredPurchase) -> tuple[int, bytes]:
    return stored.purchase.occurred_at_s, dedupe_key_bytes(stored.purchase.dedupe_key)
