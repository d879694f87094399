"""Writes what became of every programme's miles as `build/lives.json`.

`checks.py` agreed to it; `terminal.py` and `picture.py` show the same.
"""

from collections.abc import Sequence
from typing import Any

from milepost.demo.lives.habit import AWARD, STATED_HABIT
from milepost.demo.lives.life import Life
from milepost.demo.lives.places import MONTHS, MONTHS_OF_PURCHASES
from milepost.demo.lives.rule_words import rule_words
from milepost.domain.calendar import add_months

_VERSION = 1

STATED_METHOD = """\
- Reports are made by the codec, signed by 3 of 5 reporters and settled week by week, on the morning after the
  week, with the chain's clock moved; without store and relay, as this run is about what comes afterwards.
- Miles lapsed by month come from lots. Each lot says its last valid day; all lots of all members are read
  once, at the end. A redemption may take lapsed lots off the ledger, so the lots of those who redeem are read
  before and after it too. Nobody's balance is read by month; all are read once at the end, as a check.
- Who redeems is decided by the reference model's balances; the ledger refuses what a balance does not cover.
  Redemptions are orders at the redemption desk, placed by custody, since nobody has a wallet here.
"""


def to_json(lives: Sequence[Life], *, file: str, checks: int, wall_s: float) -> dict[str, Any]:
    """Units: miles; real seconds rounded to tenths."""
    return {
        "version": _VERSION,
        "source": {"file": file, "purchases": lives[0].due, "members": lives[0].members},
        "chain": "anvil",
        "months": {"watched": MONTHS, "of_purchases": MONTHS_OF_PURCHASES},
        "award_miles": AWARD,
        "stated": [*_sentences(STATED_HABIT), *_sentences(STATED_METHOD)],
        "programmes": [_programme(life) for life in lives],
        "checks": checks,
        "wall_s": round(wall_s, 1),
    }


def _programme(life: Life) -> dict[str, Any]:
    place, found = life.place, life.chain
    return {
        "programme": place.programme,
        "title": life.programme.title,
        "rule": rule_words(life.programme),
        "first_day": place.first_day.isoformat(),
        "moved_days": place.shift_days,
        "why": place.why,
        "end": place.end.isoformat(),
        "purchases": life.purchases,
        "reports": life.reports,
        "redemptions": life.redemptions,
        "lots": life.lots,
        "miles": {
            "earned": found.earned.total(),
            "redeemed": found.redeemed.total(),
            "lapsed": found.lapsed.total(),
            "live": found.live,
            "live_never_lapsing": found.never,
            "written_off": found.written_off,
        },
        "by_month": _by_month(life),
        "lapsing_later": [
            {"month": _month(life, month), "miles": miles} for month, miles in sorted(found.coming.items())
        ],
        "seconds": round(life.seconds, 1),
    }


def _by_month(life: Life) -> list[dict[str, Any]]:
    found = life.chain
    return [
        {
            "month": _month(life, month),
            "earned": found.earned[month],
            "redeemed": found.redeemed[month],
            "lapsed": found.lapsed[month],
            "live": live,
        }
        for month, live in enumerate(found.live_by_month(), start=1)
    ]


def _month(life: Life, month: int) -> str:
    return f"{add_months(life.place.first_day, month - 1):%Y-%m}"


def _sentences(text: str) -> list[str]:
    return [" ".join(part.split()) for part in text.removeprefix("- ").split("\n- ")]
