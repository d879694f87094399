"""Every vector of the ten programme files on chain, time moved: the miles are there to the last second.

given a ledger deployed from the file, and the one purchase of a vector, settled as it happens
  when the chain is dated the last second  then the miles are there, by a balance of then or asked ahead
  when it is dated one second later        then they are not, and cannot be spent
  when the vector says never               then they are there when the calendar ends
given the activity of a vector             then it happens in its order, before or after the lapse
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from milepost.domain.outcome import Outcome
from milepost.domain.programme import Programme
from tests.support.expiry_vectors import EXPIRY_VECTORS, ExpiryVector
from tests.support.ledger_stage import FIRST, LedgerStage
from tests.support.refusals import refuses

StageOf = Callable[[Programme | str], LedgerStage]
MILES = 100
CALENDARS_END = "2169-06-05"


def happenings(stage: LedgerStage, vector: ExpiryVector) -> Iterator[tuple[int, str, int]]:
    """Instant, local day or second, and miles: the purchase, and the activity as one of 0 miles."""
    yield stage.at(vector.earned), vector.earned, MILES
    if vector.last_activity is not None:
        yield stage.at(vector.last_activity), vector.last_activity, 0


def live_until(stage: LedgerStage, vector: ExpiryVector, instant: int) -> None:
    """All that the vector says happens by an instant, each settled in its second."""
    for at, local, miles in sorted(happenings(stage, vector)):
        if at <= instant:
            assert stage.earn(miles, local) is Outcome.CREDITED


@pytest.mark.parametrize("vector", EXPIRY_VECTORS, ids=str)
def test_balance__vector__ends_at_its_second(stage_of: StageOf, vector: ExpiryVector) -> None:
    stage, again = stage_of(vector.rules()), stage_of(vector.rules())
    for one in (stage, again):
        one.evm.set_time(one.at("1990-02-01"))
        one.ledger.setProfile(FIRST, vector.tier_number(), 0)
    if vector.void_at is None or vector.last_valid_day is None:
        live_until(stage, vector, stage.at(CALENDARS_END))
        assert stage.lots(CALENDARS_END) == [(MILES, "never")]
        assert stage.balance(f"{CALENDARS_END}T23:59:59") == MILES
        return
    void_s = stage.at(vector.void_at)
    live_until(stage, vector, void_s - 1)
    stage.evm.set_time(void_s - 1)
    assert stage.lots(vector.last_valid_day) == [(MILES, vector.last_valid_day)]
    assert [stage.ledger.balanceAt(FIRST, void_s + s) for s in (-1, 0)] == [MILES, 0]
    stage.evm.set_time(void_s)
    assert [stage.ledger.balanceAt(FIRST, void_s + s) for s in (-1, 0)] == [MILES, 0]
    live_until(again, vector, void_s)
    again.evm.set_time(void_s)
    assert again.ledger.balanceAt(FIRST, void_s) == 0
    with refuses("LedgerMilesShort", live=0, wanted=1):
        again.redeem(1, vector.void_at)


@pytest.mark.parametrize(
    "vector", [one for one in EXPIRY_VECTORS if one.last_activity is None and one.void_at], ids=str
)
def test_redeem__last_second_of_a_vector__still_spends_them(stage_of: StageOf, vector: ExpiryVector) -> None:
    stage = stage_of(vector.rules())
    stage.evm.set_time(stage.at(vector.earned))
    stage.ledger.setProfile(FIRST, vector.tier_number(), 0)
    live_until(stage, vector, stage.at(vector.earned))
    stage.redeem(MILES, f"{vector.last_valid_day}T23:59:59")
    assert stage.totals["redeemed"] == MILES


@pytest.mark.parametrize("vector", EXPIRY_VECTORS[:1], ids=str)
def test_vectors__a_day_off__would_fail(stage_of: StageOf, vector: ExpiryVector) -> None:
    """The tests above do compare: a vector one day wrong is told."""
    wrong = replace(vector, void_at="2009-06-01T15:00:00Z", last_valid_day="2009-06-01")
    with pytest.raises(AssertionError):
        test_balance__vector__ends_at_its_second(stage_of, wrong)
