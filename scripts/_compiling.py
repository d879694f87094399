"""Compiles the contracts once for all that read them: artifacts, snapshots and the bench.

The sources are compiled as they stand, with the settings of ape-config.yaml; what was compiled from these
very sources is read again, as a compile takes a minute.
"""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import solcx
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parent.parent
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
"""What the package exports; what these deploy by themselves is compiled with them."""
PRODUCT = tuple(f"contracts/{name}.sol" for name in CONTRACTS)
PEERS = ("OpenZeppelinPeer", "SoladyPeer")
"""What the bench measures beside them. Compiled apart: with other sources beside it the product's bytecode
would come out in another order."""
_CACHE = ROOT / "build" / "compiled-contracts.json"


class CompileFailed(Exception):
    """The contracts do not compile. Whoever changed them corrects them."""


def solidity_config() -> dict[str, Any]:
    """The `solidity` part of ape-config.yaml."""
    config: dict[str, Any] = YAML(typ="safe").load(ROOT / "ape-config.yaml")["solidity"]
    return config


def compiler_settings(config: dict[str, Any]) -> dict[str, Any]:
    """What solc is told beside the sources; `config` is the `solidity` part of ape-config.yaml."""
    wanted = ["abi", "storageLayout", "evm.bytecode.object", "evm.deployedBytecode.object"]
    return {
        "optimizer": {"enabled": config["optimize"], "runs": config["optimization_runs"]},
        "viaIR": config["via_ir"],
        "evmVersion": config["evm_version"],
        "remappings": config["import_remapping"],
        # Without the hash of all sources at its end, bytecode depends on no path and no comment.
        "metadata": {"bytecodeHash": "none"},
        "outputSelection": {"*": {"*": wanted}},
    }


def compiler_input(config: dict[str, Any], paths: tuple[str, ...] = PRODUCT) -> dict[str, Any]:
    """Sources, those of the product unless told otherwise, in solc's standard form.

    Shape: `config` as `compiler_settings` takes it.
    """
    return {
        "language": "Solidity",
        "sources": {path: {"content": (ROOT / path).read_text(encoding="utf-8")} for path in paths},
        "settings": compiler_settings(config),
    }


def compile_contracts() -> dict[str, dict[str, Any]]:
    """What solc says of every contract of the product and of the peers, by name.

    Shape: with what they import, the halves that some deploy by themselves among it.
    Raises: CompileFailed with the compiler's own words.
    """
    config = solidity_config()
    peers = tuple(f"bench/contracts/{name}.sol" for name in PEERS)
    inputs = [compiler_input(config), compiler_input(config, peers)]
    key = _key(inputs, version=config["version"])
    found = _cached(key)
    if found is None:
        found = {}
        for given in inputs:
            found |= _compile(given, version=config["version"])
        _CACHE.parent.mkdir(parents=True, exist_ok=True)
        draft = _CACHE.with_name(f"{_CACHE.name}.{os.getpid()}")
        draft.write_text(json.dumps({"key": key, "contracts": found}), encoding="utf-8")
        draft.replace(_CACHE)
    return found


def _compile(given: dict[str, Any], *, version: str) -> dict[str, dict[str, Any]]:
    try:
        answer: dict[str, Any] = solcx.compile_standard(given, solc_version=version, base_path=ROOT)
    except solcx.exceptions.SolcError as error:
        raise CompileFailed(f"The contracts do not compile:\n{error.message}") from None
    files = answer["contracts"].items()
    return {
        name: output
        for path, contracts in files
        if path.startswith(("contracts/", "bench/"))
        for name, output in contracts.items()
    }


def _key(inputs: list[dict[str, Any]], *, version: str) -> str:
    """Hash of the compiler, its settings and every source that can be imported."""
    digest = hashlib.sha256(json.dumps([version, inputs], sort_keys=True).encode())
    imported = sorted((ROOT / "contracts").rglob("*.sol"))
    for path in [*imported, ROOT / "package-lock.json"]:
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _cached(key: str) -> dict[str, dict[str, Any]] | None:
    try:
        stored = json.loads(_CACHE.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return stored["contracts"] if stored.get("key") == key else None
