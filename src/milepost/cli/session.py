"""What one run of the command was told for all commands: where its settings are.

The callback of the app makes it; each command opens the parts it needs by it.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from milepost.bootstrap import Parts
    from milepost.config import Settings

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


@dataclass(slots=True)
class Session:
    """One run of the command."""

    config: Path | None
    _settings: "Settings | None" = field(default=None, init=False)

    def settings(self) -> "Settings":
        """The settings, read once; warns of variables that were meant to be one.

        Raises: SettingsRefused.
        """
        if self._settings is None:
            from milepost.cli.output import warn
            from milepost.config import load_settings, misspelt

            self._settings = load_settings(self.config)
            for sentence in misspelt(os.environ):
                warn(sentence)
        return self._settings

    def parts(self) -> "Parts":
        """The adapters, none made yet; warnings go to standard error.

        Raises: SettingsRefused.
        """
        from milepost.bootstrap import Parts
        from milepost.cli.output import warn

        return Parts(self.settings(), warn)


def session_of(context: typer.Context) -> Session:
    """The session that the app's callback made."""
    session = context.find_object(Session)
    assert session is not None, "the callback runs before every command"
    return session
