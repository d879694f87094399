"""A statement as JSON values: what never lapses, the pool, and what may be revived."""

from milepost.domain.expiry import LapseRule
from milepost.domain.explanation import Explanation
from milepost.domain.lots import Lot
from milepost.domain.rules import NEVER, POOL_DAY
from milepost.pipeline.explain_coming import ComingLapse
from milepost.pipeline.write_statement import coming_document
from tests.support.ledgers import day

MAY = day("2021-05-04")
WORDS = Explanation(("Because.",), ("Fly.",), ("Nothing.",))
LOT = ComingLapse(1, Lot(MAY, 2, 94, MAY), 1_620_144_000, LapseRule.LOT, WORDS, None)
POOL = ComingLapse(1, Lot(MAY, 0, 7, POOL_DAY), 1_620_144_000, LapseRule.ACCOUNT, WORDS, MAY + 60)
GOOD = ComingLapse(2, Lot(NEVER, 1, 5, NEVER), None, None, WORDS, None)


def test_coming_document__live_lot__has_day_instant_and_reasons() -> None:
    assert coming_document(LOT) == {
        "member_id": 1,
        "last_valid_day": "2021-05-04",
        "void_at": "2021-05-04T16:00:00Z",
        "miles": 94,
        "status": "live",
        "revivable_until": None,
        "rule": "lot",
        "pool": False,
        "version": 2,
        "why": ["Because."],
        "keeping": ["Fly."],
        "cost": ["Nothing."],
        "explanation": "Because. Fly. Nothing.",
    }


def test_coming_document__never_or_revivable__says_so() -> None:
    never, pool = coming_document(GOOD), coming_document(POOL)
    assert (never["last_valid_day"], never["void_at"], never["rule"]) == (None, None, None)
    assert (pool["status"], pool["revivable_until"], pool["version"]) == ("revivable", "2021-07-03", None)
