"""Reads what the contract says became of each purchase of a report.

Reading settlements makes `Settled` values of the event's bytes; with the report they are every leaf.
Source: docs/report-format.md "The event".
"""

from collections.abc import Iterable

from milepost.codec.bits import pack, unpack
from milepost.codec.receipt_leaf import grant_field
from milepost.domain.errors import ResultsMalformed
from milepost.domain.outcome import Cut, Outcome
from milepost.domain.quantities import DayNumber, Miles, PromotionId
from milepost.domain.receipt import MOST_GRANTS, Grant, Settled

HEAD_SIZE = 8
GRANT_SIZE = 8

_HEAD_WIDTHS = (8, 32, 16, 8)
_GRANT_WIDTHS = (16, 4, 22, 22)


def decode_results(results: bytes) -> list[Settled]:
    """Shape: one a purchase, in the order of the report.

    Raises: ResultsMalformed if the bytes end inside a purchase, or hold a number that names nothing.
    """
    settled = []
    at = 0
    while at < len(results):
        outcome, base, last_day, grant_count = unpack(_number(results, at, HEAD_SIZE), _HEAD_WIDTHS)
        at += HEAD_SIZE
        if grant_count > MOST_GRANTS:
            raise ResultsMalformed(
                f"A purchase names {grant_count} grants, and at most {MOST_GRANTS} can answer."
            )
        grants = tuple(_grant(results, at + i * GRANT_SIZE) for i in range(grant_count))
        at += grant_count * GRANT_SIZE
        settled.append(Settled(_outcome(outcome), Miles(base), DayNumber(last_day), grants))
    return settled


def encode_results(settled: Iterable[Settled]) -> bytes:
    """The inverse of `decode_results`, for vectors and fakes. The event carries no debt offset."""
    return b"".join(_encode(one) for one in settled)


def _encode(settled: Settled) -> bytes:
    head = pack(
        [
            ("outcome", settled.outcome, 8),
            ("base miles", settled.base, 32),
            ("last valid day", settled.last_day, 16),
            ("number of grants", len(settled.grants), 8),
        ]
    ).to_bytes(HEAD_SIZE, "big")
    return head + b"".join(grant_field(grant).to_bytes(GRANT_SIZE, "big") for grant in settled.grants)


def _grant(results: bytes, at: int) -> Grant:
    promotion, cut, desired, granted = unpack(_number(results, at, GRANT_SIZE), _GRANT_WIDTHS)
    try:
        return Grant(PromotionId(promotion), Cut(cut), Miles(desired), Miles(granted))
    except ValueError:
        raise ResultsMalformed(f"Cut {cut} is no limit that this version knows.") from None


def _outcome(number: int) -> Outcome:
    try:
        return Outcome(number)
    except ValueError:
        raise ResultsMalformed(f"Outcome {number} is none that this version knows.") from None


def _number(results: bytes, at: int, size: int) -> int:
    if len(results) < at + size:
        raise ResultsMalformed(f"The results end after {len(results)} bytes, inside a purchase.")
    return int.from_bytes(results[at : at + size], "big")
