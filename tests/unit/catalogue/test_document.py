from pathlib import Path

import pytest

from milepost.catalogue import CatalogueError
from milepost.catalogue.document import MAX_BYTES, MAX_DEPTH, MAX_VALUES, key_text, read_document, read_text
from tests.support.catalogue_files import problems_of, write


def test_read_document__plain_values__keeps_fractions_and_times_as_text(tmp_path: Path) -> None:
    text = """
a: 600.00
b: 2021-05-01
c: 11:00
d: +08:00
e: "7"
f: 7
g: ~
h: false
i: [x, {j: -1}]
k: 1_000
"""
    values = read_document(write(tmp_path / "f.yaml", text)).values
    assert list(values.values()) == [
        *("600.00", "2021-05-01", "11:00", "+08:00", "7", 7, None, False),
        ["x", {"j": -1}],
        "1_000",
    ]


def test_read_document__nested_keys__knows_their_lines(tmp_path: Path) -> None:
    text = "\ufeff# comment\na:\n  b: 1\n  c:\n    - d: 2\n    - d: 3\n"
    document = read_document(write(tmp_path / "f.yaml", text))
    assert [document.line_of(key) for key in (("a",), ("a", "c", 1, "d"), ("a", "z"), ("z",))] == [2, 6, 2, 1]


@pytest.mark.parametrize(
    ("text", "line", "key", "reason"),
    [
        ("", 1, "", "is empty"),
        ("# only words\n", 1, "", "is empty"),
        ("---\n", 2, "", "is empty"),
        ("- a\n", 1, "", "must hold keys and values"),
        ("a: 1\n---\nb: 2\n", 2, "", "a second document"),
        ("%YAML 1.1\n---\na: 1\n", 1, "", "directive"),
        ("a: &x [1]\nb: *x\n", 1, "a", "anchors and aliases"),
        ("b: *x\n", 1, "b", "anchors and aliases"),
        ("a: !!python/object:os.system x\n", 1, "a", "the tag"),
        ("a: !mine {b: 1}\n", 1, "a", "the tag"),
        ("a:\n  - {b: 1, b: 2}\n", 2, "a[0].b", "stands twice, first in line 2"),
        ("a: 1\nb: 2\na: 3\n", 3, "a", "stands twice, first in line 1"),
        ("? [a]\n: 1\n", 1, "", "a key must be a word"),
        ("a: [1\nb: 2\n", 2, "", "is not YAML"),
        ("a: 'x\n", 2, "", "is not YAML"),
        ("a: \x01\n", 0, "", "is not YAML"),
    ],
)
def test_read_document__not_the_strict_yaml__is_refused(
    tmp_path: Path, text: str, line: int, key: str, reason: str
) -> None:
    with pytest.raises(CatalogueError) as refused:
        read_document(write(tmp_path / "f.yaml", text))
    (found,) = problems_of(refused)
    assert found[:2] == (line, key)
    assert reason in found[2]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: " + "[" * 5_000 + "]" * 5_000, f"deeper than {MAX_DEPTH}"),
        ("a: [" + "1," * MAX_VALUES + "]", f"more than {MAX_VALUES} values"),
    ],
)
def test_read_document__made_to_exhaust__is_refused(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(CatalogueError, match=reason):
        read_document(write(tmp_path / "f.yaml", text))


def test_read_text__too_large__is_refused(tmp_path: Path) -> None:
    assert len(read_text(write(tmp_path / "f.yaml", "a" * MAX_BYTES))) == MAX_BYTES
    with pytest.raises(CatalogueError, match="larger than 1048576 bytes"):
        read_text(write(tmp_path / "f.yaml", "a" * (MAX_BYTES + 1)))


def test_read_text__not_utf8__names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(b"a: 1\nb: \xe9\n")
    with pytest.raises(CatalogueError, match=r"f\.yaml:2: is not UTF-8"):
        read_text(path)


def test_read_text__missing_or_a_folder__is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"none\.yaml: no such file"):
        read_text(tmp_path / "none.yaml")
    with pytest.raises(CatalogueError, match="is a folder"):
        read_text(tmp_path)


def test_key_text__places_in_lists__stand_in_brackets() -> None:
    assert key_text(("outlets", 2, "code")) == "outlets[2].code"
