"""What the pages name exists: links, headings, paths, modules, tests, make targets and milepost commands."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from milepost.cli import app

ROOT = Path(__file__).parents[3]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "examples/README.md"])
PLACES = (ROOT, ROOT / "src/milepost", ROOT / "contracts")
"""Where a path that a page names begins, besides the page's own folder."""
MADE = ("build/", ".venv/", "node_modules/")
"""Folders that commands make: what lies there is no file of the repository."""

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_PATH = re.compile(r"[\w.@*-]+(/[\w.*-]+)*/?")
_FILE = re.compile(r"\.(py|sol|md|yaml|json|csv|txt|toml|in)$")
_MODULE = re.compile(r"milepost(\.[a-z_]\w*)+")
_TEST = re.compile(r"test_\w+?__\w+")
_MAKE = re.compile(r"\bmake ([a-z][a-z0-9-]*)")
_MILEPOST = re.compile(r"(?:^|[\s/])milepost((?: +[\w./:{}$-]+)+)")


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


every_page = pytest.mark.parametrize("page", PAGES, ids=name_of)


def code_of(page: Path) -> list[str]:
    """Code spans, and lines of code blocks without their comments."""
    text = re.sub(r"^```\w*$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    blocks = [re.sub(r" +#.*", "", line).strip() for line in text.splitlines() if line.startswith("    ")]
    prose = "\n".join(line for line in text.splitlines() if not line.startswith("    "))
    return [*(" ".join(span.split()) for span in re.findall(r"`([^`]+)`", prose)), *filter(None, blocks)]


def spans_of(page: Path) -> list[str]:
    return re.findall(r"`([^`\n]+)`", page.read_text(encoding="utf-8"))


def headings_of(page: Path) -> set[str]:
    """Anchors of the headings, as code hosts make them."""
    titles = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def is_there(path: str, page: Path) -> bool:
    found = (each for place in (*PLACES, page.parent) for each in place.glob(path.rstrip("/")))
    # An empty folder is in nobody's clone.
    return path.startswith(MADE) or any(each.is_file() or any(each.iterdir()) for each in found)


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z0-9-]*):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))


def commands_of(line: str) -> Iterator[list[str]]:
    """The words after each `milepost` of a line of code."""
    for words in _MILEPOST.findall(line):
        yield words.split()


def unknown_word(words: list[str]) -> str | None:
    """The first word that is no command where a command is due, or no option of the command it follows."""
    command: Any = typer.main.get_command(app)
    remaining = iter(words)
    for word in remaining:
        # A group has commands; what it ends in has arguments.
        commands = getattr(command, "commands", {})
        if word.startswith("--"):
            option = next((one for one in command.params if word in one.opts), None)
            if option is None and word != "--help":
                return word
            if option is not None and not option.is_flag:
                next(remaining, None)
        elif commands:
            if word not in commands:
                return word
            command = commands[word]
    return None


@every_page
def test_links__relative__lead_to_a_file_and_its_heading(page: Path) -> None:
    for link in _LINK.findall(page.read_text(encoding="utf-8")):
        if "://" in link:
            continue
        path, _, heading = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), link
        assert not heading or heading in headings_of(target), link


@every_page
def test_paths__named__are_in_the_repository(page: Path) -> None:
    named = [span for span in spans_of(page) if _PATH.fullmatch(span) and ("/" in span or _FILE.search(span))]
    assert [path for path in named if not is_there(path, page)] == []


@every_page
def test_modules__named__are_in_the_package(page: Path) -> None:
    for module in (span for span in spans_of(page) if _MODULE.fullmatch(span)):
        path = ROOT / "src" / module.replace(".", "/")
        # The last part may be a name within the module.
        candidates = [path, path.with_suffix(".py"), path.parent.with_suffix(".py")]
        assert any(candidate.exists() for candidate in candidates), module


@every_page
def test_tests__named__are_defined(page: Path) -> None:
    defined = {
        found for file in ROOT.glob("tests/**/test_*.py") for found in _TEST.findall(file.read_text("utf-8"))
    }
    assert [found for span in spans_of(page) for found in _TEST.findall(span) if found not in defined] == []


@every_page
def test_make_targets__named__are_in_the_makefile(page: Path) -> None:
    named = {target for line in code_of(page) for target in _MAKE.findall(line)}
    assert named <= make_targets()


@every_page
def test_milepost_commands__named__are_in_the_program(page: Path) -> None:
    wrong = [" ".join(words) for line in code_of(page) for words in commands_of(line) if unknown_word(words)]
    assert wrong == []


def test_pages__named_in_code_and_comments__exist() -> None:
    files = [
        file
        for pattern in ("contracts/**/*.sol", "src/**/*.py", "scripts/*.py", "bench/*.py", "tests/**/*.py")
        for file in ROOT.glob(pattern)
    ]
    named = {
        (page, name_of(file))
        for file in files
        for page in re.findall(r"\bdocs/(?:decisions/\d{4}|[a-z-]+\.md)", file.read_text(encoding="utf-8"))
    }
    assert [(page, file) for page, file in named if not any(ROOT.glob(f"{page}*"))] == []


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("fly", "fly"),
        ("--loud", "--loud"),
        ("receipt burn", "burn"),
        ("statement M0054 --loud", "--loud"),
        ("--config FILE statement M0054 --json", None),
        ("receipt verify FILE --rpc URL --help", None),
    ],
)
def test_unknown_word__in_a_line__is_the_first(line: str, word: str | None) -> None:
    assert unknown_word(line.split()) == word
