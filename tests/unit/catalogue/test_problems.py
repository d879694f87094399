from milepost.catalogue import CatalogueError, Problem
from milepost.domain.errors import MilepostError, WhoActs


def test_catalogue_error__several_problems__has_a_line_for_each() -> None:
    error = CatalogueError(
        [Problem("a.yaml", 3, "window.until", "is wrong"), Problem("b.yaml", 0, "", "no such file")]
    )
    assert str(error) == "a.yaml:3: window.until: is wrong\nb.yaml: no such file"


def test_catalogue_error__as_a_milepost_error__is_the_operators_and_exits_with_two() -> None:
    assert issubclass(CatalogueError, MilepostError)
    assert (CatalogueError.exit_code, CatalogueError.who_acts) == (2, WhoActs.OPERATOR)
