"""What a refused file gets: every problem it has, each with file, line, key and reason.

Every reader of the catalogue collects problems and raises them together; the command line prints them.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from milepost.domain.errors import MilepostError, WhoActs


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason to refuse a file; line counts from 1, 0 where the file has none to point at."""

    file: str
    line: int
    key: str
    reason: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.key}: {self.reason}" if self.key else f"{where}: {self.reason}"


class CatalogueError(MilepostError):
    """A programme, partner or promotion file was refused; the operator corrects what the problems name.

    Shape: the message has one line a problem, `file:line: key: reason`, those of a file together and by line.
    """

    who_acts = WhoActs.OPERATOR
    exit_code = 2

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))
