"""Says what the bench deploys: the real programme, a partner for each kind of row, and its promotions.

`settling.py` deploys it on anvil and settles reports into it.
"""

from datetime import UTC, date, datetime

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak

from bench.floor import CAPPED, NONE, THREE
from bench.offers import OFFERS, offers_of
from milepost.catalogue import load_programme
from milepost.chain.deployment_plan import DeploymentPlan
from milepost.domain.partner import EarnRate, EligibleParts, Outlet, Partner, PaymentMode
from milepost.domain.programme import Programme
from milepost.domain.promotion import (
    Fixed,
    Hours,
    Limits,
    Multiple,
    Promotion,
    PurchaseTerms,
    Reward,
    Stacking,
    Window,
)
from milepost.domain.quantities import Lane, Miles, MinorUnits, OutletCode, OutletNumber, PartnerCode
from scripts._compiling import ROOT

DEPLOYED_AT = int(datetime(2018, 5, 14, tzinfo=UTC).timestamp())
"""Early enough for the promotions' notice."""
DAY = date(2018, 6, 15)
"""The dining day that the rows settle, a Friday in the middle of a month."""
SETTLED_AT = int(datetime(2018, 6, 15, 15, 55, tzinfo=UTC).timestamp())
"""Five minutes to midnight in Hong Kong: every purchase of the day lies behind."""

OUTLETS = 12
"""A chain of restaurants: one word of outlets."""
EXCLUDED_OUTLET = OUTLETS - 1
"""Left out by the promotions; no purchase of the bench is made there."""
QUORUM = 3
REPORTER_COUNT = 5
SHARING_PARTNERS = 50
MILES_PER_MINOR = (1, 400)
PREPAID = 1_000_000_000
PER_MEMBER = 100_000
"""Never reached: a limit costs the same whether it binds or not, and so all bonuses are granted."""

_FIFTY = tuple(f"sharing-{i:02}" for i in range(1, SHARING_PARTNERS + 1))
_HONG_KONG = (32, 32)


def reporter_accounts() -> list[LocalAccount]:
    """In rising order of address, as signatures must stand."""
    keys = (keccak(text=f"reporter {i} of the gas bench") for i in range(REPORTER_COUNT))
    accounts: list[LocalAccount] = [Account.from_key(key) for key in keys]
    return sorted(accounts, key=lambda account: int(account.address, 16))


def bench_plan(admin: str) -> DeploymentPlan:
    """Partners named by their offers, plain and rich, and fifty that share the offers of `three`.

    Shape: partners by code rise in id; `admin` holds every role.
    """
    codes = (NONE, THREE, CAPPED, *_FIFTY, *OFFERS)
    return DeploymentPlan(
        programme=bench_programme(),
        partners=tuple(map(_partner, codes)),
        promotions=(
            *_three(THREE, (THREE, *_FIFTY)),
            *_three(CAPPED, (CAPPED,), per_member=PER_MEMBER),
            *(one for kind in OFFERS for one in offers_of(kind, OutletCode(_outlet(kind, EXCLUDED_OUTLET)))),
        ),
        reporters=tuple(account.address for account in reporter_accounts()),
        quorum=QUORUM,
        admin=admin,
    )


def bench_programme() -> Programme:
    """The real programme whose rules the bench deploys."""
    return load_programme(ROOT / "programmes" / "asia-miles-2018.yaml")


def sharing_codes() -> tuple[PartnerCode, ...]:
    """The fifty partners that share the offers of `three`."""
    return tuple(map(PartnerCode, _FIFTY))


def _partner(code: str) -> Partner:
    outlets = (
        Outlet(OutletCode(_outlet(code, i)), "Asia/Hong_Kong", OutletNumber(i), _HONG_KONG)
        for i in range(OUTLETS)
    )
    return Partner(
        code=PartnerCode(code),
        title=code,
        currency="HKD",
        earn=EarnRate(*MILES_PER_MINOR),
        eligible=EligibleParts(),
        payment=PaymentMode.PREPAID,
        available=Miles(PREPAID),
        lane=Lane(0),
        outlets=tuple(outlets),
    )


def _three(
    name: str, partners: tuple[str, ...], *, per_member: int | None = None
) -> tuple[Promotion, Promotion, Promotion]:
    """Three that grant to every purchase of the bench, each with every condition the contracts know.

    Shape: each is alone in its group, so that no one loses; only the last has a limit per member.
    """
    double, fixed, half_more = Multiple(20_000), Fixed(Miles(50)), Multiple(15_000)
    limit = None if per_member is None else Miles(per_member)
    return (
        _promotion(f"{name}-double", partners, reward=double),
        _promotion(f"{name}-fixed", partners, reward=fixed),
        _promotion(f"{name}-half-more", partners, reward=half_more, per_member=limit),
    )


def _promotion(
    name: str, partners: tuple[str, ...], *, reward: Reward, per_member: Miles | None = None
) -> Promotion:
    return Promotion(
        name=name,
        title=name,
        partners=tuple(map(PartnerCode, partners)),
        window=Window(date(2018, 6, 1), date(2018, 8, 31)),
        reward=reward,
        outlets_exclude=(OutletCode(_outlet(partners[0], EXCLUDED_OUTLET)),),
        weekdays=(1, 2, 3, 4, 5, 6),
        hours=Hours(10 * 60, 23 * 60 + 30),
        purchase=PurchaseTerms(MinorUnits(10_000)),
        limits=Limits(per_member=per_member, budget=Miles(PREPAID)),
        stacking=Stacking(name),
        terms=f"Terms of {name}.\n",
    )


def _outlet(code: str, number: int) -> str:
    return f"{code}-{number:02}"
