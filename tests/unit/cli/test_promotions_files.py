"""An option of files takes every word up to the next option."""

from milepost.cli.promotions_files import repeated

NAMES = {"--partners", "--promotions"}


def test_repeated__several_words__name_the_option_before_each() -> None:
    assert repeated(["--partners", "a", "b", "--json"], NAMES) == [
        "--partners",
        "a",
        "--partners",
        "b",
        "--json",
    ]


def test_repeated__named_again__stays_as_it_is() -> None:
    given = ["--partners", "a", "--partners", "b", "--promotions", "c"]
    assert repeated(given, NAMES) == given


def test_repeated__other_options__keep_their_one_word() -> None:
    given = ["--purchases", "past.csv", "--partners=a", "--json"]
    assert repeated(given, NAMES) == given
