"""The command line as a whole; each command has a test file of its own."""

from importlib.metadata import version

from typer.testing import CliRunner

from milepost.cli import app


def test_milepost__asked_for_its_version__prints_it() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert (result.exit_code, result.output) == (0, version("milepost") + "\n")
