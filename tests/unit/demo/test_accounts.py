"""The demo's keys: the well-known ones, the same in every run, and for their owner's eyes."""

import stat
from pathlib import Path

from milepost.chain.reporter_keys import read_account, read_reporters
from milepost.config import Settings
from milepost.demo.accounts import QUORUM, REPORTERS, demo_accounts, write_key_files

PARTNERS = ["harbour-grill", "noon-kitchen"]


def test_demo_accounts__of_the_mnemonic__are_those_that_anvil_makes_rich() -> None:
    accounts = demo_accounts()
    assert accounts.deployer.address == "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
    assert accounts.admin.address == "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"


def test_demo_accounts__reporters__are_five_others_of_whom_three_sign() -> None:
    accounts = demo_accounts()
    others = {accounts.deployer.address, accounts.admin.address, accounts.relayer.address}
    addresses = {reporter.address for reporter in accounts.signing}
    assert (len(addresses), QUORUM) == (REPORTERS, 3)
    assert not addresses & others


def test_write_key_files__each_file__is_open_to_its_owner_alone(tmp_path: Path) -> None:
    write_key_files(tmp_path, PARTNERS)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    acting = ("relayer", "enroller", "governance", "support", "approver", "custody", "keeper")
    keys = [f"{who}.key" for who in acting]
    others = ("reporters.json", "directory.key", "partner-secrets.json", "partner-keys.json")
    assert modes == dict.fromkeys([*keys, *others], 0o600)


def test_write_key_files__below_the_default_folder__are_all_that_the_settings_name(tmp_path: Path) -> None:
    """Finding: after `make local` a redemption found no key, unless its settings were named."""
    write_key_files(tmp_path, PARTNERS)
    defaults = [field.default for name, field in Settings.model_fields.items() if "_key" in name]
    wanted = {path.name for path in defaults if isinstance(path, Path)}
    assert {"custody.key", "keeper.key"} <= wanted <= {path.name for path in tmp_path.iterdir()}


def test_write_key_files__over_a_file_open_to_all__closes_it(tmp_path: Path) -> None:
    (tmp_path / "relayer.key").write_text("old")
    (tmp_path / "relayer.key").chmod(0o644)
    files = write_key_files(tmp_path, PARTNERS)
    assert stat.S_IMODE(files.relayer.stat().st_mode) == 0o600


def test_write_key_files__read_as_the_commands_do__gives_the_accounts(tmp_path: Path) -> None:
    files, accounts = write_key_files(tmp_path, PARTNERS), demo_accounts()
    assert read_account(files.relayer, setting="a test").address == accounts.relayer.address
    reporters = read_reporters(files.reporters, setting="a test")
    assert [one.address for one in reporters] == [one.address for one in accounts.signing]
    assert len(files.read_directory_key()) == 32
    secrets = {files.read_partner_secrets().secret_of(partner) for partner in PARTNERS}
    assert len(secrets) == 2


def test_write_key_files__twice__writes_the_same(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        write_key_files(tmp_path / folder, PARTNERS)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()
