"""`make local`: a chain that stays up for the printed lines, and ends with its own process."""

import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
STARTS_IN_S = 120


@pytest.fixture
def port() -> Iterator[int]:
    """A free port; what was written for it is removed."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    yield number
    shutil.rmtree(ROOT / f"build/local-{number}", ignore_errors=True)


def _local(port: int, *options: str) -> list[str]:
    return [sys.executable, "-m", "milepost.demo.local", "--port", str(port), *options]


def _started(port: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(_local(port), cwd=ROOT, stdout=subprocess.PIPE)


def _end(process: subprocess.Popen[bytes]) -> None:
    """As a user ends it, so that a test that fails ends its anvil too; it stands in a session of its own."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


def _is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_local__once__settles_all_bills_and_its_lines_work(port: int) -> None:
    done = subprocess.run(
        _local(port, "--once"), cwd=ROOT, capture_output=True, text=True, check=False, timeout=STARTS_IN_S
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "244 bills settled in 17 reports, each receipt verified" in " ".join(done.stdout.split())
    assert f"--config build/local-{port}/settings.env" in done.stdout
    for line in (
        "receipt show harbour-grill",
        f"--rpc http://127.0.0.1:{port}",
        "redeem M",
        " liability",
        "statement M",
    ):
        assert done.stdout.count(line) == 2, "printed, and run"
    assert "stands on chain" in done.stdout
    # The redemption is counted by then.
    assert "less redeemed" in done.stdout and "further, at block" not in done.stdout
    assert "No mile is missing" in done.stdout
    assert not _is_listening(port)


def test_local__port_taken__says_what_to_do_and_starts_nothing(port: int) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        done = subprocess.run(
            _local(port), cwd=ROOT, capture_output=True, text=True, check=False, timeout=STARTS_IN_S
        )
    assert done.returncode == 3
    assert f"Port {port} of 127.0.0.1 is taken" in done.stderr
    assert f"make local PORT={port + 1}" in " ".join(done.stderr.split())
    assert not (ROOT / f"build/local-{port}").exists()


def test_local__members_import__finds_the_key_that_enrols(port: int, tmp_path: Path) -> None:
    """Finding: a newcomer's first import ended with no enroller's key."""
    members = tmp_path / "members.csv"
    members.write_text("member,tier,segments,enrolled_at\nM7001,,,2018-06-01T09:00:00+08:00\n")
    milepost = [str(Path(sys.executable).parent / "milepost"), "--config", f"build/local-{port}/settings.env"]
    process = _started(port)
    try:
        assert process.stdout is not None
        assert any(b"statement M" in line for line in process.stdout)
        done = subprocess.run(
            [*milepost, "members", "import", str(members)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        _end(process)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_local__interrupted__ends_its_anvil(port: int, sent: signal.Signals) -> None:
    process = _started(port)
    try:
        until = time.monotonic() + STARTS_IN_S
        while not _is_listening(port):
            assert process.poll() is None and time.monotonic() < until
            time.sleep(0.1)
        process.send_signal(sent)
        said, _ = process.communicate(timeout=30)
    finally:
        _end(process)
    assert process.returncode == 0
    assert b"anvil is ended" in said
    assert not _is_listening(port)
