"""Child processes of the local cloud: start, health, log, stop."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import httpx

from localcloud.settings import REPOSITORY, LocalCloudError

POLL_SECONDS = 0.05
TAIL_LINES = 25


class ProcessDied(LocalCloudError):
    """A process of the local cloud ended by itself; the message ends with the tail of its log."""


class ChildProcess:
    """One Python program as a process, in a process group of its own, writing to one log file.

    It ends with this process, however that ends (`tied`). `program` is what follows the interpreter on its command
    line, `lock` a file descriptor that it holds as long as it lives.
    """

    def __init__(self, name: str, program: Sequence[str], environment: Mapping[str, str], log: Path, lock: int) -> None:
        self.name = name
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as sink:
            # A group of its own: Ctrl-C in the terminal reaches us alone, and we stop things in order.
            self._process = subprocess.Popen(
                [sys.executable, "-m", "localcloud.tied", *program],
                # Photos and prompts are in any language, whatever that of this terminal.
                env={**environment, "PYTHONUTF8": "1"},
                cwd=REPOSITORY,
                stdin=subprocess.PIPE,
                pass_fds=(lock,),
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process id, which is also that of its group."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def check(self) -> None:
        """Raise `ProcessDied` when it has ended."""
        if not self.alive:
            raise ProcessDied(
                f"{self.name} ended with status {self._process.returncode}. The end of {self.log}:\n{tail(self.log)}"
            )

    def wait_healthy(self, url: str, seconds: float, is_healthy: Callable[[httpx.Response], bool]) -> None:
        """Wait until a GET of `url` satisfies `is_healthy`. Raises `ProcessDied`, or `LocalCloudError`
        when that takes longer than `seconds`."""
        deadline = time.monotonic() + seconds
        # One client for all: making one reads the authorities' certificates, which takes longer than the question.
        with httpx.Client(timeout=5.0) as http:
            while time.monotonic() < deadline:
                self.check()
                with contextlib.suppress(httpx.HTTPError):
                    if is_healthy(http.get(url)):
                        return
                time.sleep(POLL_SECONDS)
        raise LocalCloudError(
            f"{self.name} did not become ready within {seconds:g} s. The end of {self.log}:\n{tail(self.log)}"
        )

    def stop(self, seconds: float = 20.0) -> None:
        """Ask it to end (SIGTERM), wait, then end what is left of its group (SIGKILL)."""
        if self.alive:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(seconds)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()


def answers_200(response: httpx.Response) -> bool:
    """Whether a health check was answered with HTTP 200."""
    return response.status_code == 200


def tail(file: Path, lines: int = TAIL_LINES) -> str:
    """The last lines of a log."""
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return "(there is no log)"
    return "\n".join(text.splitlines()[-lines:]) or "(the log is empty)"
