"""What the rows of rich offers settle, before any chain."""

from bench.offers import GRANTS, OFFERS, SIXTEEN, WORST, offers_of
from milepost.domain.promotion import Limits
from milepost.domain.quantities import OutletCode

OUTLET = OutletCode("left-out")


def test_offers_of__each_kind__stands_in_as_many_groups_as_can_grant() -> None:
    for kind in OFFERS:
        assert len({one.stacking.group for one in offers_of(kind, OUTLET)}) == GRANTS[kind]


def test_offers_of__the_worst__fills_a_set_and_sets_every_limit() -> None:
    worst = offers_of(WORST, OUTLET)
    assert len(worst) == len(offers_of(SIXTEEN, OUTLET)) == 16
    limits = {getattr(one.limits, name) for one in worst for name in Limits.__dataclass_fields__}
    assert None not in limits
