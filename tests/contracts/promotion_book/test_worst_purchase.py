"""judge: the worst legal purchase is bounded.

given 16 promotions in 4 groups, each with a page of its own, that count outlets and limit everything
  when a member dines for the first time    then the purchase costs at most MOST_GAS, all of its pages new
"""

from ape.managers.project import ProjectManager

from milepost.domain.promotion_terms import NO_BUDGET, OutletMask, PromotionTerms, RewardKind
from tests.support.evm import ADMIN, Evm
from tests.support.promotion_stage import rows
from tests.support.promotions import OPENING, OPENING_DAY, some_terms, terms_tuple

MOST_GAS = 900_000
"""Gas of the call that judges it, loading its offer set included; 16 new pages are 350,000 of it."""
DAY = 86_400
EVERY_DAY_BUT = tuple(OPENING_DAY + 100 + one for one in range(32))


def _worst(place: int) -> PromotionTerms:
    return some_terms(
        reward=RewardKind.WINDOW_OUTLETS,
        fixed_miles=0,
        table=rows(*((one + 1, 100 * (one + 1)) for one in range(8))),
        group=1 + place % 4,
        listed=True,
        outlets=(OutletMask(1, (1 << 27) - 1),),
        except_days=EVERY_DAY_BUT,
        from_minute=600,
        until_minute=599,
        party_size=2,
        channels=1,
        tiers=1,
        segments=1,
        enrolled=True,
        first=10,
        per_purchase=1_000,
        per_member=2_000,
        per_member_day=2_000,
        per_outlet=90_000,
        awards_per_member=10,
        awards_per_member_day=10,
        awards=1_000,
        ceiling=5_000,
    )


def test_judge__worst_legal_purchase__stays_below_its_bound(project: ProjectManager) -> None:
    evm = Evm(project)
    evm.set_time(OPENING - 200 * DAY)
    authority = evm.deploy("Authority", ADMIN)
    registry = evm.deploy("PartnerRegistry", authority, 90, 10)
    book = evm.deploy("PromotionBook", authority, registry, ADMIN, 0)
    registry.setPromotionBook(book)
    book.setSettler(ADMIN)
    registry.register(1, 400, 0, 0)
    for place in range(16):
        book.publish(terms_tuple(_worst(place)), NO_BUDGET - 1, bytes(32))
    book.compose(list(range(1, 17)))
    book.setEnrolledAt([1], [1])
    evm.set_time(OPENING)
    how = 1 << 7 | 2 << 1
    earning = 1 << 216 | 20_000 << 176 | OPENING << 136 | how << 72 | 700 << 56 | OPENING_DAY << 40 | 50 << 8
    standing = 1 << 132 | 12_000 << 16 | 1 << 8
    section = 1 << 88 | 1 << 64 | (1 << 48) - 1 << 16 | 1
    words = [one.to_bytes(32, "big") for one in (section, earning, standing)]
    awards = book.judge(*words, b"")
    assert awards[31] == 4
    gas = evm.machine.result.gas_used
    assert gas < MOST_GAS, gas
    book.judge(*words, b"")
    assert evm.machine.result.gas_used < gas
