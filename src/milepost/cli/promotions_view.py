"""Says in words and as JSON what a promotion's file says, so that its writer sees what was read.

`promotions.py` has read and judged the files; the reward's words are in `promotions_reward.py`.
"""

from dataclasses import asdict
from typing import Any

from rich.console import Console

from milepost.catalogue.scalars import WEEKDAYS
from milepost.cli.output import counted, facts, money, number, table
from milepost.cli.promotions_reward import reward_document, reward_words
from milepost.codec.terms import terms_hash
from milepost.domain.promotion import ALL_WEEKDAYS, Hours, Promotion

MOST_IN_FULL = 4
"""Promotions whose every key is shown; of more there is a line each."""


def promotion_document(promotion: Promotion) -> dict[str, Any]:
    """Every key that was read, absent ones with what they mean. Units: miles, minor units."""
    window, hours, members, what = promotion.window, promotion.hours, promotion.members, promotion.purchase
    return {
        "promotion": promotion.name,
        "title": promotion.title,
        "partners": list(promotion.partners),
        "from": window.from_day.isoformat(),
        "until": window.until_day.isoformat(),
        "except": [day.isoformat() for day in window.except_days],
        "weekdays": [WEEKDAYS[day] for day in promotion.weekdays],
        "hours": {"from": _clock(hours.from_minute), "until": _clock(hours.until_minute)},
        "outlets": {
            "include": list(promotion.outlets_include),
            "exclude": list(promotion.outlets_exclude),
        },
        "members": {
            "tiers": list(members.tiers),
            "segments": list(members.segments),
            "enrolled": members.enrolled,
            "first": members.first,
        },
        "purchase": {
            "minimum_minor": what.minimum_minor,
            "party_size": what.party_size,
            "channels": list(what.channels),
        },
        "reward": reward_words(promotion.reward),
        "reward_terms": reward_document(promotion.reward),
        "limits": asdict(promotion.limits),
        "per_member": promotion.limits.per_member,
        "budget": promotion.limits.budget,
        "group": promotion.stacking.group,
        "ceiling": promotion.stacking.ceiling,
        "funding": [{"partner": one.partner, "miles": one.miles} for one in promotion.funding],
        "terms_hash": f"0x{terms_hash(promotion).hex()}",
    }


def show_promotions(promotions: tuple[Promotion, ...], currencies: dict[str, str], console: Console) -> None:
    """Show a few in full, of many a line each. Shape: `currencies` by partner."""
    console.print(f"{counted(len(promotions), 'promotion')} valid.")
    if len(promotions) <= MOST_IN_FULL:
        for one in promotions:
            console.print()
            _show_one(one, currencies, console)
        return
    found = table("promotion", "partners", "from", "until", "reward", "limits", "group")
    for one in promotions:
        found.add_row(
            one.name,
            ", ".join(one.partners),
            one.window.from_day.isoformat(),
            one.window.until_day.isoformat(),
            reward_words(one.reward),
            limit_words(one),
            one.stacking.group or "",
        )
    console.print(found)
    console.print("Name one file to see everything that it says.")


def _show_one(one: Promotion, currencies: dict[str, str], console: Console) -> None:
    currency = next((currencies[code] for code in one.partners if code in currencies), "")
    console.print(f"{one.name}: {one.title}", style="bold", soft_wrap=True)
    shown = facts()
    for name, words in (
        ("partners", ", ".join(one.partners)),
        ("outlets", _outlets(one)),
        ("when", _when(one)),
        ("who", _who(one)),
        ("what", _what(one, currency)),
        ("reward", reward_words(one.reward, currency)),
        ("limits", limit_words(one) or "none"),
        ("stacking", _stacking(one)),
        ("paid by", _payers(one)),
        ("terms", f"0x{terms_hash(one).hex()}" if one.terms else "no text: only an empty one is committed"),
    ):
        shown.add_row(name, words)
    console.print(shown)


def limit_words(promotion: Promotion) -> str:
    """The limits that there are, named as in the file."""
    named = asdict(promotion.limits).items()
    return ", ".join(f"{name.replace('_', ' ')} {number(most)}" for name, most in named if most is not None)


def _outlets(one: Promotion) -> str:
    if one.outlets_include:
        return f"only {', '.join(one.outlets_include)}"
    return f"all but {', '.join(one.outlets_exclude)}" if one.outlets_exclude else "all"


def _when(one: Promotion) -> str:
    words = [f"{one.window.from_day} to {one.window.until_day}, both included"]
    if one.window.except_days:
        words.append(f"but not on {', '.join(map(str, one.window.except_days))}")
    if one.weekdays != ALL_WEEKDAYS:
        words.append(", ".join(WEEKDAYS[day] for day in one.weekdays))
    if one.hours != Hours():
        words.append(f"{_clock(one.hours.from_minute)} until before {_clock(one.hours.until_minute)}")
    return "; ".join([*words, "by the outlet's clock"])


def _who(one: Promotion) -> str:
    members = one.members
    words = [
        f"tier {' or '.join(members.tiers)}" if members.tiers else "",
        f"segment {' or '.join(map(str, members.segments))}" if members.segments else "",
        "enrolled before the purchase" if members.enrolled else "",
        f"the first {number(members.first)} who get something" if members.first else "",
    ]
    return ", ".join(filter(None, words)) or "all members"


def _what(one: Promotion, currency: str) -> str:
    what = one.purchase
    words = [
        f"from {money(what.minimum_minor, currency)}" if what.minimum_minor else "",
        f"{what.party_size} guests or more" if what.party_size else "",
        " or ".join(what.channels),
    ]
    return ", ".join(filter(None, words)) or "every purchase"


def _stacking(one: Promotion) -> str:
    group = one.stacking.group
    words = [f"of group {group} the best for the member" if group else "adds to all others"]
    if one.stacking.ceiling is not None:
        words.append(f"at most {number(one.stacking.ceiling)} bonus miles a purchase in all")
    return ", ".join(words)


def _payers(one: Promotion) -> str:
    if not one.funding:
        return "the partner of each purchase"
    return " and ".join(f"{share.partner} {counted(share.miles, 'mile')}" for share in one.funding)


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
