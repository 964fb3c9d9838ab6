"""Lambda workers start quickly: forked from a process that has imported most of what they import, on code unpacked
once.

MiniStack starts an interpreter for each, which imports the SDK, pydantic and the rest anew, and compiles the function's
code anew in a folder of its own: a second of CPU before the first answer, for twenty-five workers of one job.
"""

import hashlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import zipfile
from pathlib import Path
from typing import IO, Any

from localcloud.emulator import upstream
from localcloud.emulator.patches.lambda_logs import Log
from localcloud.settings import REPOSITORY

FOLDER = REPOSITORY / ".cache" / "functions"
_KEPT = 20

_ROOM = "-" * 400
"""For a worker's command line, which is written over that of the process that it was forked from."""


def install() -> None:
    """Replace what MiniStack unpacks code with, and on Linux what it starts Python workers with."""
    runtime = upstream.lambda_runtime
    upstream.expect(runtime.zipfile is zipfile, f"{runtime.__name__} unpacks code otherwise")
    upstream.expect(runtime.subprocess is subprocess, f"{runtime.__name__} starts workers otherwise")
    runtime.zipfile = _Instead(zipfile, ZipFile=_UnpackedOnce)
    # Elsewhere forking after imports is not safe (macOS), or there is no descriptor that stands for a process.
    if sys.platform == "linux" and hasattr(os, "pidfd_open"):
        runtime.subprocess = _Instead(subprocess, Popen=Starter(Nursery()))


class _Instead:
    """A module with some of its names replaced."""

    def __init__(self, module: Any, **names: Any) -> None:
        self._module = module
        self.__dict__.update(names)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


class _UnpackedOnce(zipfile.ZipFile):
    """A function's code, the same folder for all of its workers in all clouds, so that it is compiled once as well."""

    def extractall(self, path: Any = None, *rest: Any, **more: Any) -> None:
        """Let `path`, an empty folder, be a link to the one where this very file is unpacked."""
        target = Path(path or ".")
        if target.name != "code" or self.filename is None:
            super().extractall(path, *rest, **more)
            return
        FOLDER.mkdir(parents=True, exist_ok=True)
        kept = FOLDER / hashlib.sha256(Path(self.filename).read_bytes()).hexdigest()[:16]
        if not kept.is_dir():
            unfinished = Path(tempfile.mkdtemp(prefix="new-", dir=FOLDER))
            super().extractall(unfinished, *rest, **more)
            try:
                unfinished.rename(kept)
            except OSError:  # another worker was first
                shutil.rmtree(unfinished)
            _forget_old()
        os.utime(kept)
        target.rmdir()
        target.symlink_to(kept, target_is_directory=True)


def _forget_old() -> None:
    """Keep what was used last: a cloud that runs has one or two of them."""
    by_age = sorted(FOLDER.iterdir(), key=lambda one: one.stat().st_mtime, reverse=True)
    for old in by_age[_KEPT:]:
        shutil.rmtree(old, ignore_errors=True)


class Nursery:
    """Forks workers. Safe to use from many threads; a process behind it starts with the first worker of some code."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._orders: dict[Path, socket.socket] = {}

    def fork(self, code: Path, order: dict[str, Any], files: list[int]) -> tuple[int, int]:
        """Return the number of a new process that runs the order, and a descriptor that stands for it.

        Raises:
            OSError: there can't be one.
        """
        content = json.dumps(order).encode()
        with self._lock:
            if code in self._orders:
                try:
                    return _ask(self._orders[code], content, files)
                except OSError:  # it was killed
                    self._orders[code].close()
            self._orders[code] = _start(code)
            return _ask(self._orders[code], content, files)


def _start(code: Path) -> socket.socket:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = [sys.executable, "-m", "localcloud.emulator.nursery", str(theirs.fileno()), str(code), _ROOM]
    with theirs:
        subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=(theirs.fileno(),))
    return ours


def _ask(orders: socket.socket, content: bytes, files: list[int]) -> tuple[int, int]:
    socket.send_fds(orders, [content], files)
    answer, processes, _, _ = socket.recv_fds(orders, 64, 1)
    if not answer or not processes:
        raise ConnectionError("The process that workers are forked from has ended.")
    return int(answer), processes[0]


class Starter:
    """Starts what MiniStack starts by `subprocess.Popen`, called as that is: Python workers are forked."""

    def __init__(self, nursery: Nursery) -> None:
        self._nursery = nursery

    def __call__(self, command: list[str], **options: Any) -> Any:
        """Return the process, of which MiniStack uses what `Forked` has."""
        if command[0] != sys.executable or len(command) != 2 or not options.get("text"):
            return subprocess.Popen(command, **options)
        (their_in, our_in), (our_out, their_out), (our_err, their_err) = os.pipe(), os.pipe(), os.pipe()
        theirs = [their_in, their_out, their_err]
        folder = Path(options["cwd"])
        order = {"script": command[1], "folder": str(folder), "environment": dict(options["env"])}
        try:
            pid, process = self._nursery.fork(folder.resolve(), order, theirs)
        except OSError:
            for one in (our_in, our_out, our_err):
                os.close(one)
            raise
        finally:
            for one in theirs:
                os.close(one)
        return Forked(pid, process, _text(our_in, "w"), _text(our_out, "r"), Log(our_err))


def _text(file: int, mode: str) -> IO[str]:
    return os.fdopen(file, mode, buffering=1, encoding="utf-8")


class Forked:
    """A worker: what `Popen` offers of it, as far as MiniStack asks. `process` is a descriptor that stands for it."""

    def __init__(self, pid: int, process: int, stdin: IO[str], stdout: IO[str], stderr: Log) -> None:
        self.pid, self.stdin, self.stdout, self.stderr = pid, stdin, stdout, stderr
        self.returncode: int | None = None
        self._process = process

    def __del__(self) -> None:
        os.close(self._process)

    def poll(self) -> int | None:
        """Return -1 once it has ended, for only its parent knows its status; None while it runs."""
        if self.returncode is None and self._ended(0):
            self.returncode = -1
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended. Raises `subprocess.TimeoutExpired`."""
        if not self._ended(timeout):
            raise subprocess.TimeoutExpired(f"worker {self.pid}", timeout or 0)
        return self.poll() or 0

    def terminate(self) -> None:
        """Ask the worker to end, with SIGTERM."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """End the worker at once, with SIGKILL."""
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        if self.poll() is None:
            signal.pidfd_send_signal(self._process, number)

    def _ended(self, timeout: float | None) -> bool:
        waiting = select.poll()
        waiting.register(self._process, select.POLLIN)
        return bool(waiting.poll(None if timeout is None else timeout * 1000))
