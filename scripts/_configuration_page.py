"""Writes the table of docs/configuration.md from the settings' own descriptions: `make artifacts`.

One source, so that the page cannot say another thing than the code; a test compares them.
"""

from pathlib import Path

from milepost.config import Settings, setting_name

PAGE = Path(__file__).resolve().parent.parent / "docs" / "configuration.md"
_HEAD = """# Configuration

Every setting is a variable of the environment, or a line `NAME=VALUE` of the file that
`milepost --config FILE` names; the environment goes before the file. Without any, commands use what
`make local` runs. Secrets are never settings: a setting names the file that holds one, which its owner alone
should be able to read (`chmod 600`); commands warn if others can. A name in
the file that is no setting is refused; one in the environment is passed over, with a warning where it reads
like one. Written by `make artifacts` from
`src/milepost/config.py`: change that, not this page.

| setting | default | what |
|---|---|---|
"""


def page() -> str:
    """The text of docs/configuration.md."""
    rows = []
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else f"`{field.default}`"
        rows.append(f"| `{setting_name(name)}` | {default} | {field.description} |\n")
    return _HEAD + "".join(rows)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
