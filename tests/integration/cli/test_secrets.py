"""Keys and passwords while the command runs: where nobody finds them, and what is said of open files.

given keystores for every key, their password in a file, and plain secrets for the rest
    when a run settles purchases                    then no key, password or secret stands in the process's
                                                    arguments, environment, output, log or database
    when the password is wrong or missing           then a sentence says so, and nothing else happens
    when files of secrets are open to others        then each is named, and the run goes on
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

import pytest
from eth_account import Account

from tests.support.cli_stage import CliStage, cli_stage, key_of
from tests.support.deployments import ENROLLER, RELAYER, REPORTERS

PASSWORD = "correct horse, battery staple"
HEADER = "partner,sale_ref,outlet,occurred_at,currency,gross_minor,tip_minor,member\n"
BILL = HEADER + "noon-kitchen,S-1,market-street,2018-06-01T12:06:00-04:00,USD,2000,300,M0001\n"
DIRECTORY_KEY = "d1" * 32


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CliStage]:
    with cli_stage(tmp_path_factory.mktemp("secrets")) as made:
        made.run("members", "import", made.write("members.csv", "member\nM0001\n"))
        yield made


@pytest.fixture
def keystores(stage: CliStage, tmp_path: Path) -> dict[str, str]:
    """Settings that name keystores, three reporters' in a folder. Cheap to open, as tests open them often."""
    (tmp_path / "reporters").mkdir()
    for place, reporter in enumerate(REPORTERS[:3]):
        _write(tmp_path / "reporters" / f"{place}.json", _keystore(key_of(reporter)))
    _write(tmp_path / "relayer.json", _keystore(key_of(RELAYER)))
    _write(tmp_path / "password", PASSWORD + "\n")
    return {
        "MILEPOST_RELAYER_KEY_FILE": str(tmp_path / "relayer.json"),
        "MILEPOST_REPORTER_KEYS_FILE": str(tmp_path / "reporters"),
        "MILEPOST_KEYSTORE_PASSWORD_FILE": str(tmp_path / "password"),
    }


def _keystore(key: str) -> str:
    return json.dumps(Account.encrypt(key, PASSWORD, kdf="pbkdf2", iterations=1))


def _write(path: Path, text: str, mode: int = 0o600) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)


def _secrets(stage: CliStage) -> list[str]:
    partner_secret = next(iter(json.loads((stage.folder / "partner-secrets.json").read_text()).values()))
    keys = [key_of(account) for account in (RELAYER, ENROLLER, *REPORTERS)]
    return [PASSWORD, DIRECTORY_KEY, partner_secret, *(key.removeprefix("0x") for key in keys)]


def _found_in(text: bytes, secrets: list[str]) -> list[str]:
    """Secrets that stand in some bytes: as text, or as the bytes they are."""
    raw = [bytes.fromhex(one) for one in secrets if one != PASSWORD]
    lowered = text.lower()
    return [one for one in secrets if one.lower().encode() in lowered] + [
        one.hex() for one in raw if one in text
    ]


def test_settle__keystores__show_no_secret_anywhere(
    stage: CliStage, keystores: dict[str, str], tmp_path: Path
) -> None:
    command = [Path(sys.executable).with_name("milepost"), "settle", stage.write("bills.csv", BILL), "--json"]
    with (tmp_path / "stdout").open("wb") as stdout, (tmp_path / "stderr").open("wb") as stderr:
        process = subprocess.Popen(
            [str(word) for word in command],
            env={"PATH": os.environ["PATH"], **stage.settings, **keystores, **_same_package()},
            stdout=stdout,
            stderr=stderr,
        )
        looked_at = b"".join(_looking_at(process))
    printed = (tmp_path / "stdout").read_bytes()
    assert process.returncode == 0, (tmp_path / "stderr").read_text()
    assert json.loads(printed)["reconciliation"]["difference"] == 0
    # It did look: at the arguments, and at the variables.
    assert b"bills.csv" in looked_at and b"MILEPOST_RELAYER_KEY_FILE" in looked_at
    database = b"".join(path.read_bytes() for path in stage.folder.glob("milepost.db*"))
    assert REPORTERS[0].address.encode() in database
    for shown in (looked_at, printed, (tmp_path / "stderr").read_bytes(), database):
        assert _found_in(shown, _secrets(stage)) == []


def _looking_at(process: subprocess.Popen[bytes]) -> set[bytes]:
    """What anybody who may list processes sees of one until it ends."""
    seen: set[bytes] = set()
    until = monotonic() + 90
    while process.poll() is None:
        assert monotonic() < until, "the command hangs"
        for name in ("cmdline", "environ"):
            with suppress(OSError):
                seen.add(Path(f"/proc/{process.pid}/{name}").read_bytes())
        sleep(0.02)
    return seen


def _same_package() -> dict[str, str]:
    """The process imports what this one tests, also where that is another checkout than the installed one."""
    import milepost

    return {"PYTHONPATH": str(Path(milepost.__file__).parents[1])}


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("another password", "does not open with the password in"),
        (None, "is an encrypted keystore: write its password to a file"),
    ],
)
def test_settle__password_wrong_or_missing__is_said_before_anything_happens(
    stage: CliStage, keystores: dict[str, str], tmp_path: Path, password: str | None, said: str
) -> None:
    settings = {name.removeprefix("MILEPOST_").lower(): value for name, value in keystores.items()}
    if password is None:
        del settings["keystore_password_file"]
    else:
        _write(Path(settings["keystore_password_file"]), password)
    database = f"sqlite:///{tmp_path / 'untouched.db'}"
    done = stage.run("settle", stage.write("bills.csv", BILL), **settings, database_url=database)
    shown = " ".join(done.output.split())
    assert done.exit_code == 2
    assert said in shown and "MILEPOST_KEYSTORE_PASSWORD_FILE" in shown
    assert _found_in(done.output.encode(), [*_secrets(stage), b"another password".hex()]) == []
    assert not (tmp_path / "untouched.db").exists()


def test_settle__files_open_to_others__names_each_and_goes_on(
    stage: CliStage, keystores: dict[str, str]
) -> None:
    settings = {name.removeprefix("MILEPOST_").lower(): value for name, value in keystores.items()}
    opened = [Path(settings["keystore_password_file"]), Path(settings["reporter_keys_file"]) / "1.json"]
    for file in opened:
        file.chmod(0o644)
    done = stage.run("settle", stage.write("bills.csv", BILL), **settings)
    assert done.exit_code == 0, done.output
    said = " ".join(done.stderr.split())
    for file in opened:
        assert f"run chmod 600 {file}" in said


def test_settle__bug_in_the_middle__shows_no_secret_in_its_traceback(
    stage: CliStage, keystores: dict[str, str], tmp_path: Path
) -> None:
    """What a bug prints goes into reports of bugs: the traceback is there, variables are not."""
    broken = (
        "import milepost.pipeline.sign_report as step\n"
        "def fail(*_arguments, **_named):\n    raise RuntimeError('a bug')\n"
        "step.proposal_of = fail\n"
        "from milepost.cli import app\napp()\n"
    )
    bills = stage.write("bills.csv", BILL.replace("S-1", "S-2"))
    done = subprocess.run(
        [sys.executable, "-c", broken, "settle", str(bills)],
        env={"PATH": os.environ["PATH"], **stage.settings, **keystores, **_same_package()},
        capture_output=True,
        check=False,
        timeout=90,
    )
    assert done.returncode != 0 and b"a bug" in done.stderr and b"Traceback" in done.stderr
    assert _found_in(done.stdout + done.stderr, _secrets(stage)) == []
