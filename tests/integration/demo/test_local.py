"""`make local`: a chain that stays up for the printed lines, and ends with its own process."""

import os
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


def _is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_local__once__settles_all_bills_and_its_three_lines_work(port: int) -> None:
    done = subprocess.run(
        _local(port, "--once"), cwd=ROOT, capture_output=True, text=True, check=False, timeout=STARTS_IN_S
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "244 bills settled in 17 reports, each receipt verified" in " ".join(done.stdout.split())
    assert f"--config build/local-{port}/settings.env" in done.stdout
    for line in ("receipt show harbour-grill", f"--rpc http://127.0.0.1:{port}", "statement M"):
        assert done.stdout.count(line) == 2, "printed, and run"
    assert "stands on chain" in done.stdout
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


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_local__interrupted__ends_its_anvil(port: int, sent: signal.Signals) -> None:
    process = subprocess.Popen(_local(port), cwd=ROOT, stdout=subprocess.PIPE, env={**os.environ})
    try:
        until = time.monotonic() + STARTS_IN_S
        while not _is_listening(port):
            assert process.poll() is None and time.monotonic() < until
            time.sleep(0.1)
        process.send_signal(sent)
        said, _ = process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0
    assert b"anvil is ended" in said
    assert not _is_listening(port)
