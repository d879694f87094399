"""Loading by name, file and folder, and the files that ship."""

from pathlib import Path

import pytest

from milepost.catalogue import CatalogueError, load_partners, load_programme, load_promotions
from milepost.domain.partner import Partner
from milepost.domain.promotion import Members
from tests.support.catalogue_files import (
    problems_of,
    write,
    write_partner,
    write_programme,
    write_promotion,
    write_yaml,
)

ROOT = Path(__file__).parents[3]


@pytest.fixture
def partners(tmp_path: Path) -> tuple[Partner, ...]:
    return load_partners([write_partner(tmp_path / "partners")])


def test_load_programme__a_name__is_looked_up_here_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_programme("asia-miles-2018").title == "Asia Miles"
    write_programme(tmp_path / "programmes", "asia-miles-2018.yaml", title="Mine")
    assert load_programme("asia-miles-2018").title == "Mine"


def test_load_programme__a_path__is_read_from_there(tmp_path: Path) -> None:
    path = write_programme(tmp_path, "mine.yaml")
    assert load_programme(path).name == load_programme(str(path)).name == "sample"


def test_load_programme__no_such_name__says_the_nearest() -> None:
    with pytest.raises(CatalogueError, match="did you mean 'asia-miles-2018'"):
        load_programme("asia-miles-2017")


def test_load_partners__files_and_folders__keep_their_order(tmp_path: Path) -> None:
    write_partner(tmp_path / "folder", "2.yaml", partner="b")
    write_partner(tmp_path / "folder", "1.yml", partner="c")
    write(tmp_path / "folder" / "notes.txt", "not YAML: [")
    last = write_partner(tmp_path, "last.yaml", partner="a")
    assert [partner.code for partner in load_partners([tmp_path / "folder", str(last)])] == ["c", "b", "a"]


def test_load_partners__faults_in_several_files__are_raised_together(tmp_path: Path) -> None:
    write_partner(tmp_path, "1.yaml", lane=-1)
    write_partner(tmp_path, "2.yaml")
    write_partner(tmp_path, "3.yaml")
    write(tmp_path / "4.yaml", "a: [")
    with pytest.raises(CatalogueError) as refused:
        load_partners([tmp_path, tmp_path / "none.yaml"])
    assert sorted((Path(problem.file).name, problem.key) for problem in refused.value.problems) == [
        ("1.yaml", "lane"),
        ("3.yaml", "partner"),
        ("4.yaml", ""),
        ("none.yaml", ""),
    ]


def test_load_partners__a_folder_without_yaml__is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"holds no \.yaml file"):
        load_partners([tmp_path])


def test_load_promotions__minimum__is_in_minor_units_of_the_partners(
    tmp_path: Path, partners: tuple[Partner, ...]
) -> None:
    path = write_promotion(tmp_path, purchase={"minimum": "600.00"})
    assert load_promotions([path], partners)[0].purchase.minimum_minor == 60_000


@pytest.mark.parametrize(
    ("minimum", "reason"),
    [("600.001", "more than 2 decimals, and HKD has no finer unit"), ("10995116277.76", "is too large")],
)
def test_load_promotions__a_minimum_that_does_not_fit__is_refused(
    tmp_path: Path, partners: tuple[Partner, ...], minimum: str, reason: str
) -> None:
    with pytest.raises(CatalogueError) as refused:
        load_promotions([write_promotion(tmp_path, purchase={"minimum": minimum})], partners)
    ((line, key, found),) = problems_of(refused)
    assert (line, key) == (5, "purchase.minimum")
    assert reason in found


def test_load_promotions__a_minimum_in_two_currencies__is_refused(tmp_path: Path) -> None:
    write_partner(tmp_path / "partners", "1.yaml")
    write_partner(tmp_path / "partners", "2.yaml", partner="grill", currency="USD")
    path = write_promotion(tmp_path, partners=["putien", "grill"], purchase={"minimum": "5"})
    with pytest.raises(CatalogueError, match="bill in HKD and USD"):
        load_promotions([path], load_partners([tmp_path / "partners"]))


@pytest.mark.parametrize("place", ["promotions/terms/t.md", "terms/t.md"])
def test_load_promotions__terms_beside_the_file_or_its_folder__are_read_as_they_are(
    tmp_path: Path, partners: tuple[Partner, ...], place: str
) -> None:
    path = write_promotion(tmp_path / "promotions", terms="terms/t.md")
    (tmp_path / place).parent.mkdir()
    (tmp_path / place).write_bytes(b"One\r\ntwo\n")
    assert load_promotions([path], partners)[0].terms == "One\r\ntwo\n"


@pytest.mark.parametrize(
    ("terms", "reason"),
    [
        ("terms/none.md", "no file terms/none.md"),
        ("../t.md", "a path inside this folder"),
        ("blank.md", "is empty"),
    ],
)
def test_load_promotions__terms_that_cannot_be_read__are_refused(
    tmp_path: Path, partners: tuple[Partner, ...], terms: str, reason: str
) -> None:
    write(tmp_path / "blank.md", " \n")
    with pytest.raises(CatalogueError, match=reason):
        load_promotions([write_promotion(tmp_path, terms=terms)], partners)


def test_load_promotions__wrong_alone_and_beside_the_partners__says_both_with_lines(
    tmp_path: Path, partners: tuple[Partner, ...]
) -> None:
    path = write_promotion(tmp_path, partners=["grill"], weekdays=["day"], reward={"fixed": 0})
    with pytest.raises(CatalogueError) as refused:
        load_promotions([path], partners)
    assert [found[:2] for found in problems_of(refused)] == [
        (2, "partners[0]"),
        (4, "reward.fixed"),
        (5, "weekdays[0]"),
    ]


def test_load_promotions__two_files_with_faulty_names__are_not_said_to_share_one(
    tmp_path: Path, partners: tuple[Partner, ...]
) -> None:
    write_promotion(tmp_path / "two", "1.yaml", promotion="A")
    write_promotion(tmp_path / "two", "2.yaml", promotion="B")
    with pytest.raises(CatalogueError) as refused:
        load_promotions([tmp_path / "two"], partners)
    assert len(refused.value.problems) == 2


def test_load_promotions__nothing_but_a_name__says_what_is_missing(
    tmp_path: Path, partners: tuple[Partner, ...]
) -> None:
    with pytest.raises(CatalogueError) as refused:
        load_promotions([write_yaml(tmp_path / "f.yaml", {"promotion": "a"})], partners)
    assert [found[1] for found in problems_of(refused)] == ["partners", "window", "reward"]


def test_load_promotions__segments_and_tiers__are_looked_up_where_they_are_given(
    tmp_path: Path, partners: tuple[Partner, ...]
) -> None:
    path = write_promotion(tmp_path, members={"segments": ["foodie", 3], "tiers": ["gold"]})
    loaded = load_promotions([path], partners, segments={"foodie": 4}, tiers=("blue", "gold"))
    assert loaded[0].members == Members(("gold",), (3, 4))
    with pytest.raises(CatalogueError) as refused:
        load_promotions([path], partners, tiers=("blue",))
    assert problems_of(refused) == [
        (5, "members.segments[0]", "no segment 'foodie' is defined; there is none yet"),
        (5, "members.tiers[0]", "the programme has no tier 'gold'; known are blue"),
    ]


def test_load_promotions__the_files_that_ship__are_accepted() -> None:
    partners = load_partners([ROOT / "partners"])
    promotions = load_promotions([ROOT / "promotions"], partners)
    assert {"harbour-grill", "noon-kitchen", "putien"} <= {partner.code for partner in partners}
    assert "putien-may-2021" in [promotion.name for promotion in promotions]
    assert all(promotion.terms for promotion in promotions)
