"""Reads a deployment back from the chain and compares every slot, role, partner and promotion with the plan.

Deploying ends with it; nothing is written down as deployed before it found no difference.
"""

from collections.abc import Iterator
from dataclasses import astuple, dataclass
from typing import Any, ClassVar

from web3 import Web3

from milepost.chain.contracts import ContractAddresses, contract_at, method_of
from milepost.chain.deployment import SETTLER_GUARDED, offer_sets, selector
from milepost.chain.deployment_plan import DeploymentPlan
from milepost.chain.errors import asking
from milepost.chain.programme_rules import settings_of
from milepost.chain.roles import DESK_ACTS, FUNCTIONS, Role
from milepost.chain.standing_rules import standing_rules
from milepost.codec.terms import promotion_budget, terms_hash
from milepost.domain.calendar import SECONDS_A_DAY
from milepost.domain.errors import ChainError
from milepost.domain.partner import Partner, PaymentMode
from milepost.domain.promotion_terms import NOT_STOPPED
from milepost.domain.quantities import Miles, PartnerId

_ANY_INSTANT_S = 1_000_000_000
"""The rules' words are the same at each; only `today` differs."""


class DeploymentDiffers(ChainError):
    """What stands on chain is not what was planned. The operator does not use it and deploys anew."""

    exit_code: ClassVar[int] = 3

    def __init__(self, differences: list[str]) -> None:
        super().__init__("The deployment is not as planned, do not use it: " + "; ".join(differences) + ".")
        self.differences = differences


@dataclass(frozen=True, slots=True)
class _Reader:
    """Calls view functions of one deployment."""

    web3: Web3
    addresses: ContractAddresses

    def call(self, contract: str, function: str, *arguments: Any) -> Any:
        found = contract_at(self.web3, contract, self.addresses.of(contract))
        return method_of(found, function, *arguments).call()


Difference = tuple[str, Any, Any]
"""What was compared, what the chain says, and what was planned."""


def verify_deployment(
    web3: Web3, plan: DeploymentPlan, *, addresses: ContractAddresses, deployer: str, node: str = "The node"
) -> None:
    """Compare all that a plan says with the chain.

    Raises: DeploymentDiffers with every difference; ChainUnavailable.
    """
    reader = _Reader(web3, addresses)
    with asking(node):
        compared = [
            *_rules(reader, plan),
            *_slots(reader),
            *_reporters(reader, plan),
            *_partners(reader, plan),
            *_promotions(reader, plan),
            *_functions(reader),
            *_roles(reader, plan, deployer),
        ]
    differences = [
        f"{what} is {found!r} and should be {wanted!r}" for what, found, wanted in compared if found != wanted
    ]
    if differences:
        raise DeploymentDiffers(differences)


def _rules(reader: _Reader, plan: DeploymentPlan) -> Iterator[Difference]:
    programme = plan.programme
    accept = [programme.accept.oldest_days, programme.accept.ahead_minutes]
    notice_s = programme.promotion_notice_days * SECONDS_A_DAY
    yield "the ledger's name", reader.call("MilesLedger", "name"), programme.title
    yield "the ledger's symbol", reader.call("MilesLedger", "symbol"), programme.symbol
    yield "the rules' settings", tuple(reader.call("MilesLedger", "settings")), settings_of(programme)
    yield from _versions(reader, plan)
    yield "acceptance", list(reader.call("PartnerRegistry", "acceptance")), accept
    yield "the daily limit", reader.call("AdjustmentDesk", "dailyLimit"), plan.adjustment_daily_limit
    yield "the payment token", reader.call("MilesShop", "token"), plan.payment_token
    yield "the treasury", reader.call("MilesShop", "treasury"), plan.treasury
    yield "the notice period", reader.call("PromotionBook", "noticePeriod"), notice_s


def _versions(reader: _Reader, plan: DeploymentPlan) -> Iterator[Difference]:
    found = standing_rules(reader.call("MilesLedger", "expiryAt", _ANY_INSTANT_S))
    yield "the versions of the rules", found.versions, plan.programme.versions
    yield "the number of announced acts", len(found.acts), 0


def _slots(reader: _Reader) -> Iterator[Difference]:
    addresses = reader.addresses
    for contract in SETTLER_GUARDED:
        yield f"the settler of {contract}", reader.call(contract, "settler"), addresses.settlement
    for contract in FUNCTIONS:
        yield f"the authority of {contract}", reader.call(contract, "authority"), addresses.authority
    for desk, acts in DESK_ACTS.items():
        yield f"the acts of {desk}", reader.call("MilesLedger", "deskActs", addresses.of(desk)), int(acts)
    for desk in DESK_ACTS:
        yield f"the ledger of {desk}", reader.call(desk, "ledger"), addresses.ledger
    yield "the desk's registry", reader.call("RedemptionDesk", "registry"), addresses.registry
    book = reader.call("PartnerRegistry", "promotionBook")
    yield "the promotion book", book, addresses.promotion_book
    parts = [addresses.registry, addresses.ledger, addresses.promotion_book, addresses.receipts]
    yield "the parts of Settlement", list(reader.call("Settlement", "parts")), parts
    yield "the pause of Settlement", reader.call("Settlement", "paused"), False


def _reporters(reader: _Reader, plan: DeploymentPlan) -> Iterator[Difference]:
    found = list(reader.call("Settlement", "reporterSet"))
    yield "the reporter set", found, [1, plan.quorum, len(plan.reporters)]
    for reporter in plan.ordered_reporters:
        yield f"reporter {reporter}", reader.call("Settlement", "isReporter", reporter), True


def _partners(reader: _Reader, plan: DeploymentPlan) -> Iterator[Difference]:
    sets, offers = offer_sets(plan), plan.offers
    yield "the number of partners", reader.call("PartnerRegistry", "partnerCount"), len(plan.partners)
    yield "the number of offer sets", reader.call("PromotionBook", "offerSetCount"), len(sets)
    for promotions, offer_set in sets.items():
        found = reader.call("PromotionBook", "promotionsOf", offer_set)
        yield f"offer set {offer_set}", tuple(found), promotions
    for code, partner_id in plan.partner_ids.items():
        partner = plan.ordered_partners[partner_id - 1]
        word = tuple(reader.call("PartnerRegistry", "partnerOf", partner_id))
        offer_set = sets[offers[code]] if code in offers else 0
        yield f"partner {code}", word, _partner_word(partner, plan.available_of(partner), offer_set)
        yield from _outlets(reader, partner, partner_id)


def _partner_word(partner: Partner, available: Miles | None, offer_set: int) -> tuple[Any, ...]:
    is_open = partner.payment is PaymentMode.OPEN
    funding = (int(partner.payment), 0 if is_open or available is None else available)
    terms = (partner.earn.miles, partner.earn.per_minor, *funding, offer_set)
    # Nothing settled, not suspended.
    return *terms, 0, len(partner.outlets), False, partner.alert_below or 0


def _outlets(reader: _Reader, partner: Partner, partner_id: PartnerId) -> Iterator[Difference]:
    for outlet in partner.outlets:
        offsets, known = reader.call("PartnerRegistry", "outletOf", partner_id, outlet.number)
        yield f"outlet {outlet.code} of {partner.code}", (tuple(offsets), known), (outlet.offsets, True)


def _promotions(reader: _Reader, plan: DeploymentPlan) -> Iterator[Difference]:
    count = reader.call("PromotionBook", "promotionCount")
    yield "the number of promotions", count, len(plan.promotions)
    for promotion in plan.promotions:
        promotion_id = plan.promotion_ids[promotion.name]
        what = f"promotion {promotion.name}"
        terms = _as_tuples(reader.call("PromotionBook", "termsOf", promotion_id))
        yield f"{what}, its terms,", terms, _as_tuples(astuple(plan.terms_of(promotion)))
        text_hash = reader.call("PromotionBook", "termsHashOf", promotion_id)
        yield f"{what}, the hash of its text,", text_hash, terms_hash(promotion)
        budget = tuple(reader.call("PromotionBook", "budgetOf", promotion_id))
        # What a pot is to hold was paid into it.
        wanted = promotion.limits.budget if promotion.funding else promotion_budget(promotion)
        yield f"{what}, its budget,", budget, (0, wanted, NOT_STOPPED, 0, 0)


def _functions(reader: _Reader) -> Iterator[Difference]:
    for contract, roles in FUNCTIONS.items():
        target = reader.addresses.of(contract)
        for role, functions in roles.items():
            for function in functions:
                found = reader.call(
                    "Authority", "getTargetFunctionRole", target, selector(contract, function)
                )
                yield f"the role of {contract}.{function}", found, int(role)


def _roles(reader: _Reader, plan: DeploymentPlan, deployer: str) -> Iterator[Difference]:
    for role in Role:
        holds, _ = reader.call("Authority", "hasRole", role, deployer)
        yield f"{role.label} of the deployer", holds, False
        for holder in plan.holders_of(role):
            found = list(reader.call("Authority", "hasRole", role, holder))
            yield f"{role.label} of {holder}, with its delay,", found, [True, plan.delay_of(role)]


def _as_tuples(value: Any) -> Any:
    return tuple(map(_as_tuples, value)) if isinstance(value, (list, tuple)) else value
