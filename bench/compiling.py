"""Compiles the product's contracts and the peers' with one set of settings, those of ape-config.yaml.

The bench measures the sources as they stand, so it does not read the artifacts of the package.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import solcx
from ruamel.yaml import YAML

from milepost.chain.contracts import Artifact
from scripts._artifacts import CONTRACTS, ROOT, compiler_settings


class CompileFailed(Exception):
    """The contracts do not compile. Whoever changed them corrects them."""


PEERS = ("OpenZeppelinPeer", "SoladyPeer")
CACHE = ROOT / "build" / "bench-contracts.json"
"""What was compiled last, under the hash of all that went into it: a compile takes 20 s."""


def solidity_config() -> dict[str, Any]:
    """The `solidity` part of ape-config.yaml."""
    config: dict[str, Any] = YAML(typ="safe").load(ROOT / "ape-config.yaml")["solidity"]
    return config


def compile_contracts() -> dict[str, Artifact]:
    """Compile, or read what was compiled from these very sources.

    Shape: by name, the product's contracts and both peers.
    Raises: CompileFailed with the compiler's own words.
    """
    config = solidity_config()
    sources = {f"contracts/{name}.sol": name for name in CONTRACTS}
    sources |= {f"bench/contracts/{name}.sol": name for name in PEERS}
    compiler_input = {
        "language": "Solidity",
        "sources": {path: {"content": (ROOT / path).read_text(encoding="utf-8")} for path in sources},
        "settings": compiler_settings(config),
    }
    key = _key(compiler_input, version=config["version"])
    output = _cached(key)
    if output is None:
        answer = _compile(compiler_input, version=config["version"])
        output = {name: answer["contracts"][path][name] for path, name in sources.items()}
        CACHE.parent.mkdir(parents=True, exist_ok=True)
        CACHE.write_text(json.dumps({"key": key, "contracts": output}), encoding="utf-8")
    return {name: _artifact(name, contract) for name, contract in output.items()}


def _compile(compiler_input: dict[str, Any], *, version: str) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = solcx.compile_standard(compiler_input, solc_version=version, base_path=ROOT)
    except solcx.exceptions.SolcError as error:
        raise CompileFailed(f"The contracts do not compile:\n{error.message}") from None
    return answer


def _key(compiler_input: dict[str, Any], *, version: str) -> str:
    """Hash of the compiler, its settings and every source that can be imported."""
    digest = hashlib.sha256(json.dumps([version, compiler_input], sort_keys=True).encode())
    imported = sorted((ROOT / "contracts").rglob("*.sol"))
    for path in [*imported, ROOT / "package-lock.json"]:
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _cached(key: str) -> dict[str, Any] | None:
    try:
        stored = json.loads(Path(CACHE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return stored["contracts"] if stored.get("key") == key else None


def _artifact(name: str, output: dict[str, Any]) -> Artifact:
    evm = output["evm"]
    size = len(evm["deployedBytecode"]["object"]) // 2
    return Artifact(name, output["abi"], f"0x{evm['bytecode']['object']}", size)
