"""docs/promotions.md: its files are valid, its commands say what it says, and its tables are complete."""

import re
import shlex
import shutil
from pathlib import Path
from textwrap import dedent

import pytest

from milepost.catalogue.promotion_file import LimitsFile, MembersFile, PromotionFile, PurchaseFile
from milepost.catalogue.promotion_rewards import RewardFile
from tests.support.catalogue_files import write
from tests.support.cli_stage import ROOT, run_cli

PAGE = (ROOT / "docs" / "promotions.md").read_text(encoding="utf-8")
COPIED = ("partners", "promotions", "programmes", "segments", "terms", "examples/campaigns")


def blocks() -> list[str]:
    """The indented blocks of the page, each without its indent."""
    found = re.findall(r"(?:^    .*\n|^\n(?=    ))+", PAGE, re.MULTILINE)
    return [dedent(block).strip() + "\n" for block in found]


def shown_commands() -> list[tuple[str, str]]:
    """Each command that is shown with what it says."""
    return [
        (block.splitlines()[0].removeprefix("$ milepost "), block.split("\n", 1)[1].strip())
        for block in blocks()
        if block.startswith("$ milepost ")
    ]


def campaign_commands() -> list[str]:
    return re.findall(r"\| `milepost (promotions simulate .*?)` \|", PAGE)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout's files with those that the page has its reader write."""
    for name in COPIED:
        shutil.copytree(ROOT / name, tmp_path / name)
    written = {block.split("\n", 1)[0]: block for block in blocks()}
    write(tmp_path / "putien-mondays.yaml", written["promotion: putien-mondays"])
    (text,) = (block for start, block in written.items() if start.startswith("Seven times the miles"))
    write(tmp_path / "terms" / "putien-mondays.md", text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("command", "said"), shown_commands())
def test_page__a_command_that_is_shown__says_what_the_page_says(command: str, said: str) -> None:
    done = run_cli(*shlex.split(command), env={"COLUMNS": "110"})
    assert done.exit_code == 0, done.output
    assert "\n".join(line.rstrip() for line in done.stdout.splitlines()).strip() == said


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("command", campaign_commands())
def test_page__a_real_campaign__can_be_tried(command: str) -> None:
    done = run_cli(*shlex.split(command))
    assert done.exit_code == 0 and "What members would have got" in done.stdout, done.output


def test_page__its_campaigns__are_five_and_its_commands_know_their_words() -> None:
    assert len(campaign_commands()) == 5 and len(shown_commands()) == 2
    for command in re.findall(r"milepost (promotions [a-z-]+)", PAGE):
        assert run_cli(*command.split(), "--help").exit_code == 0, command
    usage = run_cli("promotions", "simulate", "--help").stdout
    for option in ("--against", "--baseline", "--members", "--chart", "--json"):
        assert option in usage and option in PAGE


def test_page__its_keys__are_those_of_a_file() -> None:
    keys = re.findall(r"^\| `(\w+)` \| .* \| .* \|$", PAGE, re.MULTILINE)
    assert keys == list(PromotionFile.model_fields)
    rewards = re.findall(r"^\| `(\w+): .*` \| .* \|$", PAGE, re.MULTILINE)
    assert rewards == list(RewardFile.model_fields)
    for model in (LimitsFile, MembersFile, PurchaseFile):
        for key in model.model_fields:
            assert re.search(rf"`{key}[:`]", PAGE), key
