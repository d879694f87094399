"""`differences`: what a review sees when a snapshot moved."""

from pathlib import Path

from scripts._snapshots import differences


def test_differences__as_committed__none(tmp_path: Path) -> None:
    (tmp_path / "gas.json").write_text('{\n  "settle": 100\n}\n')
    assert differences({"gas.json": '{\n  "settle": 100\n}\n'}, tmp_path) == []


def test_differences__a_figure_moved__shows_both_lines(tmp_path: Path) -> None:
    (tmp_path / "gas.json").write_text('{\n  "settle": 100\n}\n')
    lines = differences({"gas.json": '{\n  "settle": 101\n}\n'}, tmp_path)
    assert '-  "settle": 100' in lines
    assert '+  "settle": 101' in lines


def test_differences__never_committed__shows_all_of_it(tmp_path: Path) -> None:
    assert '+  "settle": 101' in differences({"gas.json": '{\n  "settle": 101\n}\n'}, tmp_path)
