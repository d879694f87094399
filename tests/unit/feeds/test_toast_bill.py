"""A Toast bill: refunds in parts never return more than earned, and all of them together return all of it."""

from hypothesis import given, settings
from hypothesis import strategies as st

from milepost.domain.partner import EligibleParts
from milepost.feeds.toast_bill import Bill, is_moved, standing_payments
from tests.support.toast_orders import payment_of

BOOLS = st.booleans()


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_eligible_of__any_parts__never_exceed_what_earned(data: st.DataObject) -> None:
    net = data.draw(st.integers(1, 10**7))
    tax = data.draw(st.integers(0, net))
    bill = Bill(net, tax, data.draw(st.integers(0, net - tax)), data.draw(st.integers(0, 10**5)))
    agreed = EligibleParts(data.draw(BOOLS), data.draw(BOOLS), data.draw(BOOLS))
    earned = bill.eligible_of(bill.net, bill.tip, agreed)
    cuts = sorted(data.draw(st.lists(st.integers(0, net), max_size=4)))
    parts = [upper - lower for lower, upper in zip([0, *cuts], [*cuts, net], strict=True)]
    back = [bill.eligible_of(part, 0, agreed) for part in parts]
    assert sum(back) <= earned
    assert sum(back) + bill.eligible_of(0, bill.tip, agreed) > earned - len(parts)
    assert all(found <= part for found, part in zip(back, parts, strict=True))


def test_standing_payments__denied_and_voided__are_left_out() -> None:
    states = ["CAPTURED", "DENIED", "VOIDED", None]
    check = {"payments": [payment_of(paymentStatus=state) for state in states]}
    assert [one["paymentStatus"] for one in standing_payments(check)] == ["CAPTURED", None]


def test_is_moved__card__is_captured_and_not_only_authorised() -> None:
    assert is_moved(payment_of())
    assert not is_moved(payment_of(paymentStatus="AUTHORIZED"))
    assert not is_moved(payment_of(paymentStatus=None))
    assert is_moved(payment_of(type="CASH", paymentStatus=None))
