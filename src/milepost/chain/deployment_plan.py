"""Says what is to be deployed: a programme, its partners and promotions, and who holds which role.

The catalogue reads the parts from files; `deployment.py` turns a plan into steps.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar

from eth_utils.address import is_checksum_address, to_checksum_address

from milepost.chain.roles import Role
from milepost.codec.terms import Numbering, promotion_terms
from milepost.domain.calendar import SECONDS_A_DAY, shown_instant
from milepost.domain.errors import ChainError
from milepost.domain.partner import Partner
from milepost.domain.programme import Programme
from milepost.domain.promotion import Promotion
from milepost.domain.promotion_terms import PromotionTerms
from milepost.domain.quantities import Miles, OutletCode, OutletNumber, PartnerCode, PartnerId, PromotionId

TWO_DAYS_S = 2 * SECONDS_A_DAY
"""Delay of what changes the rules, seconds: long enough to be seen by members and partners."""

DAILY_ADJUSTMENTS = Miles(100_000)
"""Miles a day that adjustments may credit, debit and merge together, unless the plan says otherwise."""

NOWHERE = "0x0000000000000000000000000000000000000000"
"""The address of no contract."""

SECONDS_A_STEP = 15
"""How long a step may take on a chain; notice must last until all of them are done."""

_UNIX_DAY_ZERO = int(datetime(1990, 1, 1, tzinfo=UTC).timestamp())
_EARLIEST_ZONE_S = 14 * 3600


class DeploymentRefused(ChainError):
    """What was to be deployed contradicts itself or comes too late. The operator corrects what is named."""

    exit_code: ClassVar[int] = 2


@dataclass(frozen=True, slots=True)
class DeploymentPlan:
    """Shape: `promotions` in the order of publishing. A role without holders is held by the admin.

    Units: delays in seconds; `adjustment_daily_limit` in miles a day, of all adjustments. `admin`,
        `reporters` and holders are addresses; reporters in any order. `payment_token` is the ERC-20 that the
        shop takes and `treasury` where it goes, both `NOWHERE` where it only records payments made elsewhere.
        The governor sets prices and limits afterwards; until then nothing is sold.
    """

    programme: Programme
    partners: tuple[Partner, ...]
    promotions: tuple[Promotion, ...]
    reporters: tuple[str, ...]
    quorum: int
    admin: str
    holders: Mapping[Role, tuple[str, ...]] = field(default_factory=dict)
    govern_delay_s: int = TWO_DAYS_S
    admin_delay_s: int = TWO_DAYS_S
    adjustment_daily_limit: Miles = DAILY_ADJUSTMENTS
    payment_token: str = NOWHERE
    treasury: str = NOWHERE

    def holders_of(self, role: Role) -> tuple[str, ...]:
        """Checksummed addresses that hold a role; the admin role has the admin alone."""
        if role is Role.ADMIN:
            return (to_checksum_address(self.admin),)
        return tuple(map(to_checksum_address, self.holders.get(role) or (self.admin,)))

    def delay_of(self, role: Role) -> int:
        """Seconds between scheduling and executing."""
        return {Role.ADMIN: self.admin_delay_s, Role.GOVERN: self.govern_delay_s}.get(role, 0)

    @property
    def ordered_partners(self) -> tuple[Partner, ...]:
        """In the order of their ids: alphabetical by code."""
        return tuple(sorted(self.partners, key=lambda partner: partner.code))

    @property
    def ordered_reporters(self) -> list[str]:
        """Checksummed, in rising order of address, as the contract wants them."""
        return sorted(map(to_checksum_address, self.reporters), key=lambda address: int(address, 16))

    @property
    def partner_ids(self) -> dict[PartnerCode, PartnerId]:
        return {partner.code: PartnerId(i) for i, partner in enumerate(self.ordered_partners, start=1)}

    @property
    def outlet_numbers(self) -> dict[PartnerCode, dict[OutletCode, OutletNumber]]:
        return {
            partner.code: {outlet.code: outlet.number for outlet in partner.outlets}
            for partner in self.ordered_partners
        }

    @property
    def promotion_ids(self) -> dict[str, PromotionId]:
        """By name."""
        return {promotion.name: PromotionId(i) for i, promotion in enumerate(self.promotions, start=1)}

    @property
    def numbering(self) -> Numbering:
        numbers = self.outlet_numbers
        return {code: (partner_id, numbers[code]) for code, partner_id in self.partner_ids.items()}

    def terms_of(self, promotion: Promotion) -> PromotionTerms:
        """The promotion as it is published for these partners and tiers.

        Raises: PromotionNotSettleable.
        """
        return promotion_terms(promotion, self.numbering, tiers=self.programme.tiers)

    def available_of(self, partner: Partner) -> Miles | None:
        """Miles a partner may issue once it has paid into the pots of promotions; None when open."""
        if partner.available is None:
            return None
        shares = (share for promotion in self.promotions for share in promotion.funding)
        return Miles(
            partner.available - sum(share.miles for share in shares if share.partner == partner.code)
        )

    @property
    def offers(self) -> dict[PartnerCode, tuple[PromotionId, ...]]:
        """The promotions of each partner that has any, ids rising; partners in order of their ids."""
        ids = self.promotion_ids
        offers = {
            partner.code: tuple(
                ids[promotion.name] for promotion in self.promotions if partner.code in promotion.partners
            )
            for partner in self.ordered_partners
        }
        return {code: promotions for code, promotions in offers.items() if promotions}


def check_plan(plan: DeploymentPlan, *, deployer: str, chain_time: int) -> None:
    """Refuse before anything is deployed what a step would fail on later, or leave without an owner.

    Units: `chain_time` in unix seconds.
    Raises: DeploymentRefused; PromotionNotSettleable for terms that the contracts have no words for.
    """
    _check_accounts(plan, deployer)
    _check_reporters(plan)
    _check_outlet_numbers(plan)
    _check_pots(plan)
    latest = latest_start(plan)
    for promotion in plan.promotions:
        plan.terms_of(promotion)
        if chain_time > latest[promotion.name]:
            raise DeploymentRefused(
                f"The promotion {promotion.name} opens on {promotion.window.from_day}, and its notice of"
                f" {plan.programme.promotion_notice_days} days had to begin by"
                f" {shown_instant(latest[promotion.name])}; the chain is at {shown_instant(chain_time)}:"
                " let it open later, or leave it out."
            )


def latest_start(plan: DeploymentPlan) -> dict[str, int]:
    """By promotion, the latest time of the chain at which its deployment may begin.

    Units: unix seconds. A day begins 14 hours before UTC where it begins first, as the contract counts.
    """
    notice_s = plan.programme.promotion_notice_days * SECONDS_A_DAY
    return {
        promotion.name: _UNIX_DAY_ZERO
        + plan.terms_of(promotion).first_day * SECONDS_A_DAY
        - _EARLIEST_ZONE_S
        - notice_s
        - SECONDS_A_STEP * _steps_until_assigned(plan)
        for promotion in plan.promotions
    }


def _steps_until_assigned(plan: DeploymentPlan) -> int:
    # Contracts and slots come first; then two steps a partner, one a promotion, two a partner with offers.
    return 23 + 2 * len(plan.partners) + len(plan.promotions) + 2 * len(plan.offers)


def _check_accounts(plan: DeploymentPlan, deployer: str) -> None:
    holders = (one for role in Role for one in plan.holders.get(role, ()))
    given = [plan.admin, *plan.reporters, *holders, plan.payment_token, plan.treasury]
    for address in given:
        if not is_checksum_address(address):
            raise DeploymentRefused(f"{address} is no address with a right checksum: correct it.")
    if (plan.payment_token == NOWHERE) != (plan.treasury == NOWHERE):
        raise DeploymentRefused(
            "A payment token needs a treasury, and a treasury a token: name both or none."
        )
    if plan.holders.get(Role.ADMIN):
        raise DeploymentRefused("The admin role has one holder: name it as the admin.")
    named = {holder for role in Role for holder in plan.holders_of(role)}
    if to_checksum_address(deployer) in named:
        raise DeploymentRefused(
            f"The deployer {deployer} is to hold a role, yet holds none at the end: name another account."
        )


def _check_reporters(plan: DeploymentPlan) -> None:
    count = len(set(plan.reporters))
    if count != len(plan.reporters):
        raise DeploymentRefused("A reporter is named twice: name each once.")
    if not 1 <= plan.quorum <= count <= 32:
        raise DeploymentRefused(
            f"{count} reporters with a quorum of {plan.quorum} are refused: name 1 to 32, and a quorum they"
            " can reach."
        )


def _check_pots(plan: DeploymentPlan) -> None:
    for partner in plan.partners:
        available = plan.available_of(partner)
        if available is not None and available < 0:
            raise DeploymentRefused(
                f"{partner.code} is to pay {-available} miles more into the pots of promotions than it has:"
                " let it pay less, or give it more."
            )


def _check_outlet_numbers(plan: DeploymentPlan) -> None:
    codes = [partner.code for partner in plan.partners]
    if len(set(codes)) != len(codes):
        raise DeploymentRefused("A partner is given twice: give each once.")
    names = [promotion.name for promotion in plan.promotions]
    if len(set(names)) != len(names):
        raise DeploymentRefused("A promotion is given twice: give each once.")
    for partner in plan.partners:
        if [outlet.number for outlet in partner.outlets] != list(range(len(partner.outlets))):
            raise DeploymentRefused(
                f"The outlets of {partner.code} are not numbered 0, 1, 2: keep their order."
            )
