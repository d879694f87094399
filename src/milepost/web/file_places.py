"""Bounds how many files lie on disk at once, for each partner and for all, so that none keeps out the others.

`file_arrival` takes a place once a request names a key in force, and gives it back when the file is closed.
"""

from collections import Counter
from dataclasses import dataclass, field

from milepost.web.authentication import Caller
from milepost.web.problems import RETRY_AFTER_S, Code, Problem


@dataclass(slots=True)
class FilePlaces:
    """Places of one process, used from its event loop alone.

    Shape: the head of a request proves nothing, so who knows the name of a key can hold places of its partner
        for as long as a body may take; those of other partners stay free.
    """

    at_once: int
    a_partner: int
    _held: Counter[str] = field(default_factory=Counter)

    def take(self, caller: Caller) -> None:
        """Take a place, to be freed once.

        Raises: Problem, `unavailable`.
        """
        name = _name(caller)
        if self._held[name] >= self.a_partner:
            raise _full(f"{self.a_partner} files of yours are here already: send it once one is answered.")
        if self._held.total() >= self.at_once:
            raise _full("Files of others are arriving: send it again later.")
        self._held[name] += 1

    def free(self, caller: Caller) -> None:
        """Give a place back."""
        self._held[_name(caller)] -= 1

    @property
    def held(self) -> int:
        """How many places are taken."""
        return self._held.total()


def _name(caller: Caller) -> str:
    # A partner with two keys has no more places: rotation gives none.
    return caller.partner or "@operator"


def _full(sentence: str) -> Problem:
    return Problem(Code.UNAVAILABLE, f"{sentence} Nothing was stored.", retry_after_s=RETRY_AFTER_S)
