"""The command killed while it settles refunds, and a store lost after them: R1 to R6 hold.

given sales and their changes in one run   when it is killed once the sales are final   then the next ends it
given all of it settled                   when the store is lost                       then it is rebuilt
"""

import pytest

from milepost.fail_point import FailPoint
from tests.support.fault_depth import some_of
from tests.support.fault_stage import FaultCase
from tests.support.relay_promises import require_promises

# Two reports settle the sales, one a lane; these are of the third, which changes them.
THIRD = {
    FailPoint.SEAL_BEFORE_COMMIT: 3,
    FailPoint.SEAL_AFTER_COMMIT: 3,
    FailPoint.SIGN_AFTER_COMMIT: 7,
    FailPoint.SEND_AFTER: 3,
    FailPoint.READ_CLOSED: 3,
}


@pytest.mark.parametrize("point", some_of(list(THIRD), 3), ids=lambda point: point.label)
def test_settle__killed_at_a_refund__is_ended_by_the_next_run(case: FaultCase, point: FailPoint) -> None:
    case.add_refunds()
    case.settle_killed_at(point, time=THIRD[point])
    case.settle_to_the_end()
    require_promises(case)


def test_rebuild__refunds_settled__links_them_to_their_sales(case: FaultCase) -> None:
    case.add_refunds()
    case.settle_to_the_end()
    case.lose_store()
    members = case.members_file()
    assert case.run("members", "import", "--restore", members) == 0, case.printed[-1]
    assert case.run("store", "rebuild", *case.feeds) == 0, case.printed[-1]
    case.settle_to_the_end()
    require_promises(case)
