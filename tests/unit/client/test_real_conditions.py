"""The command as a process among others: streams that are closed or full, locales without UTF-8, signals."""

from __future__ import annotations

import json
import os
import pty
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.client.conftest import Command, files
from tests.unit.client.fake import FINISHED, FakeBackdrop

Run = Callable[..., "subprocess.CompletedProcess[bytes]"]

BACKDROP = [sys.executable, "-m", "backdrop_cli.main"]
C_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.fixture
def shell(backdrop: Command) -> Run:
    """Runs `backdrop ARGUMENTS` with what a shell does to its streams, and options from the environment alone."""

    def run(*arguments: object, streams: str = "", **changes: str) -> subprocess.CompletedProcess[bytes]:
        command = shlex.join([*BACKDROP, *map(os.fsdecode, map(str, arguments))])
        script = ["bash", "-c", f"set -o pipefail; {command} {streams}"]
        return subprocess.run(
            script, env=os.environ | changes, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False
        )

    return run


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "mug.jpg"
    path.write_bytes(b"mug")
    return path


needs_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full")


@pytest.mark.parametrize(
    ("streams", "reason"),
    [
        (">&-", "closed"),
        pytest.param(">/dev/full", "No space left", marks=needs_full),
        ("| true", "Broken pipe"),
    ],
)
def test_a_job_whose_outcome_cannot_be_printed_is_named_with_where_all_is(
    shell: Run, photo: Path, tmp_path: Path, streams: str, reason: str
) -> None:
    done = shell("replace", photo, "--prompt", "x", "--out", tmp_path / "out", streams=streams)
    told = done.stderr.decode()
    assert done.returncode == 3
    assert reason in told
    assert "OUTPUT_LOST" in told
    assert "1 of 1 image succeeded" in told, "the outcome goes where it is heard"
    assert f"backdrop fetch d1 --out {tmp_path / 'out'}" in told
    assert "fault of the command" not in told
    assert "Exception ignored" not in told
    assert files(tmp_path / "out")["mug.png"] == FINISHED + b"mug"


@pytest.mark.parametrize("streams", ["2>&-", pytest.param("2>/dev/full", marks=needs_full), ">&- 2>&-"])
def test_nobody_who_hears_of_the_progress_stops_no_job(shell: Run, photo: Path, tmp_path: Path, streams: str) -> None:
    done = shell("replace", photo, "--prompt", "x", "--out", tmp_path / "out", streams=streams)
    assert files(tmp_path / "out")["mug.png"] == FINISHED + b"mug"
    if streams != ">&- 2>&-":
        assert done.returncode == 0
        assert b"1 of 1 image succeeded" in done.stdout

    failed = shell("fetch", "d2", "--out", tmp_path / "out", streams=streams)
    assert failed.returncode == 3
    if streams != ">&- 2>&-":
        assert b"NOT_FOUND" in failed.stdout, "an error goes to standard output where standard error takes nothing"


def test_a_reader_that_has_had_enough_is_no_error_of_a_list(shell: Run) -> None:
    for command in (["jobs"], ["models"], ["models", "--json"], ["--help"]):
        done = shell(*command, streams="| true")
        assert (done.returncode, done.stderr) == (0, b""), command
    if Path("/dev/full").exists():
        for command in (["models"], ["--version"]):
            done = shell(*command, streams=">/dev/full")
            assert (done.returncode, b"OUTPUT_LOST" in done.stderr) == (3, True)
            assert b"Exception ignored" not in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names are Unicode whatever the locale")
def test_names_are_the_same_whatever_the_locale_knows(shell: Run, fake: FakeBackdrop, tmp_path: Path) -> None:
    names = ["Tasse weiß 🫖", "Чашка", os.fsdecode(b"caf\xe9")]
    folder = tmp_path / "Fotos für den Shop"
    folder.mkdir()
    for name in names:
        Path(folder, f"{name}.jpg").write_bytes(b"photo")
    out = tmp_path / "fertig ✓"

    done = shell("replace", folder, "--prompt", "schöner 🌄", "--out", out, **C_LOCALE)

    assert done.returncode == 0, done.stderr
    assert {*files(out)} >= {"Tasse weiß 🫖.png", "Чашка.png", "caf_.png"}
    assert done.stdout.isascii()
    assert b"fertig \\u2713" in done.stdout, "escaped, and not left out"
    assert fake.submitted
    assert fake.submitted["prompt"] == "schöner 🌄"

    before = set(files(out))
    listed = shell("fetch", "d1", "--out", out, "--json", **C_LOCALE)
    assert listed.returncode == 0
    assert listed.stdout.isascii()
    assert {Path(image["file"]).name for image in json.loads(listed.stdout)["images"]} >= {"Tasse weiß 🫖.png"}
    assert set(files(out)) == before, "fetching what is there makes no copies"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_after_submission_names_the_job_and_how_to_get_it(
    backdrop: Command, fake: FakeBackdrop, photo: Path, tmp_path: Path, number: signal.Signals
) -> None:
    fake.polls_until_done = 10_000
    command = [*BACKDROP, "replace", str(photo), "--prompt", "x", "--out", str(tmp_path / "out")]
    process = subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        # Where the tests run in the background of a shell, Ctrl-C is ignored.
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),
    )
    assert process.stderr
    seen = ""
    while "Replacing backgrounds" not in seen:
        line = process.stderr.readline()
        assert line, f"it ended by itself: {seen}"
        seen += line
    process.send_signal(number)
    told = process.communicate(timeout=20)[1]
    assert process.returncode == 128 + number
    assert "Stopped on request" in told
    assert f"backdrop fetch d1 --out {tmp_path / 'out'}" in told


def test_who_ignores_a_hang_up_goes_on(backdrop: Command, fake: FakeBackdrop, photo: Path, tmp_path: Path) -> None:
    fake.polls_until_done = 4
    command = ["nohup", *BACKDROP, "replace", str(photo), "--prompt", "x", "--out", str(tmp_path / "out")]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stderr
    line = " "
    while "submitted" not in line:
        line = process.stderr.readline()
        assert line, "it ended by itself"
    process.send_signal(signal.SIGHUP)
    out, _ = process.communicate(timeout=30)
    assert (process.returncode, "1 of 1 image succeeded" in out) == (0, True)


@pytest.mark.parametrize("command", ["fetch", "retry", "cancel"])
@pytest.mark.parametrize(
    ("job_id", "told"),
    [
        ("", "The job id is empty."),
        (" \t\n", "The job id is empty."),
        ("a/b", "'a/b' is no job id"),
        ("d\n1", "no job id"),
    ],
)
def test_what_can_be_no_job_is_wrong_use(
    backdrop: Command, fake: FakeBackdrop, tmp_path: Path, command: str, job_id: str, told: str
) -> None:
    out = [] if command == "cancel" else ["--out", tmp_path / "out"]
    status, _, err = backdrop(command, job_id, *out)
    assert status == 2
    assert told in err
    assert "backdrop jobs" in err
    assert not fake.calls, "nobody is asked"
    assert not (tmp_path / "out").exists()


def test_the_white_space_of_copying_an_id_does_no_harm(backdrop: Command, photo: Path, tmp_path: Path) -> None:
    backdrop("replace", photo, "--prompt", "x", "--out", tmp_path / "out")
    assert backdrop("fetch", " d1\n", "--out", tmp_path / "out")[0] == 0


@pytest.mark.parametrize("holds", [None, b"", b"no certificate"])
@pytest.mark.parametrize("command", [["jobs"], ["models", "--local"], ["models", "--account"]])
def test_a_bad_file_of_certificates_is_named_with_its_variable(
    backdrop: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    holds: bytes | None,
    command: list[str],
) -> None:
    variable = "REQUESTS_CA_BUNDLE" if "--account" in command else "SSL_CERT_FILE"
    file = tmp_path / "proxy.pem"
    if holds is not None:
        file.write_bytes(holds)
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
    monkeypatch.setenv(variable, str(file))
    status, _, err = backdrop(*command)
    assert status == 2
    assert f"{variable} names the file '{file}'" in err
    assert f"unset {variable}" in err


def test_an_unforeseen_error_after_submission_names_the_job(
    backdrop: Command, photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("backdrop_cli.run.collect_images", broken)
    status, _, err = backdrop("replace", photo, "--prompt", "x", "--out", tmp_path / "out")
    assert (status, "ZeroDivisionError" in err) == (3, True)
    assert f"The job d1 goes on. Fetch its results with: backdrop fetch d1 --out {tmp_path / 'out'}" in err


def test_a_retry_that_breaks_off_while_it_submits_does_not_say_nothing_was(
    backdrop: Command, fake: FakeBackdrop, photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    fake.failing = {"mug.jpg"}
    backdrop("replace", photo, "--prompt", "x", "--out", tmp_path / "out")
    monkeypatch.setattr("backdrop_client.api.BackdropApi.submit", interrupted)
    monkeypatch.setattr("backdrop_client.api.BackdropApi.copy_photos", lambda *_, **__: [])
    monkeypatch.setattr("backdrop_client.rerun.copy_into", lambda *_: {"p0000000": "p0000001"})
    status, _, err = backdrop("retry", "d1", "--all", "--out", tmp_path / "again")
    assert (status, "may have been submitted" in err) == (130, True)


def wait_for(file: Path, seconds: float) -> None:
    until = time.monotonic() + seconds
    while not file.exists() and time.monotonic() < until:
        time.sleep(0.02)


ASKS_THE_TERMINAL = """
import pathlib, signal, sys, time
from backdrop_client.stopping import Terminal
signal.signal(signal.SIGHUP, getattr(signal, sys.argv[2]))
terminal = Terminal()
pathlib.Path(sys.argv[1] + ".up").touch()
for _ in range(100):
    time.sleep(0.05)
    if terminal.left_us():
        pathlib.Path(sys.argv[1]).write_text("left")
        break
"""


@pytest.mark.parametrize(("hang_up", "left"), [("SIG_DFL", True), ("SIG_IGN", False)])
def test_a_closed_terminal_is_noticed_though_its_first_program_only_waits(
    tmp_path: Path, hang_up: str, left: bool
) -> None:
    """As make does, which is told by the system and tells nobody."""
    answer = tmp_path / "answer"
    process = [sys.executable, "-c", ASKS_THE_TERMINAL, str(answer), hang_up]
    leader, terminal = pty.fork()
    if leader == 0:
        # The trap ends nothing, and the colon keeps the shell: it waits.
        os.execv("/bin/sh", ["sh", "-c", f"trap : HUP; {shlex.join(process)}; :"])
    wait_for(Path(f"{answer}.up"), 10)
    os.close(terminal)
    wait_for(answer, 10 if left else 1)
    assert answer.exists() is left
    os.kill(leader, signal.SIGKILL)
    os.waitpid(leader, 0)
