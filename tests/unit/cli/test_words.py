"""Every outcome and every limit has words, so that no member meets a bare code."""

from milepost.cli.words import CUTS, OUTCOMES
from milepost.domain.outcome import Cut, Outcome


def test_outcomes__all__have_words() -> None:
    assert set(OUTCOMES) == set(Outcome) and all(OUTCOMES.values())


def test_cuts__all__have_words_but_none() -> None:
    assert set(CUTS) == set(Cut)
    assert [cut for cut, words in CUTS.items() if not words] == [Cut.NONE]
