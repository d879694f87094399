"""Compares what slither finds in the contracts with the answers in docs/security.md: `make slither`.

A finding is mended, or answered there by a row of the table: detector, place, why it is right. A finding
without an answer fails, and so does an answer without a finding.
"""

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from typing import Any

import solcx

from scripts._compiling import ROOT, compiler_input, solidity_config

SLITHER = ROOT / ".venv-slither" / "bin" / "slither"
PAGE = ROOT / "docs" / "security.md"
HEADING = "## Findings of slither, answered"
BUILD = ROOT / "build" / "slither"

Place = tuple[str, str]
"""Detector, and the function or variable as `Contract.name`."""

_PLACE = re.compile(r"`([^`]+)`(?: \((\d+)\))?")


def run_slither() -> list[dict[str, Any]]:
    """Analyse the product contracts; needs no network.

    Raises: SystemExit, with what slither said, if it did not come to an end.
    """
    shutil.rmtree(BUILD, ignore_errors=True)
    build_info = BUILD / "build-info" / "product.json"
    build_info.parent.mkdir(parents=True)
    build_info.write_text(json.dumps(_compile()), encoding="utf-8")
    answer = BUILD / "findings.json"
    command = [SLITHER, ".", "--ignore-compile", "--foundry-out-directory", BUILD, "--json", answer]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    # Its exit code tells of findings too; only the file tells that it came to an end.
    if not answer.exists() or not json.loads(answer.read_text(encoding="utf-8"))["success"]:
        raise SystemExit(f"slither did not come to an end:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    results: list[dict[str, Any]] = json.loads(answer.read_text(encoding="utf-8"))["results"].get(
        "detectors", []
    )
    return results


def place_of(finding: dict[str, Any]) -> Place:
    """Where a finding stands, without line numbers, so that an answer outlives a change above it."""
    element, *others = finding["elements"]
    if element["name"] == "slitherConstructorConstantVariables":
        # A constant's value: slither puts it into a function of its own making.
        contract = element["type_specific_fields"]["parent"]["name"]
        return finding["check"], f"{contract}.{others[0]['name'].split(' ')[0]}"
    return finding["check"], _name_of(element)


def answered(page: str) -> Counter[Place]:
    """The places that the table answers, and how many findings each has: `(2)` behind a place for two."""
    found: Counter[Place] = Counter()
    for line in page.partition(HEADING)[2].partition("\n## ")[0].splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 3 and cells[0].startswith("`"):
            detector = cells[0].strip("`")
            found.update({(detector, place): int(count or 1) for place, count in _PLACE.findall(cells[1])})
    return found


def complaints(findings: list[dict[str, Any]], page: str) -> list[str]:
    """What is found and not answered, with slither's text, and what is answered and not found."""
    found, answers = Counter(map(place_of, findings)), answered(page)
    open_places = found - answers
    lines = [
        f"not answered: `{detector}` at `{place}`\n{finding['description']}"
        for finding in findings
        for detector, place in [place_of(finding)]
        if (detector, place) in open_places
    ]
    return lines + [f"answered and no longer found: `{d}` at `{place}`" for d, place in answers - found]


def main() -> int:
    findings = run_slither()
    lines = complaints(findings, PAGE.read_text(encoding="utf-8"))
    if not lines:
        print(f"slither: {len(findings)} findings, each answered in docs/security.md")
        return 0
    print(*lines, sep="\n")
    print(f'\nslither: mend each of these, or answer it in docs/security.md, "{HEADING[3:]}".')
    return 1


def _compile() -> dict[str, Any]:
    """What forge writes of a build, as slither reads it; without bytecode, in a tenth of the time."""
    config = solidity_config()
    given = compiler_input(config)
    given["settings"]["outputSelection"] = {"*": {"": ["ast"], "*": ["abi"]}}
    output = solcx.compile_standard(given, solc_version=config["version"], base_path=ROOT)
    no_code = {"object": "", "sourceMap": ""}
    for contracts in output["contracts"].values():
        for contract in contracts.values():
            contract["evm"] = {"bytecode": no_code, "deployedBytecode": no_code}
    return {"solcVersion": config["version"], "input": given, "output": output}


def _name_of(element: dict[str, Any]) -> str:
    parent = element.get("type_specific_fields", {}).get("parent")
    if element["type"] == "node":
        return _name_of(parent)
    return f"{_name_of(parent)}.{element['name']}" if parent else str(element["name"])


if __name__ == "__main__":
    sys.exit(main())
