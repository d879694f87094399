"""The rules that stand on a ledger, read from the words it keeps them in."""

from pathlib import Path

import pytest

from milepost.catalogue import load_programme
from milepost.chain.programme_rules import settings_of, versions_of
from milepost.chain.standing_rules import standing_rules
from milepost.domain.programme import ActKind, LotAct, Programme
from tests.support.ledger_rules import version_lane

FILES = sorted((Path(__file__).resolve().parents[3] / "programmes").glob("*.yaml"))


def expiry(programme: Programme, *acts: int) -> list[object]:
    """IProgrammeRules.Expiry as the ledger would answer it."""
    offset, late, notice, first_lapse, posting, lots_first, closing, _ = settings_of(programme)
    flags = 1 | posting << 1 | lots_first << 2 | closing << 3
    terms = flags | late << 4 | first_lapse << 12 | notice << 28 | (offset & 0xFFFF) << 44
    lanes = [terms, *(version_lane(words) for words in versions_of(programme))]
    return [9_000, len(lanes) - 1, len(acts), False, terms, words(lanes, 4), words(list(acts), 2)]


def words(lanes: list[int], count: int) -> list[int]:
    return [sum(lane << 64 * i for i, lane in enumerate(lanes[4 * w : 4 * w + 4])) for w in range(count)]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_standing_rules__as_deployed__are_the_programmes(file: Path) -> None:
    programme = load_programme(str(file))
    found = standing_rules(expiry(programme))
    assert found.versions == programme.versions and found.acts == ()
    assert (found.late_days, found.utc_offset_minutes) == (
        programme.late_days,
        programme.utc_offset_minutes,
    )


def test_standing_rules__announced__are_acts_in_order() -> None:
    programme = load_programme("ana")
    grace = 1 | 1 << 8 | 11_000 << 16 | 11_200 << 32
    back = 2 | 3 << 8 | 12_000 << 16 | (-6 & 0xFFFF) << 32
    never = 3 | 1 << 8 | 13_000 << 16
    found = standing_rules(expiry(programme, grace, back, never, grace, never))
    assert found.acts[:3] == (
        LotAct(ActKind.GRACE, 1, 11_000, until_day=11_200),
        LotAct(ActKind.MOVE, 3, 12_000, months=-6),
        LotAct(ActKind.NEVER, 1, 13_000),
    )
    assert [act.kind for act in found.acts[3:]] == [ActKind.GRACE, ActKind.NEVER]
