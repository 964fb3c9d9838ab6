"""The local cloud and temporary ones as processes that are told to end, or killed: nothing of them is left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from localcloud.settings import free_port

pytestmark = pytest.mark.integration

UP = [sys.executable, "-m", "localcloud", "up"]
BACKDROP = [sys.executable, "-m", "backdrop_cli.main"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A home and ports of this test's own."""
    (tmp_path / "tmp").mkdir()
    own = {name: str(free_port()) for name in ("BACKDROP_CLOUD_PORT", "BACKDROP_MODELS_PORT", "BACKDROP_WEB_PORT")}
    return os.environ | own | {"BACKDROP_LOCAL_HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path / "tmp")}


@pytest.fixture
def start(tmp_path: Path, environment: dict[str, str]) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts a command that writes to `log.txt`; what still runs in the end is killed."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*command: str) -> subprocess.Popen[bytes]:
        with (tmp_path / "log.txt").open("wb") as log:
            started.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def wait_for(condition: Callable[[], object], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def parts_of(home: Path) -> list[int]:
    """Their process groups, which take along what each part started."""
    return [int(pid) for pid in json.loads((home / "processes.json").read_text()).values()]


def alive(groups: list[int]) -> list[str]:
    """Processes of these groups; one that nobody has waited for yet is gone, too."""
    table = subprocess.run(["ps", "-A", "-ww", "-o", "pgid=,stat=,args="], capture_output=True, text=True, check=True)
    rows = [line.split(None, 2) for line in table.stdout.splitlines()]
    return [" ".join(row) for row in rows if int(row[0]) in groups and not row[1].startswith("Z")]


def test_a_cloud_that_is_killed_leaves_nothing_and_the_next_one_is_waited_for(
    tmp_path: Path, environment: dict[str, str], start: Callable[..., subprocess.Popen[bytes]]
) -> None:
    home, log = tmp_path / "home", tmp_path / "log.txt"

    def command(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(words, env=environment, capture_output=True, text=True, timeout=120, check=False)

    # Killed in the middle of its start, and the next one started in the same moment, on the same ports.
    first = start(*UP)
    wait_for(lambda: "Deploying" in log.read_text())
    groups = parts_of(home)
    first.kill()
    second = start("nohup", *UP)
    wait_for(lambda: "Starting the AWS emulator" in log.read_text())
    assert not alive(groups), "the home is free only when all of them are gone"
    # A command waits for it, and is told how far it is.
    jobs = command(*BACKDROP, "jobs", "--local")
    assert (jobs.returncode, jobs.stdout) == (0, "No jobs yet.\n"), jobs.stderr
    assert f"A local cloud is starting in {home}: waiting for it" in jobs.stderr
    assert "Using the local cloud at" in jobs.stderr
    assert "Backdrop already runs here" in command(*UP).stdout

    wait_for(lambda: "Ctrl-C stops everything" in log.read_text())
    groups = parts_of(home)
    assert len(groups) == 3
    second.send_signal(signal.SIGHUP)
    time.sleep(0.5)
    assert second.poll() is None, "started with nohup"
    second.send_signal(signal.SIGTERM)
    assert second.wait(30) == 0
    assert not alive(groups)
    assert "Stopped. Jobs, images and mails are kept" in log.read_text()

    # A terminal that is closed while the cloud starts.
    third = start(*UP)
    wait_for(lambda: "Deploying" in log.read_text())
    groups = parts_of(home)
    third.send_signal(signal.SIGHUP)
    assert third.wait(30) == 0
    assert not alive(groups)
    none = command(*BACKDROP, "jobs", "--local")
    assert (none.returncode, "LOCAL_CLOUD_NOT_RUNNING" in none.stderr) == (3, True)


def test_a_command_that_is_killed_takes_its_temporary_cloud_along(
    tmp_path: Path, start: Callable[..., subprocess.Popen[bytes]]
) -> None:
    log = tmp_path / "log.txt"

    def folders() -> list[Path]:
        return list((tmp_path / "tmp").glob("backdrop-local-*"))

    command = start(*BACKDROP, "models", "--local")
    wait_for(lambda: "Deploying" in log.read_text())
    (folder,) = folders()
    groups = parts_of(folder)
    command.kill()
    wait_for(lambda: not alive(groups), 30)
    wait_for(lambda: time.time() - folder.stat().st_mtime > 2)

    command = start(*BACKDROP, "models", "--local")
    wait_for(lambda: "Deploying" in log.read_text())
    (ours,) = folders()
    assert ours != folder, "the killed one's folder was swept away"
    groups = parts_of(ours)
    command.terminate()
    assert command.wait(30) == 128 + signal.SIGTERM
    assert not alive(groups)
    assert not folders()
    assert "Stopped on request" in log.read_text()
