"""Ends a step at a fail point as a crash would, inside this process: what was not committed is gone.

tests/faults kills real processes there; here a machine can go on with what is left in the store.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from milepost import fail_point
from milepost.fail_point import FailPoint

_PASSED = {
    "ingest": ("ingest",),
    "seal": ("seal",),
    "sign": ("sign", "quorum"),
    "relay": ("tx", "send", "sent", "resend", "displaced", "watch", "fail"),
    "watch": ("watch", "fail"),
    "cancel": ("tx", "send"),
    "read": ("read", "fail"),
}


def points_of(step: str) -> list[FailPoint]:
    """The fail points that a step of the main path may pass; of a whole run those of every step."""
    groups = _PASSED.get(step) or tuple(one for groups in _PASSED.values() for one in groups)
    return [point for point in FailPoint if point.label.split(".")[0] in groups]


class Killed(BaseException):
    """The process ended here. No step may catch it, as none could catch a SIGKILL."""


@contextmanager
def killed_at(point: FailPoint | None, time: int) -> Iterator[None]:
    """Raise Killed the given time that a step passes the point; nothing without one."""

    def die(_signal: int) -> None:
        raise Killed

    with patch.object(fail_point.signal, "raise_signal", die):
        fail_point.arm(None if point is None else f"{point.label}:{time}")
        try:
            yield
        finally:
            fail_point.arm(None)
