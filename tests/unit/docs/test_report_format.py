"""The worked example of docs/report-format.md, computed from the page and held to the vectors."""

import hashlib
import hmac
import json
import re
from pathlib import Path
from typing import Any

import pytest
from eth_utils.crypto import keccak

from tests.vectors.generate import PATH

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/report-format.md").read_text(encoding="utf-8").split("## Worked example\n")[1]
PARTS = re.split(r"^\*\*", PAGE, flags=re.MULTILINE)
VECTORS = json.loads(PATH.read_text(encoding="utf-8"))["reports"]
(VECTOR,) = (vector for vector in VECTORS if vector["name"] == "two purchases")

DOMAIN_TYPE = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
REPORT_TYPE = "Report(uint32 reporters,uint16 lane,uint64 sequence,bytes32 content)"


def part(beginning: str) -> str:
    """The text from one bold beginning to the next."""
    (found,) = (text for text in PARTS if text.startswith(beginning))
    return found


def rows(text: str) -> list[list[str]]:
    """Cells of all table rows below their header lines."""
    cells = [re.split(r" *\| *", line)[1:-1] for line in text.splitlines() if line.startswith("|")]
    return [row for row in cells if row[0].startswith("`") or row[-1].startswith("`")]


def code(cell: str) -> str:
    assert cell.startswith("`") and cell.endswith("`")
    return cell.strip("`")


def table_bytes(text: str) -> bytes:
    """The first column, one after the other; a value beside the bytes must be what they say."""
    found = b""
    for cell, _, value in rows(text):
        one = bytes.fromhex(code(cell))
        assert value == "" or int(value) == int.from_bytes(one, "big")
        found += one
    return found


def hashes(text: str) -> dict[str, bytes]:
    """A table of names and hashes, by the part of a name before its colon."""
    return {row[0].split(":")[0]: bytes.fromhex(code(row[1])) for row in rows(text)}


def word(number: int) -> bytes:
    return number.to_bytes(32, "big")


def hexed(data: bytes) -> str:
    return "0x" + data.hex()


REPORT = table_bytes(part("The report"))
ENTRIES = [REPORT[30:62], REPORT[62:94]]


@pytest.mark.parametrize("place", [0, 1])
def test_example__bill_and_secret__give_the_entrys_facts(place: int) -> None:
    text = part("The bills.")
    bill = [line.strip() for line in text.splitlines() if line.startswith("    {")][place]
    (secret,) = re.findall(r"the text `(.*)`", text)
    key, salt = (code(cell) for cell in rows(text)[place])
    facts: dict[str, Any] = json.loads(bill)
    assert json.dumps(facts, sort_keys=True, separators=(",", ":")) == bill
    assert json.loads(key) == [facts[name] for name in ("partner", "source", "sale_ref", "kind", "revision")]
    assert hmac.new(secret.encode(), key.encode(), hashlib.sha256).hexdigest() == salt
    assert keccak(bytes.fromhex(salt) + bill.encode())[:16] == ENTRIES[place][16:]
    assert facts["eligible_minor"] == int.from_bytes(ENTRIES[place][5:10], "big")


def test_example__report_bytes__are_the_vectors() -> None:
    assert hexed(REPORT) == VECTOR["bytes"]


def test_example__bits_of_an_entry__are_what_the_row_says() -> None:
    described = [row[1] for row in rows(part("The report")) if "bits" in row[1]]
    assert [int(text.split("bits ")[1].replace(" ", ""), 2) for text in described] == [
        int.from_bytes(entry[13:16], "big") for entry in ENTRIES
    ]


def test_example__digest__follows_from_bytes_chain_and_contract() -> None:
    text = part("The digest")
    (chain_id, settlement, version) = re.findall(
        r"chain (\d+), for the Settlement at `0x(\w+)` and version (\d+)", text
    )[0]
    stated = hashes(text)
    domain = keccak(text=DOMAIN_TYPE) + keccak(text="Milepost Settlement") + keccak(text="1")
    domain += word(int(chain_id)) + bytes(12) + bytes.fromhex(settlement)
    lane, sequence = (int.from_bytes(REPORT[at], "big") for at in (slice(1, 3), slice(3, 11)))
    struct = keccak(text=REPORT_TYPE) + word(int(version)) + word(lane) + word(sequence) + keccak(REPORT)
    assert stated["content"] == keccak(REPORT)
    assert stated["domain separator"] == keccak(domain)
    assert stated["struct"] == keccak(struct)
    assert stated["digest"] == keccak(b"\x19\x01" + keccak(domain) + keccak(struct))
    assert hexed(stated["digest"]) == VECTOR["digest"]


def test_example__results__are_the_vectors_and_their_grants_say_what_the_rows_say() -> None:
    text = part("The results")
    assert hexed(table_bytes(text)) == VECTOR["results"]
    for cell, field, _ in rows(text):
        if field.startswith("promotion"):
            promotion, cut, desired, granted = map(int, re.findall(r"\d+", field))
            bits = promotion << 48 | cut << 44 | desired << 22 | granted
            assert bits == int(code(cell), 16)


def test_example__leaves_and_root__follow_from_the_words() -> None:
    text = part("The leaf of the first purchase")
    words, stated = text.split("The leaf of the second purchase")
    first = table_bytes(words)
    accrual = bytearray(first[32:64])
    accrual[4:9] = (78).to_bytes(5, "big")
    # base, last day and outcome
    accrual[14:21] = bytes(6) + b"\x02"
    second = ENTRIES[1] + bytes(accrual) + bytes(32) + first[96:]
    leaves = [keccak(keccak(one)) for one in (first, second)]
    found = hashes(stated)
    assert [found["first leaf"], found["second leaf"]] == leaves
    assert leaves[1] < leaves[0]
    assert found["root"] == keccak(leaves[1] + leaves[0])
    assert [hexed(leaf) for leaf in leaves] == [receipt["leaf"] for receipt in VECTOR["receipts"]]
    assert hexed(found["root"]) == VECTOR["root"]
    assert first[:32] == ENTRIES[0]


def test_example__proofs__are_each_others_leaf() -> None:
    first, second = VECTOR["receipts"]
    assert (first["proof"], second["proof"]) == ([second["leaf"]], [first["leaf"]])
