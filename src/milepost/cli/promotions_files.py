"""Lets an option of a promotions command take several files: `--partners a.yaml b.yaml`, or named again.

Click's options take a fixed number of values; here every word up to the next option belongs to the one
before it.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

USUAL_SEGMENTS = Path("segments")


def FilesOption(help_text: str) -> Any:
    """An option of one or more files or folders, in the order given."""
    return typer.Option(metavar="FILE…", help=help_text)


SegmentFiles = Annotated[
    list[Path] | None,
    FilesOption("Files that name segments, or folders of them.  [default: segments, if it is here]"),
]


def named_segments(given: list[Path] | None) -> dict[str, int]:
    """The bit of each segment with a name: of the files given, else of the usual folder, else none.

    Raises: CatalogueError.
    """
    from milepost.catalogue import load_segments

    if given is None:
        return load_segments([USUAL_SEGMENTS]) if USUAL_SEGMENTS.is_dir() else {}
    return load_segments(given)


class TakesFiles(TyperCommand):
    """A command whose options of files take every word up to the next option."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        names = {
            name
            for parameter in self.params
            if getattr(parameter, "multiple", False)
            for name in parameter.opts
        }
        return super().parse_args(ctx, repeated(args, names))


def repeated(args: Sequence[str], names: set[str]) -> list[str]:
    """`--files a b` as `--files a --files b`, for the options of these names; the rest as it is."""
    found: list[str] = []
    name: str | None = None
    for place, word in enumerate(args):
        is_option = word.startswith("-") and word != "-"
        if is_option:
            name = word if word in names else None
        elif name is not None and args[place - 1] != name:
            found.append(name)
        found.append(word)
    return found
