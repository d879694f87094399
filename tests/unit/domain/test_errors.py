"""Every error is in the tree of the docstring, says who acts, and exits with a code of the command line."""

import pytest

from milepost.domain import errors
from milepost.domain.errors import ChainError, FeedError, MilepostError, WhoActs

ERRORS = [
    error for error in vars(errors).values() if isinstance(error, type) and issubclass(error, MilepostError)
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_errors__each_class__is_drawn_explained_and_says_who_acts(error: type[MilepostError]) -> None:
    assert error.__name__ in (errors.__doc__ or "")
    assert error.__doc__
    assert isinstance(error.who_acts, WhoActs)
    assert error.exit_code in (1, 2, 3, 4)


def test_errors__branches__exit_as_the_interfaces_say() -> None:
    assert (MilepostError.exit_code, ChainError.exit_code) == (2, 3)
    assert FeedError.who_acts is WhoActs.PARTNER
