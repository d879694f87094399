from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, ClassVar

import pytest
from pydantic import Field

from milepost.catalogue import CatalogueError
from milepost.catalogue.document import Key, read_document
from milepost.catalogue.model import FileModel, Verdict, judge, nearest
from tests.support.catalogue_files import write


class _Range(FileModel):
    low: int
    high: int

    def faults(self) -> Iterator[tuple[Key, str]]:
        if self.high < self.low:
            yield ("high",), "is below low"


class _File(FileModel):
    stand_ins: ClassVar[Mapping[str, object]] = {"name": "x"}

    name: str
    range: _Range | None = None
    ranges: Annotated[list[_Range], Field(max_length=2)] = Field(default_factory=list)

    def faults(self) -> Iterator[tuple[Key, str]]:
        if len(self.ranges) == 1:
            yield (), "holds one range; write two"


def _judge(folder: Path, text: str) -> Verdict[_File]:
    return judge(read_document(write(folder / "f.yaml", text)), _File)


def test_judge__no_fault__is_accepted(tmp_path: Path) -> None:
    verdict = _judge(tmp_path, "name: a\nrange: {low: 1, high: 2}\n")
    assert verdict.accepted().range == _Range(low=1, high=2)


def test_judge__faults_of_keys_and_among_keys__are_found_together(tmp_path: Path) -> None:
    verdict = _judge(tmp_path, "name: 5\nrange: {low: 2, high: 1}\nranges:\n  - {low: 2, high: 1}\n")
    assert [str(problem).split("f.yaml:")[1] for problem in verdict.problems] == [
        "1: name: must be text, not 5; quote it if it is meant as text",
        "2: range.high: is below low",
        "4: ranges[0].high: is below low",
    ]
    with pytest.raises(CatalogueError):
        verdict.accepted()


def test_judge__a_faulty_key_taken_out__leaves_the_rest_to_go_on_with(tmp_path: Path) -> None:
    verdict = _judge(tmp_path, "name: 5\nrange: {low: a, high: 1}\n")
    assert verdict.model == _File(name="x")
    assert len(verdict.problems) == 2


def test_judge__the_file_itself_contradictory__has_no_model(tmp_path: Path) -> None:
    verdict = _judge(tmp_path, "name: a\nranges: [{low: 1, high: 2}]\n")
    assert verdict.model is None
    assert [(problem.line, problem.key) for problem in verdict.problems] == [(1, "")]


def test_judge__unknown_keys__each_gets_the_nearest_known_one(tmp_path: Path) -> None:
    verdict = _judge(
        tmp_path, "nam: a\nname: a\nrange: {low: 1, hihg: 2, high: 3}\nranges: [{low: 1, high: 2, x: 1}]\n"
    )
    assert [(problem.key, problem.reason) for problem in verdict.problems][:3] == [
        ("nam", "unknown key; did you mean 'name'?"),
        ("range.hihg", "unknown key; did you mean 'high'?"),
        ("ranges[0].x", "unknown key; known are low high"),
    ]


def test_nearest__nothing_known__says_none() -> None:
    assert nearest("x", []) == "there is none yet"
