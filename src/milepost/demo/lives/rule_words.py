"""Says a programme's rules in a few words, for a heading.

The explanation of a single lot is `milepost expiry`'s; this only names months, units and who is bound.
"""

from milepost.domain.calendar import Align
from milepost.domain.programme import ActivityDay, Programme, RuleVersion

_UNITS = {
    Align.DAY: "to the day",
    Align.MONTH: "to the month's end",
    Align.QUARTER: "to the quarter's end",
    Align.YEAR: "to the year's end",
}


def rule_words(programme: Programme) -> str:
    """One phrase a version, the later ones with their day."""
    return "; ".join(_version(version, programme) for version in programme.versions)


def _version(version: RuleVersion, programme: Programme) -> str:
    parts = []
    if version.lot is not None:
        parts.append(f"{version.lot.months} months from earning, {_UNITS[version.lot.align]}")
    if version.account is not None:
        activity = "posted activity" if programme.activity_day is ActivityDay.POSTING else "activity"
        rule = version.account
        parts.append(f"{rule.months} months from the last {activity}, {_UNITS[rule.align]}")
    words = " and ".join(parts) or "never"
    return words if version.from_day is None else f"from {version.from_day} {words}"
