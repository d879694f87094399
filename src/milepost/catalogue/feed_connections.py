"""Reads the block `feeds` of a partner's file: the ids by which other systems know its outlets.

Part of reading a partner; feeds look outlets up by what comes of it. Keys that sign are never in it: they
stand in the file of feeds' secrets. Source: docs/feeds.md.
"""

import re
from collections.abc import Container, Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from milepost.catalogue.document import Key
from milepost.catalogue.model import FileModel
from milepost.catalogue.scalars import OutletName, refusal
from milepost.domain.feed_connection import FeedConnection, FeedSystem
from milepost.domain.quantities import OutletCode

MOST_OUTSIDE_ID = 192
"""Longest id that another system gives an outlet; Square's limit is the longest of theirs."""

_URL = re.compile(r"https?://[^\s/?#@]+(/[^\s#]*)?")


def _url(text: str) -> str:
    if not _URL.fullmatch(text):
        raise refusal("is no address; write it as Square has it, https://miles.example.org/v1/feeds/square")
    return text


def _outside_ids(outlets: dict[str, str]) -> dict[str, str]:
    for outside in outlets:
        if not outside.strip() or len(outside) > MOST_OUTSIDE_ID:
            raise refusal(f"an outlet's id outside has 1 to {MOST_OUTSIDE_ID} characters")
    return outlets


_Outlets = Annotated[dict[str, OutletName], Field(min_length=1), AfterValidator(_outside_ids)]


class _Connection(FileModel):
    outlets: _Outlets

    def pairs(self) -> tuple[tuple[str, OutletCode], ...]:
        return tuple((outside, OutletCode(code)) for outside, code in self.outlets.items())


class _Square(_Connection):
    notification_url: Annotated[str, Field(max_length=500), AfterValidator(_url)]
    member: Literal["reference_id", "customer_id"] = "reference_id"


class Feeds(FileModel):
    """The systems that send for a partner; none need be there."""

    square: _Square | None = None
    toast: _Connection | None = None
    poslog: _Connection | None = None

    def outlet_faults(self, codes: Container[str]) -> Iterator[tuple[Key, str]]:
        """Outlets that a connection names and the partner does not have; keys below `feeds`."""
        for system in FeedSystem:
            found: _Connection | None = getattr(self, system)
            for outside, code in () if found is None else found.outlets.items():
                if code not in codes:
                    yield (
                        (system, "outlets", outside),
                        f"{code!r} is no outlet of this file; add it there",
                    )

    def connections(self) -> tuple[FeedConnection, ...]:
        """What feeds go by, in order of the systems."""
        return tuple(self._connections())

    def _connections(self) -> Iterator[FeedConnection]:
        if self.square is not None:
            yield FeedConnection(
                FeedSystem.SQUARE, self.square.pairs(), self.square.notification_url, self.square.member
            )
        if self.toast is not None:
            yield FeedConnection(FeedSystem.TOAST, self.toast.pairs())
        if self.poslog is not None:
            yield FeedConnection(FeedSystem.POSLOG, self.poslog.pairs())
