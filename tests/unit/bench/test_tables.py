"""The document has the agreed keys, and the tables show the same numbers."""

import pytest

from bench.floor import EXISTING, NONE, SAME, THREE
from bench.parts import GasPart
from bench.peers import PeerRow
from bench.settle_rows import Case, Row
from bench.tables import (
    TABLES_BEGIN,
    TABLES_END,
    TX_CAP,
    Findings,
    document,
    markdown,
    sheets,
    with_tables,
)

FINDINGS = Findings(
    node="anvil 1.7.1 prague",
    rows=[
        Row(Case(200, EXISTING, SAME, NONE), gas=1_590_000, floor=5_535.25),
        Row(Case(200, EXISTING, SAME, THREE, partners=50), gas=TX_CAP + 1, floor=5_535.25),
    ],
    peers=[PeerRow("solady", "loop", 200, EXISTING, 1_600_000)],
    parts=[GasPart(NONE, "signatures", 18_000)],
    fixed={NONE: 128_000},
)


def test_document__of_findings__has_the_agreed_keys() -> None:
    found = document(FINDINGS)
    assert list(found)[:10] == [
        "version",
        "solc",
        "optimizer_runs",
        "via_ir",
        "evm_version",
        "node",
        "quorum",
        "bytes_per_purchase",
        "settle",
        "peers",
    ]
    assert (found["version"], found["quorum"], found["bytes_per_purchase"]) == (1, [3, 5], 32)
    assert found["settle"] == [
        {
            "size": 200,
            "member": "existing",
            "lot": "same",
            "promotions": "none",
            "gas": 1_590_000,
            "per_purchase": 7_950.0,
            "target": 8_000,
            "met": True,
            "floor": 5_535.2,
            "ratio": 1.436,
        }
    ]
    assert found["peers"] == [
        {
            "peer": "solady",
            "way": "loop",
            "size": 200,
            "member": "existing",
            "gas": 1_600_000,
            "per_purchase": 8_000.0,
        }
    ]


def test_document__fifty_partners__stand_apart() -> None:
    shared = document(FINDINGS)["settle_shared"]
    assert [(row["partners"], row["size"], row["target"]) for row in shared] == [(50, 200, 13_000)]


def test_markdown__of_every_sheet__has_as_many_cells_in_each_line() -> None:
    for sheet in sheets(FINDINGS):
        lines = markdown(sheet).splitlines()[2:]
        assert len(lines) == len(sheet.lines) + 2
        assert len({line.count("|") for line in lines}) == 1


def test_markdown__above_the_cap_of_a_tx__is_marked() -> None:
    first = markdown(next(iter(sheets(FINDINGS))))
    assert "| 1,590,000 | 7,950 | 8,000 | yes |" in first
    assert "| 16,777,217 † |" in first


def test_with_tables__page_with_marks__has_its_tables_replaced() -> None:
    page = f"before\n{TABLES_BEGIN}\nold\n{TABLES_END}\nafter\n"
    found = with_tables(page, FINDINGS)
    assert found.startswith(f"before\n{TABLES_BEGIN}\n")
    assert found.endswith(f"{TABLES_END}\nafter\n")
    assert "old" not in found and "1,590,000" in found
    assert with_tables(found, FINDINGS) == found


def test_with_tables__page_without_marks__is_refused() -> None:
    with pytest.raises(ValueError, match="put them where tables go"):
        with_tables("a page\n", FINDINGS)
