"""Lists the steps of a deployment as data: contracts in order, slots, partners, promotions, roles.

A `DeploymentPlan` goes in; `deployment_run.py` executes the steps by plain web3, `scripts/deploy.py` by ape.
"""

from collections.abc import Iterator
from dataclasses import astuple, dataclass
from typing import Any

from eth_utils.abi import function_abi_to_4byte_selector

from milepost.chain.contracts import artifact
from milepost.chain.deployment_plan import DeploymentPlan
from milepost.chain.programme_rules import settings_of, versions_of
from milepost.chain.roles import DESK_ACTS, FUNCTIONS, DeskAct, Role
from milepost.codec.terms import promotion_budget, terms_hash
from milepost.domain.calendar import SECONDS_A_DAY
from milepost.domain.quantities import PromotionId

OUTLETS_A_STEP = 128
"""Outlets added by one tx: far below a block's gas."""

SETTLER_GUARDED = ("MilesLedger", "PartnerRegistry", "PromotionBook", "ReceiptBook")
"""Contracts with a settler slot, in the order in which they are set."""

_NO_MILES = 0


@dataclass(frozen=True, slots=True)
class AddressOf:
    """Stands in a step's arguments for the address of a contract that an earlier step deployed."""

    contract: str


@dataclass(frozen=True, slots=True)
class Deploy:
    """Deploy a contract. `name` is what a table of steps shows, `purpose` what it is for."""

    name: str
    purpose: str
    contract: str
    arguments: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """Call a function of a contract that an earlier step deployed."""

    name: str
    purpose: str
    contract: str
    function: str
    arguments: tuple[Any, ...] = ()


Step = Deploy | Call


def deployment_steps(plan: DeploymentPlan, *, deployer: str) -> list[Step]:
    """All steps in order.

    Shape: the deployer is admin until the last step, which takes that role from it; the roles' functions are
        mapped after the last call that needs them, so no role is ever needed by the deployer.
    Raises: PromotionNotSettleable for terms that the contracts have no words for.
    """
    return [
        *_contracts(plan, deployer),
        *_slots(plan),
        *_partners(plan),
        *_promotions(plan),
        *_pots(plan),
        *_offer_sets(plan),
        *_functions_of_roles(),
        *_grants(plan),
        Call(
            "renounce admin",
            "the deployer keeps no role",
            "Authority",
            "renounceRole",
            (Role.ADMIN, deployer),
        ),
    ]


def offer_sets(plan: DeploymentPlan) -> dict[tuple[PromotionId, ...], int]:
    """The id of each offer set by its promotions: partners with the same promotions share one."""
    distinct = dict.fromkeys(plan.offers.values())
    return {promotions: i for i, promotions in enumerate(distinct, start=1)}


def _contracts(plan: DeploymentPlan, deployer: str) -> Iterator[Step]:
    programme, accept = plan.programme, plan.programme.accept
    authority = AddressOf("Authority")
    notice_s = programme.promotion_notice_days * SECONDS_A_DAY
    rules = (settings_of(programme), versions_of(programme))
    ledger_arguments = (authority, AddressOf("LedgerReversals"), programme.title, programme.symbol, *rules)
    registry_arguments = (authority, accept.oldest_days, accept.ahead_minutes)
    parts = tuple(map(AddressOf, ("PartnerRegistry", "MilesLedger", "PromotionBook", "ReceiptBook")))
    yield Deploy("Authority", "who may call what", "Authority", (deployer,))
    yield Deploy("ReceiptBook", "one receipt root a report", "ReceiptBook", (authority,))
    yield Deploy("PartnerRegistry", "earn rates, outlets, funding", "PartnerRegistry", registry_arguments)
    yield Deploy("LedgerReversals", "the ledger's part for refunds", "LedgerReversals")
    yield Deploy("MilesLedger", "members' miles in lots", "MilesLedger", ledger_arguments)
    yield Deploy(
        "PromotionBook",
        "promotions and their budgets",
        "PromotionBook",
        (authority, AddressOf("PartnerRegistry"), AddressOf("MilesLedger"), notice_s),
    )
    yield Deploy("Settlement", "takes signed reports", "Settlement", (authority, *parts))
    yield Deploy(
        "AdjustmentDesk",
        "adjustments by two people",
        "AdjustmentDesk",
        (authority, AddressOf("MilesLedger"), plan.adjustment_daily_limit),
    )
    ledger, registry = AddressOf("MilesLedger"), AddressOf("PartnerRegistry")
    yield Deploy(
        "RedemptionDesk", "rewards, tills, families", "RedemptionDesk", (authority, ledger, registry)
    )
    payment = (plan.payment_token, plan.treasury)
    yield Deploy("MilesShop", "buys, extends, transfers", "MilesShop", (authority, ledger, *payment))
    yield Deploy("MilesLens", "views over the ledger", "MilesLens")


def _slots(plan: DeploymentPlan) -> Iterator[Step]:
    settlement = (AddressOf("Settlement"),)
    for contract in SETTLER_GUARDED:
        yield Call(f"settler of {contract}", "it obeys Settlement", contract, "setSettler", settlement)
    for desk, acts in DESK_ACTS.items():
        names = ", ".join(act.name.lower() for act in DeskAct if act in acts and act.name)
        yield Call(
            f"acts of {desk}", f"it may {names}", "MilesLedger", "setDesk", (AddressOf(desk), int(acts))
        )
    yield Call(
        "promotion book",
        "it may assign offer sets",
        "PartnerRegistry",
        "setPromotionBook",
        (AddressOf("PromotionBook"),),
    )
    yield Call(
        "reporters",
        f"{plan.quorum} of {len(plan.reporters)} sign a report",
        "Settlement",
        "setReporters",
        (plan.ordered_reporters, plan.quorum),
    )


def _partners(plan: DeploymentPlan) -> Iterator[Step]:
    for partner_id, partner in enumerate(plan.ordered_partners, start=1):
        available = _NO_MILES if partner.available is None else partner.available
        terms = (partner.earn.miles, partner.earn.per_minor, int(partner.payment), available)
        name = f"partner {partner.code}"
        yield Call(name, f"partner {partner_id}", "PartnerRegistry", "register", terms)
        if partner.alert_below is not None:
            below = partner.alert_below
            alert = (partner_id, below)
            yield Call(
                f"alert of {partner.code}", f"below {below} miles", "PartnerRegistry", "setAlert", alert
            )
        for first in range(0, len(partner.outlets), OUTLETS_A_STEP):
            outlets = partner.outlets[first : first + OUTLETS_A_STEP]
            yield Call(
                f"outlets of {partner.code}",
                f"outlets {first} to {first + len(outlets) - 1}",
                "PartnerRegistry",
                "addOutlets",
                (partner_id, [list(outlet.offsets) for outlet in outlets]),
            )


def _promotions(plan: DeploymentPlan) -> Iterator[Step]:
    for promotion_id, promotion in enumerate(plan.promotions, start=1):
        terms = astuple(plan.terms_of(promotion))
        yield Call(
            f"promotion {promotion.name}",
            f"promotion {promotion_id}",
            "PromotionBook",
            "publish",
            (terms, promotion_budget(promotion), terms_hash(promotion)),
        )


def _pots(plan: DeploymentPlan) -> Iterator[Step]:
    ids = plan.partner_ids
    for promotion_id, promotion in enumerate(plan.promotions, start=1):
        for share in promotion.funding:
            yield Call(
                f"pot of {promotion.name}",
                f"{share.partner} pays {share.miles} miles",
                "PromotionBook",
                "contribute",
                (promotion_id, ids[share.partner], share.miles),
            )


def _offer_sets(plan: DeploymentPlan) -> Iterator[Step]:
    sets = offer_sets(plan)
    for promotions, offer_set in sets.items():
        yield Call(
            f"offer set {offer_set}",
            f"promotions {', '.join(map(str, promotions))}",
            "PromotionBook",
            "compose",
            (list(promotions),),
        )
    ids = plan.partner_ids
    for code, promotions in plan.offers.items():
        yield Call(
            f"offers of {code}",
            f"offer set {sets[promotions]}",
            "PromotionBook",
            "assign",
            (ids[code], sets[promotions]),
        )


def _functions_of_roles() -> Iterator[Step]:
    for contract, roles in FUNCTIONS.items():
        for role, functions in roles.items():
            yield Call(
                f"{role.label} of {contract}",
                ", ".join(functions),
                "Authority",
                "setTargetFunctionRole",
                (AddressOf(contract), [selector(contract, function) for function in functions], role),
            )


def _grants(plan: DeploymentPlan) -> Iterator[Step]:
    for role in Role:
        if role is not Role.ADMIN:
            yield Call(
                f"label {role.label}", "shown by explorers", "Authority", "labelRole", (role, role.label)
            )
        for holder in plan.holders_of(role):
            delay_s = plan.delay_of(role)
            yield Call(
                f"{role.label} to {holder}",
                f"acts after {delay_s} s" if delay_s else "acts at once",
                "Authority",
                "grantRole",
                (role, holder, delay_s),
            )


def selector(contract: str, function: str) -> bytes:
    """The four bytes by which the authority knows a function."""
    for entry in artifact(contract).abi:
        if entry["type"] == "function" and entry["name"] == function:
            return function_abi_to_4byte_selector(entry)  # type: ignore[arg-type]
    raise KeyError(f"{contract} has no function {function}")
