"""`milepost up`: one machine, tried by the lines that it prints, stopped, and started again."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import httpx

from tests.support.cli_stage import ROOT

_COMMAND = "from milepost.cli import app; app()"
_MEMBERS = "member,tier,segments,enrolled_at\nM0001,,,\nM0002,,,\n"
_UP_IN_S = 120
_SETTLED_IN_S = 60


@contextmanager
def _up(folder: Path) -> Iterator[str]:
    """What a running one printed, from its start to the lines to try; interrupted at the end."""
    members = folder.parent / "members.csv"
    members.write_text(_MEMBERS, encoding="utf-8")
    said = folder.parent / "said.txt"
    words = ["up", "--folder", folder, "--port", "0", "--rpc-port", "0", "--members", members]
    words += ["--partners", _agreements(folder)]
    with said.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-c", _COMMAND, *map(str, words)],
            cwd=ROOT, stdout=file, stderr=file, start_new_session=True,
        )  # fmt: skip
        try:
            until = monotonic() + _UP_IN_S
            while "receipt verify" not in said.read_text("utf-8"):
                assert process.poll() is None, said.read_text("utf-8")
                assert monotonic() < until, f"{said.read_text('utf-8')}\n{_logs(folder)}"
                sleep(0.1)
            yield said.read_text("utf-8")
        finally:
            process.send_signal(signal.SIGINT)
            code = process.wait(60)
    assert code == 0 and "Everything has ended" in said.read_text("utf-8"), said.read_text("utf-8")


def _agreements(folder: Path) -> Path:
    agreements = folder.parent / "agreements"
    if not agreements.exists():
        agreements.mkdir()
        shutil.copy(ROOT / "partners" / "corner-cafe.yaml", agreements)
    return agreements


def _logs(folder: Path) -> str:
    return "\n".join(
        f"== {log.name}\n{log.read_text('utf-8')[-2000:]}" for log in (folder / "logs").glob("*.log")
    )


def _shell(lines: str, cwd: Path) -> str:
    done = subprocess.run(["bash", "-c", lines], cwd=cwd, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def _require_ready(said: str) -> None:
    """Serve, the worker and two reporters are ready, and show figures, where it was said that they do."""
    (line,) = [line for line in said.splitlines() if line.startswith("How each does")]
    urls = re.findall(r"http://[0-9.]+:[0-9]+", line)
    assert len(set(urls)) == 4, line
    until = monotonic() + _SETTLED_IN_S
    for url in urls:
        while (answer := httpx.get(f"{url}/readyz", trust_env=False)).status_code != 200:
            assert monotonic() < until, answer.text
            sleep(0.1)
        assert "milepost_build_info" in httpx.get(f"{url}/metrics", trust_env=False).text


def _lines(said: str) -> list[str]:
    """The lines to try, run with this Python's command, from an empty folder."""
    given = said.split("\n\n", 1)[1].strip().splitlines()
    milepost = f"{sys.executable} -c '{_COMMAND}'"
    return [line.replace(".venv/bin/milepost", milepost).replace("; sleep 5", "") for line in given]


def _file_of(show: str) -> Path:
    """Where the line that shows the receipt writes it: within the machine's own folder."""
    return Path(show.split("--out ")[1])


def _let_another_partner_join(folder: Path, send: str, show: str) -> None:
    """Onboard a second partner while all processes run, and send its first purchase."""
    agreement = _agreements(folder) / "second-cafe.yaml"
    first = (ROOT / "partners" / "corner-cafe.yaml").read_text("utf-8")
    agreement.write_text(first.replace("corner-cafe", "second-cafe"), encoding="utf-8")
    milepost = f"{sys.executable} -c '{_COMMAND}' --config {folder}/settings.env"
    key = folder / "keys" / "till-second-cafe.key"
    said = _shell(
        f"{milepost} partners add {agreement} && {milepost} partners keys add second-cafe --out {key}",
        folder.parent,
    )
    assert "second-cafe is partner 2" in said and "second-cafe-1" in said, said
    until = monotonic() + _SETTLED_IN_S
    shown = show.replace("corner-cafe", "second-cafe").replace(_file_of(show).name, "second.json")
    while not (folder / "second.json").exists():
        answer = _shell(send.replace("corner-cafe", "second-cafe"), folder.parent)
        printed = _shell(shown, folder.parent)
        assert monotonic() < until, f"{answer}\n{printed}\n{_logs(folder)}"
        sleep(0.5)


def _alive(folder: Path) -> list[str]:
    """Processes that still name the folder."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            words = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if process.name != str(os.getpid()) and str(folder).encode() in words and b"pytest" not in words:
            found.append(words.decode(errors="replace"))
    return found


def test_up__the_printed_lines__lead_to_a_verified_receipt_and_a_second_start_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "up"
    with _up(folder) as said:
        _require_ready(said)
        body, sign, curl, show, verify = _lines(said)
        answer = _shell(f"{body}\n{sign}\n{curl}", tmp_path)
        assert '"answer":"accepted"' in answer.replace(" ", ""), answer
        until = monotonic() + _SETTLED_IN_S
        while not _file_of(show).exists():
            printed = _shell(show, tmp_path)
            assert monotonic() < until, f"{printed}\n{_logs(folder)}"
            sleep(0.5)
        assert "code 0" in _shell(f"{verify}; echo code $?", tmp_path)
        again = _shell(f"{body}\n{sign}\n{curl}", tmp_path)
        assert '"answer":"duplicate"' in again.replace(" ", ""), again
        _let_another_partner_join(folder, "\n".join((body, sign, curl)), show)
    assert _alive(folder) == []

    with _up(folder) as said:
        assert "is found on the chain" in said
        body, sign, curl, _show, _verify = _lines(said)
        answer = _shell(f"{body}\n{sign}\n{curl}", tmp_path)
        assert '"answer":"accepted"' in answer.replace(" ", ""), "a new bill of its own"
        url = re.search(r"node at (http://[0-9.:]+)", said)
        assert url is not None
        verify = re.sub(r"--rpc \S+", f"--rpc {url[1]}", verify)
        assert "code 0" in _shell(f"{verify}; echo code $?", tmp_path)
    assert _alive(folder) == []


def test_up__port_that_is_taken__names_two_others_and_leaves_no_folder(tmp_path: Path) -> None:
    folder = tmp_path / "second"
    with socket.socket() as first:
        first.bind(("127.0.0.1", 0))
        first.listen()
        port = first.getsockname()[1]
        words = ["up", "--folder", str(folder), "--port", str(port), "--rpc-port", "18545"]
        done = subprocess.run(
            [sys.executable, "-c", _COMMAND, *words], cwd=ROOT, capture_output=True, text=True, check=False
        )
    assert done.returncode
    said = " ".join(done.stderr.split())
    assert f"Port {port} of 127.0.0.1 is taken, by another milepost up perhaps" in said
    assert f"--port {port + 1} --rpc-port 18546" in said
    assert not folder.exists()
