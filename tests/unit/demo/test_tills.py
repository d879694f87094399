"""One file a dining day, settled on the next morning."""

from datetime import datetime
from pathlib import Path

from milepost.demo.tills import write_till_files
from milepost.demo.tips import purchases_from_tips

TIPS = Path(__file__).parents[3] / "examples" / "tips.csv"


def test_write_till_files__all_bills__are_each_in_the_file_of_its_day(tmp_path: Path) -> None:
    rows = purchases_from_tips(TIPS)
    files = write_till_files(rows, tmp_path)
    assert len(files) == len({row["occurred_at"][:10] for row in rows}) == 17
    assert sum(file.bills for file in files) == len(rows)
    for file in files:
        lines = file.path.read_text().splitlines()[1:]
        assert len(lines) == file.bills
        assert all(f",{file.day}T" in line for line in lines)


def test_write_till_files__each__is_settled_at_six_the_next_morning_by_the_outlets_clock(
    tmp_path: Path,
) -> None:
    first = write_till_files(purchases_from_tips(TIPS), tmp_path)[0]
    assert first.day == "2018-05-03"
    assert first.settled_at == datetime.fromisoformat("2018-05-04T06:00:00-04:00").timestamp()
