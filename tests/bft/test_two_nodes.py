"""The oracle asks two of four validators: with one of the two away it goes on.

given the first is killed, or alone on its side of a partition  then purchases go on to be settled meanwhile
"""

from tests.support.bft_network import wait_until
from tests.support.bft_stage import BftCase

_LASTS_S = 12
_HALTS_IN_S = 20


def test_settle__the_first_of_two_nodes_is_killed__goes_on_by_the_other(case: BftCase) -> None:
    with case.asking_two(), case.disturbed("first of two nodes killed") as fault:
        case.ours.kill()
        fault.last(_LASTS_S)
        fault.end(case.newest())
        case.ours.start()
        case.network.wait_level()
    assert fault.span is not None
    assert fault.trade.settled_since(fault.span.began, fault.span.ended)


def test_settle__the_first_of_two_nodes_is_parted__believes_the_other(case: BftCase) -> None:
    """The first one answers all the while, with a head that grows old."""
    with case.asking_two(), case.disturbed("first of two nodes alone") as fault:
        case.network.links.part({0}, {1, 2, 3})
        wait_until(
            lambda: case.newest() >= (case.ours.head() or 0) + 3,
            within_s=_HALTS_IN_S,
            what=lambda: f"the three go on: {case.network.heads()}",
        )
        fault.last(_LASTS_S)
        fault.end(case.newest())
        case.network.links.heal()
        case.network.wait_level()
    assert fault.span is not None
    assert fault.trade.settled_since(fault.span.began, fault.span.ended)
