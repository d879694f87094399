"""A programme's rules in a few words."""

from pathlib import Path

import pytest

from milepost.catalogue import load_programme
from milepost.demo.lives.rule_words import rule_words

PROGRAMMES = Path(__file__).parents[4] / "programmes"


@pytest.mark.parametrize(
    ("programme", "words"),
    [
        ("ana", "36 months from earning, to the month's end"),
        ("jpprivilege", "36 months from earning, to the quarter's end"),
        ("skymiles", "never; from 2007-01-01 24 months from the last activity, to the day"),
        (
            "garuda-2011",
            "12 months from the last activity, to the year's end; from 2011-01-01 36 months from earning, to"
            " the day and 12 months from the last activity, to the year's end",
        ),
        (
            "asia-miles-2020",
            "36 months from earning, to the day; from 2020-01-01 18 months from the last posted activity, to"
            " the day",
        ),
    ],
)
def test_rule_words__of_a_programme__name_each_version(programme: str, words: str) -> None:
    assert rule_words(load_programme(PROGRAMMES / f"{programme}.yaml")) == words
