"""Exports ABI and bytecode of the product contracts into the package: `make artifacts`.

It compiles afresh with the settings of ape-config.yaml; `milepost.chain.contracts` reads what it writes.
"""

import json
import sys
from pathlib import Path
from typing import Any

import solcx
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "src" / "milepost" / "chain" / "artifacts"
CONTRACTS = (
    "AdjustmentDesk",
    "Authority",
    "LedgerReversals",
    "MilesLedger",
    "MilesLens",
    "MilesShop",
    "PartnerRegistry",
    "PromotionBook",
    "ReceiptBook",
    "RedemptionDesk",
    "Settlement",
)


def compile_artifacts() -> dict[str, dict[str, Any]]:
    """Compile the product contracts.

    Shape: by name of contract, what its file holds. Units: `deployed_size` in bytes.
    Raises: solcx.exceptions.SolcError if they do not compile.
    """
    config = YAML(typ="safe").load(ROOT / "ape-config.yaml")["solidity"]
    answer = solcx.compile_standard(compiler_input(config), solc_version=config["version"], base_path=ROOT)
    return {name: _artifact(name, answer["contracts"][f"contracts/{name}.sol"][name]) for name in CONTRACTS}


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


def compiler_settings(config: dict[str, Any]) -> dict[str, Any]:
    """What solc is told beside the sources; `config` is the `solidity` part of ape-config.yaml."""
    return {
        "optimizer": {"enabled": config["optimize"], "runs": config["optimization_runs"]},
        "viaIR": config["via_ir"],
        "evmVersion": config["evm_version"],
        "remappings": config["import_remapping"],
        # Without the hash of all sources at its end, bytecode depends on no path and no comment.
        "metadata": {"bytecodeHash": "none"},
        "outputSelection": {"*": {"*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"]}},
    }


def compiler_input(config: dict[str, Any]) -> dict[str, Any]:
    """The product contracts in solc's standard form; `config` as `compiler_settings` takes it."""
    return {
        "language": "Solidity",
        "sources": {
            f"contracts/{name}.sol": {
                "content": (ROOT / "contracts" / f"{name}.sol").read_text(encoding="utf-8")
            }
            for name in CONTRACTS
        },
        "settings": compiler_settings(config),
    }


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
