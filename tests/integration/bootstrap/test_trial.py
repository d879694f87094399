"""A trial of a partner whose server loses answers or is gone: what the person is told; a real server.

given a server that is gone once it took the sale     then the trial says that it may hold miles
given a server that is not there                      then nothing was sent, and it says nothing of the kind
given a server that refuses the sale                  then it says nothing of the kind
given a server that is silent for a while after       then the trial waits for it
given one that stays silent                           then it never says that there is no such sale
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import httpx
import pytest

from milepost.bootstrap.trial import Trial, TrialFailed, TrialUnfinished
from milepost.chain.key_files import Secret
from milepost.chain.receipt_verifier import ReceiptVerifier
from milepost.domain.partner import Outlet
from milepost.domain.quantities import OutletCode, PartnerCode
from milepost.web.partner_keys import PartnerKey
from milepost.web.till import ServerSilent, Till
from tests.support.programme import MEMBERS, NOON_S, PARTNERS
from tests.support.web_stage import SECRETS, WebStage, make_stage, served

KEY = PartnerKey("putien-1", PartnerCode("putien"), Secret(SECRETS["putien-1"]), 0)
NEVER_ASKED = cast(ReceiptVerifier, None)
SALE_REF = "trial-1"


class Losing(httpx.HTTPTransport):
    """Passes every request on, and loses the answers to those that `is_lost` names."""

    def __init__(self, is_lost: Callable[[httpx.Request], bool]) -> None:
        super().__init__()
        self._is_lost = is_lost

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = super().handle_request(request)
        if self._is_lost(request):
            answer.close()
            raise httpx.ReadError("lost", request=request)
        return answer


@dataclass
class Waiting:
    """A clock that goes by sleeping alone."""

    now_s: float = 0.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now_s += seconds


@pytest.fixture
def server(tmp_path: Path) -> Iterator[WebStage]:
    with served(make_stage(tmp_path)) as stage:
        yield stage


def _trial(
    url: str,
    *,
    is_lost: Callable[[httpx.Request], bool] = lambda _request: False,
    outlet: Outlet | None = None,
) -> Trial:
    partner, waiting = PARTNERS["putien"], Waiting()
    return Trial(
        Till(url, KEY, now=lambda: NOON_S, client=httpx.Client(transport=Losing(is_lost))),
        NEVER_ASKED,
        partner,
        outlet or partner.outlets[0],
        MEMBERS[0],
        60_000,
        NOON_S,
        SALE_REF,
        patience_s=3.0,
        tick=lambda: waiting.now_s,
        sleep=waiting.sleep,
    )


def _is_stored(server: WebStage) -> bool:
    return bool(server.oracle.states())


def test_run__the_answer_to_the_sale_is_lost__it_may_hold_miles(server: WebStage) -> None:
    """Finding: the sale was stored and settled, and nobody was told its reference."""
    trial = _trial(server.address, is_lost=lambda request: request.method == "POST")
    with pytest.raises(ServerSilent):
        list(trial.run())
    assert (trial.may_hold_miles, _is_stored(server)) == (True, True)


def test_run__nobody_listens__nothing_was_sent(server: WebStage) -> None:
    trial = _trial("http://127.0.0.1:9")
    with pytest.raises(ServerSilent):
        list(trial.run())
    assert not trial.may_hold_miles


def test_run__the_sale_is_refused__holds_no_miles(server: WebStage) -> None:
    nowhere = replace(PARTNERS["putien"].outlets[0], code=OutletCode("roof"))
    trial = _trial(server.address, outlet=nowhere)
    with pytest.raises(TrialFailed, match="unknown_outlet"):
        list(trial.run())
    assert (trial.may_hold_miles, _is_stored(server)) == (False, False)


def test_run__silent_for_a_while__waits_for_it(server: WebStage) -> None:
    lost: list[httpx.Request] = []

    def first_reads(request: httpx.Request) -> bool:
        lost.append(request)
        return request.method == "GET" and len(lost) < 4

    trial = _trial(server.address, is_lost=first_reads)
    steps = []
    with pytest.raises(TrialUnfinished, match="was not settled in 3 s"):
        for step in trial.run():
            steps.append(step.step)
    assert steps == ["sale_accepted", "sale_accepted"]
    assert trial.may_hold_miles


@pytest.mark.parametrize("is_undo", [False, True])
def test_run__silent_for_good__does_not_say_that_there_is_no_such_sale(
    is_undo: bool, server: WebStage
) -> None:
    """Finding: it ended with 2 and asked for another sale, while this one was being settled."""
    trial = _trial(server.address, is_lost=lambda request: request.method == "GET")
    trial.is_undo = is_undo
    with pytest.raises(ServerSilent):
        list(trial.run())
    assert trial.may_hold_miles is not is_undo
