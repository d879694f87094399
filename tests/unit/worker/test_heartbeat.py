"""What a worker last did, as others see it."""

from milepost.domain.errors import StoreError, WhoActs
from milepost.worker import Heartbeat


def test_stuck__then_done__keeps_since_when_until_it_is_over() -> None:
    heartbeat = Heartbeat()
    heartbeat.stuck("lane:0", StoreError("first"), WhoActs.RETRY)
    since = heartbeat.beats()["lane:0"].stuck_since
    heartbeat.stuck("lane:0", StoreError("second"), WhoActs.OPERATOR)
    beat = heartbeat.beats()["lane:0"]
    assert (beat.stuck_since, beat.sentence, beat.failures) == (since, "second", 2)
    assert beat.last_done_at is None
    assert heartbeat.done("lane:0") == beat
    assert not heartbeat.beats()["lane:0"].is_stuck and heartbeat.beats()["lane:0"].last_done_at


def test_forget__lane_of_somebody_else__has_no_beat() -> None:
    heartbeat = Heartbeat()
    heartbeat.done("lane:0")
    heartbeat.forget("lane:0")
    heartbeat.hold(("reader",))
    assert (heartbeat.beats(), heartbeat.held()) == ({}, ("reader",))
