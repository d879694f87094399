"""Exports ABI and bytecode of the product contracts into the package: `make artifacts`.

`_compiling.py` compiles the sources as they stand; `milepost.chain.contracts` reads what this writes.
"""

import json
import sys
from pathlib import Path
from typing import Any

from scripts._compiling import CONTRACTS, ROOT, compile_contracts

FOLDER = ROOT / "src" / "milepost" / "chain" / "artifacts"


def compile_artifacts() -> dict[str, dict[str, Any]]:
    """Compile the product contracts.

    Shape: by name of contract, what its file holds. Units: `deployed_size` in bytes.
    Raises: CompileFailed.
    """
    found = compile_contracts()
    return {name: _artifact(name, found[name]) for name in CONTRACTS}


def file_text(artifact: dict[str, Any]) -> str:
    """What is written to the file: one ABI entry a line, so that a review sees what changed."""
    entries = ",\n".join(f"    {json.dumps(entry, sort_keys=True)}" for entry in artifact["abi"])
    rest = {key: value for key, value in artifact.items() if key != "abi"}
    lines = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in rest.items())
    return f'{{\n  "abi": [\n{entries}\n  ],\n{lines}\n}}\n'


def stale_artifacts(artifacts: dict[str, dict[str, Any]]) -> list[str]:
    """Names of the package's files that are missing, differ from `artifacts`, or belong to no contract."""
    wanted = {f"{name}.json": file_text(artifact) for name, artifact in artifacts.items()}
    found = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*")}
    return sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))


def _artifact(name: str, output: dict[str, Any]) -> dict[str, Any]:
    return {
        "abi": output["abi"],
        "contract": name,
        "deployed_size": len(output["evm"]["deployedBytecode"]["object"]) // 2,
        "bytecode": f"0x{output['evm']['bytecode']['object']}",
    }


def main() -> None:
    """Write every file that is not as a fresh compile has it, and remove those of no contract."""
    artifacts = compile_artifacts()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for file in stale_artifacts(artifacts):
        if Path(file).stem not in artifacts:
            (FOLDER / file).unlink()
        else:
            (FOLDER / file).write_text(file_text(artifacts[Path(file).stem]), encoding="utf-8")
        print(f"artifacts: {file}", file=sys.stderr)
    for name, artifact in artifacts.items():
        print(f"artifacts: {name}: {artifact['deployed_size']} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
