"""The `milepost` command: what an operator types.

It calls what `bootstrap` has put together; nothing calls it.
"""

from importlib.metadata import version
from typing import Annotated

import typer

__all__ = ["app"]

app = typer.Typer(name="milepost", no_args_is_help=True, add_completion=False)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(version("milepost"))
        raise typer.Exit


@app.callback()
def milepost(
    asked_for_version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop."),
    ] = False,
) -> None:
    """Operate Milepost, the on-chain rewards platform."""
