"""`python -m localcloud.emulator.nursery FD CODE ...`: the process that Python workers of the code in a folder are
forked from.

It has imported what they import from the SDK, the libraries and their own code, but no handler, which reads its
function's environment: that is most of what a worker's start takes. `patches.lambda_forks` asks it over the socket
`FD`; it ends with whoever asks. What follows is room for the workers' own command lines.
"""

import contextlib
import ctypes
import functools
import gc
import importlib
import json
import os
import re
import socket
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

ORDER_BYTES = 131_072
"""Most of an order: a function's environment has 4 KB, and the emulator's is short."""

_LIBRARIES = (
    "boto3.s3.transfer",
    "botocore.handlers",
    "aws_lambda_powertools.event_handler",
    "aws_lambda_powertools.logging",
    "pydantic",
    "PIL.Image",
    "PIL.ImageFilter",
    "PIL.ImageDraw",
    "PIL.JpegImagePlugin",
    "PIL.PngImagePlugin",
)


# Rooms of `backdrop` in which importing reads nothing but code; c2pa, in another, may start threads.
_LOGGER = re.compile(r"^\w+ = (?:make_logger|Logger)\(", re.MULTILINE)
_ROOMS = ("core", "policy", "imaging", "models", "jobs", "aws", "reports", "api")


def main() -> None:
    """Fork a worker for each order, and answer its number and a descriptor that stands for it, until nobody asks."""
    orders, code = socket.socket(fileno=int(sys.argv[1])), Path(sys.argv[2])
    sys.path[0] = str(code)
    own = _own_modules(code)
    blocked = _Blocked({name for name, file in own.items() if _LOGGER.search(file.read_text("utf-8"))})
    sys.meta_path.insert(0, blocked)
    for name in (*_LIBRARIES, *own):
        with contextlib.suppress(Exception):  # the worker that needs it says so
            importlib.import_module(name)
    sys.meta_path.remove(blocked)
    _make_clients()
    # What is never freed need not be looked at, and stays one memory for all.
    gc.collect()
    gc.freeze()
    while True:
        content, files, _, _ = socket.recv_fds(orders, ORDER_BYTES, 3)
        if not content:
            return
        _collect_ended()
        pid = os.fork()
        if pid == 0:
            orders.close()
            _become_worker(json.loads(content), files)
        for one in files:
            os.close(one)
        process = os.pidfd_open(pid)
        socket.send_fds(orders, [str(pid).encode()], [process])
        os.close(process)


def _own_modules(code: Path) -> dict[str, Path]:
    files = [file for room in _ROOMS for file in sorted(code.glob(f"backdrop/{room}/**/*.py"))]
    return {".".join(file.relative_to(code).with_suffix("").parts).removesuffix(".__init__"): file for file in files}


class _Blocked:
    """Lets modules fail to be imported, and with them those that import them: a worker imports them itself. A logger
    writes to the output, and under the function's name, that were there when it was made."""

    def __init__(self, names: set[str]) -> None:
        self._names = names

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> None:
        """Return nothing, so that others look for the module.

        Raises:
            ImportError: it is one of them.
        """
        if name in self._names:
            raise ImportError(name)


def _make_clients() -> None:
    """Have the SDK read its descriptions of services, which are kept for the workers' own clients."""
    import boto3
    from botocore.loaders import JSONFileLoader

    stock = JSONFileLoader.load_file
    read = functools.cache(lambda path: stock(JSONFileLoader(), path))
    JSONFileLoader.load_file = lambda _self, path: read(path)  # type: ignore[method-assign, assignment]
    for service in ("dynamodb", "s3", "lambda", "stepfunctions"):
        boto3.client(service, region_name="us-east-1", aws_access_key_id="none", aws_secret_access_key="none")  # noqa: S106


def _collect_ended() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _become_worker(order: dict[str, Any], files: list[int]) -> NoReturn:
    """Run the order's script as an interpreter does that is started with it."""
    status = 1
    try:
        # sys.stdin, sys.stdout and sys.stderr stand for these numbers, and hold nothing yet.
        for number, file in enumerate(files):
            os.dup2(file, number)
            os.close(file)
        os.environ.clear()
        os.environ.update(order["environment"])
        time.tzset()
        os.chdir(order["folder"])
        for name in [name for name in sys.modules if name.partition(".")[0] == "localcloud"]:
            del sys.modules[name]
        script: str = order["script"]
        _show_command(sys.executable, script)
        sys.argv = [script]
        sys.path[0] = str(Path(script).parent)  # the script puts the code's folder before it
        exec(compile(Path(script).read_text("utf-8"), script, "exec"), {"__name__": "__main__", "__file__": script})  # noqa: S102
        status = 0
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else 1
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def _show_command(*words: str) -> None:
    """Write what `ps` shows over what it showed, proc(5): arg_start and arg_end are fields 48 and 49."""
    fields = Path("/proc/self/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    start, end = int(fields[45]), int(fields[46])
    text = "\0".join(words).encode()[: max(end - start - 1, 0)]
    if start and text:
        ctypes.memset(start, 0, end - start)
        ctypes.memmove(start, text, len(text))


if __name__ == "__main__":
    main()
