"""Plans what brings a partner onto a running programme: its registration, its outlets, its suspension.

`governance.py` makes the calls; a deployment file that was brought up to them names the partner afterwards.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from milepost.chain.contracts import contract_at, method_of
from milepost.chain.deployment import OUTLETS_A_STEP
from milepost.chain.deployment_file import Deployment
from milepost.chain.errors import asking
from milepost.chain.governance_acts import Act
from milepost.chain.node import Node
from milepost.chain.roles import Role
from milepost.domain.errors import ChainError
from milepost.domain.partner import Outlet, Partner
from milepost.domain.quantities import PartnerId

# Places in IPartnerRegistry.Partner.
_EARN_MILES, _PER_MINOR, _PAYMENT, _OUTLET_COUNT, _SUSPENDED = 0, 1, 2, 6, 7


class OnboardingRefused(ChainError):
    """A partner or its outlets cannot be added as the file says. The operator corrects the file."""

    exit_code: ClassVar[int] = 2


@dataclass(frozen=True, slots=True)
class Onboarding:
    """What a partner's file asks of the registry.

    Shape: `acts` in one tx, none where the registry has all of it already; `outlets` are the file's, numbered
        in its order.
    """

    partner: Partner
    partner_id: PartnerId
    acts: tuple[Act, ...]

    def added_to(self, deployment: Deployment) -> Deployment:
        """The deployment with the partner's id and outlets."""
        code = self.partner.code
        numbers = {outlet.code: outlet.number for outlet in self.partner.outlets}
        return replace(
            deployment,
            partners={**deployment.partners, code: self.partner_id},
            outlets={**deployment.outlets, code: numbers},
        )


class RegistryReader:
    """The registry's partners and outlets as they stand."""

    def __init__(self, node: Node, deployment: Deployment) -> None:
        self._node, self._deployment = node, deployment
        self._registry = contract_at(node.web3, "PartnerRegistry", deployment.addresses.registry)

    def plan_partner(self, partner: Partner) -> Onboarding:
        """What registers a partner that the deployment does not name, with its outlets.

        Shape: no acts if the registry has it under an id that the deployment does not name, as after a run
            that was cut short before it wrote the file.
        Raises: OnboardingRefused for a partner that is named already, or where the registry has other
            partners that the deployment file does not name; ChainUnavailable.
        """
        if partner.code in self._deployment.partners:
            raise OnboardingRefused(
                f"{partner.code} is a partner of this deployment already: `milepost partners outlets` adds"
                " outlets."
            )
        known, count = set(self._deployment.partners.values()), int(self._ask("partnerCount"))
        unnamed = [PartnerId(one) for one in range(1, count + 1) if one not in known]
        for partner_id in unnamed:
            if self._is(partner, partner_id):
                return Onboarding(partner, partner_id, ())
        if unnamed:
            raise OnboardingRefused(
                f"The registry has {len(unnamed)} partners that the deployment file does not name, the first"
                f" with id {unnamed[0]}: use the newest deployment file, or add that partner first."
            )
        partner_id = PartnerId(count + 1)
        return Onboarding(partner, partner_id, tuple(self._registering(partner, partner_id)))

    def plan_outlets(self, partner: Partner) -> Onboarding:
        """What adds the outlets that a partner's file has and the registry has not.

        Raises: OnboardingRefused for a partner that is not deployed, and for a file that takes an outlet out,
            moves one or changes its clock: numbers and clocks stand on chain for good; ChainUnavailable.
        """
        code = partner.code
        partner_id = self._deployment.partners.get(code)
        if partner_id is None:
            raise OnboardingRefused(
                f"{code} is no partner of this deployment: `milepost partners add` adds one."
            )
        standing = sorted(self._deployment.outlets[code].items(), key=lambda one: one[1])
        for outlet_code, number in standing:
            if number >= len(partner.outlets) or partner.outlets[number].code != outlet_code:
                raise OnboardingRefused(
                    f"Outlet {number} of {code} is {outlet_code} on chain: leave the outlets of the file"
                    " where they are, and write new ones after them."
                )
        count = int(self._ask("partnerOf", partner_id)[_OUTLET_COUNT])
        for outlet in partner.outlets[:count]:
            if self._offsets(partner_id, outlet.number) != outlet.offsets:
                raise OnboardingRefused(
                    f"Outlet {outlet.code} of {code} keeps another clock on chain than {outlet.time_zone}:"
                    " give the outlet with the new clock a code of its own."
                )
        return Onboarding(partner, partner_id, tuple(self._adding(partner_id, partner.outlets[count:])))

    def require_done(self, done: Onboarding) -> None:
        """Make sure that the id that was planned is this partner's, and that it has its outlets.

        Raises: OnboardingRefused if somebody else registered a partner at the same moment.
        """
        if not self._is(done.partner, done.partner_id):
            raise OnboardingRefused(
                f"Partner {done.partner_id} of the registry is not {done.partner.code}: somebody registered a"
                " partner at the same moment. Take the newest deployment file and run this again."
            )

    def is_suspended(self, partner_id: PartnerId) -> bool:
        """Whether purchases of a partner settle with `suspended_partner`."""
        suspended: bool = self._ask("partnerOf", partner_id)[_SUSPENDED]
        return suspended

    def suspending(self, partner_id: PartnerId, *, is_suspended: bool) -> list[Act]:
        """Suspend a partner, or let it go on; at once."""
        purpose = f"purchases of partner {partner_id} {'earn nothing' if is_suspended else 'earn again'}"
        return [self._act(purpose, "setSuspended", partner_id, is_suspended)]

    def _registering(self, partner: Partner, partner_id: PartnerId) -> list[Act]:
        earn, available = partner.earn, partner.available or 0
        terms = (earn.miles, earn.per_minor, int(partner.payment), available)
        acts = [self._act(f"{partner.code} becomes partner {partner_id}", "register", *terms)]
        if partner.alert_below is not None:
            purpose = f"less than {partner.alert_below:,} miles are told"
            acts.append(self._act(purpose, "setAlert", partner_id, partner.alert_below))
        return acts + self._adding(partner_id, partner.outlets)

    def _adding(self, partner_id: PartnerId, outlets: Sequence[Outlet]) -> list[Act]:
        cuts = [outlets[first : first + OUTLETS_A_STEP] for first in range(0, len(outlets), OUTLETS_A_STEP)]
        return [
            self._act(
                f"partner {partner_id} gets outlets {', '.join(outlet.code for outlet in cut)}",
                "addOutlets",
                partner_id,
                [list(outlet.offsets) for outlet in cut],
            )
            for cut in cuts
        ]

    def _act(self, purpose: str, function: str, *arguments: Any) -> Act:
        registry = self._deployment.addresses.registry
        return Act(Role.REGISTER, purpose, "PartnerRegistry", registry, function, arguments)

    def _is(self, partner: Partner, partner_id: PartnerId) -> bool:
        if partner_id > int(self._ask("partnerCount")):
            return False
        found = self._ask("partnerOf", partner_id)
        terms = (partner.earn.miles, partner.earn.per_minor, int(partner.payment), len(partner.outlets))
        if (found[_EARN_MILES], found[_PER_MINOR], found[_PAYMENT], found[_OUTLET_COUNT]) != terms:
            return False
        return all(self._offsets(partner_id, outlet.number) == outlet.offsets for outlet in partner.outlets)

    def _offsets(self, partner_id: PartnerId, outlet: int) -> tuple[int, int]:
        (first, second), _known = self._ask("outletOf", partner_id, outlet)
        return int(first), int(second)

    def _ask(self, function: str, *arguments: Any) -> Any:
        with asking(self._node.name):
            return method_of(self._registry, function, *arguments).call()
