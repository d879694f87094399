"""What `milepost doctor` finds: how a thing is, and in a sentence what to do where it is not well.

`doctor` and the looks beside it make findings; `cli.doctor` shows them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from milepost.domain.errors import MilepostError


class Level(StrEnum):
    """How something is; skipped where what it needs is wrong, which is said of that."""

    OK = "ok"
    WARNING = "warning"
    WRONG = "wrong"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: how it is, and in a sentence what to do where it is not ok."""

    what: str
    level: Level
    said: str


@dataclass(frozen=True, slots=True)
class Look:
    """A look at one thing, which says what is not as it should be, or raises it.

    Shape: it is made where none of the things that it `needs`, by their names, could not be looked at.
    """

    what: str
    make: Callable[[], Iterator[Finding] | None]
    needs: tuple[str, ...] = ()


def findings_of(looks: tuple[Look, ...]) -> Iterator[Finding]:
    """Make each look: one finding or more of each; one that fails gives one that is wrong."""
    # By what failed, what is to be mended.
    failed: dict[str, str] = {}
    for look in looks:
        if root := next((failed[one] for one in look.needs if one in failed), None):
            failed[look.what] = root
            yield Finding(look.what, Level.SKIPPED, f"Not looked at: mend the {root} first.")
            continue
        is_said = False
        try:
            for finding in look.make() or ():
                is_said = True
                yield Finding(look.what, finding.level, finding.said)
        except MilepostError as error:
            failed[look.what] = look.what
            yield Finding(look.what, Level.WRONG, str(error))
            continue
        if not is_said:
            yield Finding(look.what, Level.OK, "")


def opened(*_parts: object) -> None:
    """Take parts that were made, which is all that is asked of them: making one raises what is wrong."""


def warning(said: str) -> Finding:
    return Finding("", Level.WARNING, said)


def wrong(said: str) -> Finding:
    return Finding("", Level.WRONG, said)
