"""The `backdrop` command as a process of its own, forked from one that has imported it: to import it takes a second of
CPU each time, and tests run it some eighty times.

Environment, arguments, output, exit status and signals are a new process's own. What a user's first call does, the
import and the entry point of the package among it, `tests/integration/test_ending.py` and `tests/unit/client` show with
an interpreter of its own.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

_ORDER_BYTES = 131_072
REPOSITORY = Path(__file__).resolve().parents[1]


def run_backdrop(
    *arguments: object, environment: Mapping[str, str], timeout: float = 240
) -> subprocess.CompletedProcess[str]:
    """Run `backdrop` with these arguments and this environment only, to its end.

    Raises:
        subprocess.TimeoutExpired: it had not ended by then, and was killed.
    """
    words = [str(argument) for argument in arguments]
    order = {"arguments": words, "environment": dict(environment), "folder": str(Path.cwd())}
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        status = _ask(order, [out.fileno(), err.fileno()], timeout)
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode("utf-8"))
    return subprocess.CompletedProcess(["backdrop", *words], status, *texts)


def _ask(order: dict[str, Any], files: list[int], timeout: float) -> int:
    """The exit status, as `subprocess` tells it."""
    orders, ours = _started(), socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours[0] as answers:
        with ours[1] as theirs:
            socket.send_fds(orders, [json.dumps(order).encode()], [*files, theirs.fileno()])
        answers.settimeout(timeout)
        try:
            told = json.loads(answers.recv(64))
            return int(json.loads(answers.recv(64))["status"])
        except TimeoutError:
            os.kill(told["pid"], 9)
            raise subprocess.TimeoutExpired(["backdrop", *order["arguments"]], timeout) from None


@functools.cache
def _started() -> socket.socket:
    """The socket to the process that commands are forked from; it ends with this one."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.command", str(theirs.fileno())],
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            pass_fds=(theirs.fileno(),),
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


def main() -> None:
    """Fork a command for each order, tell its number and then its exit status, until nobody asks."""
    orders = socket.socket(fileno=int(sys.argv[1]))
    import backdrop_cli.main  # noqa: F401 - what the commands have imported then

    while True:
        content, files, _, _ = socket.recv_fds(orders, _ORDER_BYTES, 3)
        if not content:
            return
        pid = os.fork()
        if pid == 0:
            orders.close()
            _become_command(json.loads(content), files)
        with socket.socket(fileno=files.pop()) as answers:
            for file in files:
                os.close(file)
            answers.send(json.dumps({"pid": pid}).encode())
            status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            with contextlib.suppress(OSError):  # killed as it took too long: nobody asks any more
                answers.send(json.dumps({"status": status}).encode())


def _become_command(order: dict[str, Any], files: list[int]) -> NoReturn:
    status = 1
    try:
        os.close(files.pop())
        for number, file in enumerate(files, 1):
            os.dup2(file, number)
            os.close(file)
        os.environ.clear()
        os.environ.update(order["environment"])
        os.chdir(order["folder"])
        # Bound to the right files, and written as they are where they are no terminal.
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
        sys.argv = ["backdrop", *order["arguments"]]
        from backdrop_cli.main import main as command

        command()
        status = 0
    except SystemExit as ended:
        status = 0 if ended.code is None else ended.code if isinstance(ended.code, int) else 1
    except BaseException:  # noqa: BLE001 - shown as an interpreter shows it
        sys.excepthook(*sys.exc_info())
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(status)


if __name__ == "__main__":
    main()
