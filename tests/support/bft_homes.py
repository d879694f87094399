"""Homes of the validators of a CometBFT chain: keys and one genesis, made once and kept in the temp folder.

`bft_network.py` copies them for each run, and gives each copy its ports and peers. The node is
`injectived` of the PyPI package `injective-core`: licence BUSL-1.1, so for tests alone; `make test-bft`
installs it.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".venv-bft/bin/python"
CHAIN = "injective-777"
CHAIN_ID = 777
_COMMAND_ENDS_IN_S = 60
_STAKE = "1000000000000000000000000inj"
_FUNDS = "2000000000000000000000000inj"
# Else a validator that a test stops is jailed after 50 blocks that it missed.
_BLOCKS_ONE_MAY_MISS = "100000"
_BLOCK_GAS = "60000000"
_LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


class NodeNotInstalled(Exception):
    """The node's package is not there. Run `make test-bft`, which installs it."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where one validator listens, on the loopback alone."""

    p2p: int
    comet: int
    abci: int
    rpc: int
    ws: int
    debug: int
    api: int
    grpc: int
    metrics: int


@cache
def binary() -> Path:
    """The node's program, unpacked at the first call."""
    if not PYTHON.exists():
        raise NodeNotInstalled(f"{PYTHON.relative_to(ROOT)} is not there: run `make test-bft`.")
    code = "import injective_core; print(injective_core.get_binary_path())"
    found = subprocess.run([PYTHON, "-c", code], check=True, capture_output=True, text=True)
    return Path(found.stdout.strip())


def environment() -> dict[str, str]:
    """The program's own library beside it, and nothing that would make it listen elsewhere."""
    return {**os.environ, "LD_LIBRARY_PATH": str(binary().parent), "GOMEMLIMIT": "1GiB"}


def kept_homes(count: int, funded: Sequence[str]) -> list[Path]:
    """Homes that were never started, with `funded` addresses (0x…) in the genesis."""
    made_of = json.dumps([count, sorted(funded), CHAIN, Path(__file__).read_text(encoding="utf-8")])
    digest = hashlib.sha256(made_of.encode()).hexdigest()[:12]
    kept = Path(tempfile.gettempdir()) / f"milepost-bft-{os.getuid()}-{digest}"
    if not kept.exists():
        # Made elsewhere and moved: whoever sees the folder sees all of it.
        made = Path(tempfile.mkdtemp(prefix="milepost-bft-making-"))
        try:
            _make(made, count, funded)
            made.rename(kept)
        except OSError:
            # Another run was quicker.
            if not kept.exists():
                raise
        finally:
            shutil.rmtree(made, ignore_errors=True)
    return [kept / f"n{i}" for i in range(count)]


def node_id(home: Path) -> str:
    """The name by which peers know a validator."""
    return _run("comet", "show-node-id", "--home", home).strip()


def configure(home: Path, ports: Ports, peers: Sequence[str]) -> None:
    """Give a home its ports, and the peers that it dials."""
    _set(
        home / "config/config.toml",
        {
            ("", "proxy_app"): f'"tcp://127.0.0.1:{ports.abci}"',
            ("rpc", "laddr"): f'"tcp://127.0.0.1:{ports.comet}"',
            ("rpc", "pprof_laddr"): '""',
            ("p2p", "laddr"): f'"tcp://127.0.0.1:{ports.p2p}"',
            ("p2p", "persistent_peers"): f'"{",".join(peers)}"',
            ("p2p", "persistent_peers_max_dial_period"): '"1s"',
            ("p2p", "addr_book_strict"): "false",
            ("p2p", "allow_duplicate_ip"): "true",
            ("p2p", "pex"): "false",
            ("consensus", "timeout_commit"): '"500ms"',
        },
    )
    _set(
        home / "config/app.toml",
        {
            ("", "minimum-gas-prices"): '"1inj"',
            ("", "iavl-cache-size"): "10000",
            ("json-rpc", "address"): f'"127.0.0.1:{ports.rpc}"',
            ("json-rpc", "ws-address"): f'"127.0.0.1:{ports.ws}"',
            ("json-rpc", "api"): '"eth,net,web3,txpool"',
            ("json-rpc", "metrics-address"): f'"127.0.0.1:{ports.metrics}"',
            ("json-rpc-debug", "address"): f'"127.0.0.1:{ports.debug}"',
            ("api", "enable"): "false",
            ("api", "address"): f'"tcp://127.0.0.1:{ports.api}"',
            ("grpc", "address"): f'"127.0.0.1:{ports.grpc}"',
        },
    )


def _make(folder: Path, count: int, funded: Sequence[str]) -> None:
    homes = [folder / f"n{i}" for i in range(count)]
    first = homes[0]
    validators = [_init(home) for home in homes]
    _write_rules(first / "config/genesis.json")
    for address in (*validators, *(_bech32("inj", bytes.fromhex(one[2:])) for one in funded)):
        _run("add-genesis-account", "--chain-id", CHAIN, address, _FUNDS, "--home", first)
    (first / "config/gentx").mkdir()
    for home in homes:
        _stake(home, first)
    _run("genesis", "collect-gentxs", "--home", first)
    _run("genesis", "validate", "--home", first)
    for home in homes[1:]:
        shutil.copy(first / "config/genesis.json", home / "config/genesis.json")


def _init(home: Path) -> str:
    """Make a home with a key; the validator's account."""
    _run("init", home.name, "--chain-id", CHAIN, "--home", home)
    keys = ("keys", "add", "val", "--keyring-backend", "test", "--home", home, "--output", "json")
    said = _run(*keys)
    return str(json.loads(said[said.index("{") :])["address"])


def _stake(home: Path, first: Path) -> None:
    if home != first:
        shutil.copy(first / "config/genesis.json", home / "config/genesis.json")
    keyring = ("--keyring-backend", "test", "--home", home)
    _run("genesis", "gentx", "val", _STAKE, "--chain-id", CHAIN, *keyring, "--ip", "127.0.0.1")
    if home != first:
        for file in (home / "config/gentx").iterdir():
            shutil.copy(file, first / "config/gentx" / file.name)


def _write_rules(genesis: Path) -> None:
    made: dict[str, Any] = json.loads(genesis.read_text(encoding="utf-8").replace('"stake"', '"inj"'))
    made["app_state"]["evm"]["params"]["chain_config"]["eip155_chain_id"] = str(CHAIN_ID)
    made["app_state"]["slashing"]["params"]["signed_blocks_window"] = _BLOCKS_ONE_MAY_MISS
    made["consensus"]["params"]["block"]["max_gas"] = _BLOCK_GAS
    genesis.write_text(json.dumps(made), encoding="utf-8")


def _set(file: Path, values: Mapping[tuple[str, str], str]) -> None:
    """Set keys by section, "" for those above any; a key that the file lacks is an error."""
    text = file.read_text(encoding="utf-8")
    for (section, key), value in values.items():
        head = rf"(?ms)^\[{re.escape(section)}\]\s*$.*?(?=^\[|\Z)" if section else r"(?ms)\A.*?(?=^\[)"
        found = re.search(head, text)
        assert found is not None, f"{file.name} has no section {section!r}"
        line = rf"(?m)^{re.escape(key)}\s*=.*$"
        part, times = re.subn(line, f"{key} = {value}", found.group(), count=1)
        assert times == 1, f"{file.name}: no {key} in section {section!r}"
        text = text[: found.start()] + part + text[found.end() :]
    file.write_text(text, encoding="utf-8")


def _run(*words: object) -> str:
    command = [str(binary()), *(str(word) for word in words)]
    ran = subprocess.run(
        command, env=environment(), capture_output=True, text=True, timeout=_COMMAND_ENDS_IN_S
    )
    assert ran.returncode == 0, f"{command[1:]}: {ran.stdout[-800:]} {ran.stderr[-800:]}"
    return ran.stdout or ran.stderr


def _bech32(prefix: str, data: bytes) -> str:
    """An address as this chain writes it. Source: BIP-173."""
    words = [int(bits, 2) for bits in re.findall(r"[01]{5}", "".join(f"{byte:08b}" for byte in data))]
    expanded = [ord(letter) >> 5 for letter in prefix] + [0] + [ord(letter) & 31 for letter in prefix]
    check = _polymod([*expanded, *words, *[0] * 6]) ^ 1
    words += [(check >> 5 * (5 - place)) & 31 for place in range(6)]
    return f"{prefix}1{''.join(_LETTERS[word] for word in words)}"


def _polymod(values: Sequence[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for place, factor in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= factor if (top >> place) & 1 else 0
    return check
