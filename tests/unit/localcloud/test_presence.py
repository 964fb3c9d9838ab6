"""Who a home belongs to, and waiting for a cloud that is starting; parts that end with whoever started them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from localcloud import joining, tied
from localcloud.cloud import LocalCloud
from localcloud.joining import join
from localcloud.outputs import Outputs
from localcloud.presence import Phase, Presence, look
from localcloud.settings import REPOSITORY, LocalCloudError


def claimed(home: Path) -> Presence:
    presence = Presence.claim(home)
    assert presence
    return presence


def test_a_home_has_one_owner_and_everybody_sees_how_far_it_is(tmp_path: Path) -> None:
    assert look(tmp_path / "none")[0] is Phase.NONE
    first = claimed(tmp_path)
    assert Presence.claim(tmp_path, seconds=0) is None
    assert look(tmp_path)[0] is Phase.STARTING
    first.tell(Phase.STARTING, "Deploying")
    assert look(tmp_path) == (Phase.STARTING, "Deploying")
    first.tell(Phase.READY)
    assert look(tmp_path) == (Phase.READY, "")
    first.release()
    assert look(tmp_path)[0] is Phase.NONE, "whatever the file says"
    claimed(tmp_path).release()


SLEEPS_DEAF = """
import pathlib, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, lambda *_: pathlib.Path(sys.argv[1]).write_text("asked"))
helper = subprocess.Popen(["sleep", "100"])
print(helper.pid, flush=True)
time.sleep(100)
"""

SAVES_SLOWLY = """
import pathlib, signal, sys, time
def save(*_):
    while not pathlib.Path(sys.argv[1]).exists():
        time.sleep(0.02)
    sys.exit()
signal.signal(signal.SIGTERM, save)
print("up", flush=True)
time.sleep(100)
"""

STARTS_AND_SLEEPS = """
import pathlib, sys, time
sys.path.insert(0, "local")
from localcloud import tied
from localcloud.presence import Phase, Presence
from localcloud.processes import ChildProcess
home = pathlib.Path(sys.argv[1])
presence = Presence.claim(home)
presence.tell(Phase.READY)
child = ChildProcess("part", sys.argv[2:], {"PYTHONPATH": sys.path[0]}, home / "part.log", presence.inherited)
print(child.pid, flush=True)
time.sleep(100)
"""


def start_owner(home: Path, *program: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", STARTS_AND_SLEEPS, str(home), *program]
    return subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    # One that nobody has waited for yet is gone, too.
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return not state or state.startswith("Z")


def wait_for(condition: object, seconds: float = 15) -> None:
    assert callable(condition)
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_part_ends_with_its_owner_though_that_was_killed_and_the_home_is_free_then(tmp_path: Path) -> None:
    script = tmp_path / "part.py"
    script.write_text(SAVES_SLOWLY)
    with start_owner(tmp_path, str(script), str(tmp_path / "saved")) as owner:
        assert owner.stdout
        part = int(owner.stdout.readline())
        wait_for(lambda: "up" in (tmp_path / "part.log").read_text())
        assert look(tmp_path)[0] is Phase.READY
        owner.kill()
        owner.wait()
        assert look(tmp_path)[0] is Phase.ENDING, "nobody's, but not free yet"
        assert Presence.claim(tmp_path, seconds=0) is None
        (tmp_path / "saved").touch()
        claimed(tmp_path).release()
        wait_for(lambda: gone(part))


def test_what_does_not_listen_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    """Its grace is cut short here."""
    script, asked = tmp_path / "deaf.py", tmp_path / "asked"
    script.write_text(SLEEPS_DEAF)
    own = tmp_path / "own_tied.py"
    own.write_text(Path(tied.__file__).read_text().replace("GRACE_SECONDS = 20.0", "GRACE_SECONDS = 0.2"))
    process = subprocess.Popen(
        [sys.executable, str(own), str(script), str(asked)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    helper = int(process.stdout.readline())
    process.stdin.close()
    assert process.wait(10) == -signal.SIGKILL
    assert asked.read_text() == "asked", "it could have saved something"
    wait_for(lambda: gone(helper))


def outputs() -> Outputs:
    return Outputs(**{name: name for name in Outputs.__dataclass_fields__})


def test_who_comes_while_a_cloud_starts_waits_for_it_and_sees_how_far_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joining, "running", lambda home: outputs() if look(home)[0] is Phase.READY else None)
    assert join(tmp_path, print) is None
    presence, said = claimed(tmp_path), []

    def say(text: str) -> None:
        said.append(text)
        presence.tell(*((Phase.STARTING, "Deploying") if len(said) == 1 else (Phase.READY, "")))

    assert join(tmp_path, say) == outputs()
    assert said == [f"A local cloud is starting in {tmp_path}: waiting for it", "Deploying"]
    presence.release()


@pytest.mark.parametrize("last", ["Port 8501 is in use", ""])
def test_a_start_that_fails_is_told_to_who_waited_for_it(tmp_path: Path, last: str) -> None:
    presence = claimed(tmp_path)

    def fail(_text: str) -> None:
        presence.tell(Phase.STOPPING, last)
        threading.Timer(0.3, presence.release).start()

    with pytest.raises(LocalCloudError, match=f"did not become ready: {last or 'it was stopped'}"):
        join(tmp_path, fail)


def test_nobody_waits_for_ever(tmp_path: Path) -> None:
    presence = claimed(tmp_path)
    presence.tell(Phase.STARTING, "Deploying")
    with pytest.raises(LocalCloudError, match=r"not ready within 0\.3 s \(Deploying\)"):
        join(tmp_path, print, seconds=0.3)
    presence.release()


@pytest.mark.parametrize(
    ("phase", "told"),
    [(Phase.STARTING, "is starting in"), (Phase.STOPPING, "is being stopped"), (Phase.READY, "has not")],
)
def test_who_wants_a_home_that_is_taken_is_told_what_its_owner_does(tmp_path: Path, phase: Phase, told: str) -> None:
    presence = claimed(tmp_path)
    presence.tell(phase)
    with pytest.raises(LocalCloudError, match=told):
        LocalCloud(tmp_path, 0, 0).claim()
    presence.release()
