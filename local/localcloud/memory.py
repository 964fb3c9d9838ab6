"""Memory of every process of the running cloud."""

import subprocess
from collections import defaultdict
from dataclasses import dataclass

from localcloud.outputs import read_json
from localcloud.presence import Phase, look
from localcloud.settings import Home, LocalCloudError


@dataclass(frozen=True)
class ProcessMemory:
    """One process: `name` of the part it belongs to, what it runs, and its resident memory in MB (10^6 bytes)."""

    part: str
    pid: int
    command: str
    rss_mb: float


def measure(home: Home) -> list[ProcessMemory]:
    """The processes of the cloud that runs in `home` and all that they started (Lambda workers).

    Raises `LocalCloudError` when none runs there.
    """
    parts = {int(pid): name for name, pid in read_json(home.processes_file).items()}
    table = _process_table()
    # The file may be of a run that was killed, and its numbers other processes' by now.
    if look(home.root)[0] is Phase.NONE or not any(pid in table for pid in parts):
        raise LocalCloudError(f"No local cloud runs in {home.root}. Start it with: make run")
    children: dict[int, list[int]] = defaultdict(list)
    for pid, (parent, _rss, _command) in table.items():
        children[parent].append(pid)
    measured = []
    for root, part in parts.items():
        pending = [root] if root in table else []
        while pending:
            pid = pending.pop()
            _parent, rss, command = table[pid]
            measured.append(ProcessMemory(part, pid, command, rss * 1024 / 1e6))
            pending.extend(children[pid])
    return measured


def report(home: Home) -> str:
    """The measurement as text, one process a line, and the sum."""
    processes = measure(home)
    lines = [
        f"{process.rss_mb:8.0f} MB  {process.part:<10} {process.pid:>8}  {_short(process.command)}"
        for process in processes
    ]
    total = sum(process.rss_mb for process in processes)
    return "\n".join([*lines, f"{total:8.0f} MB  in {len(processes)} processes"])


def _short(command: str) -> str:
    """A Lambda worker by its function's name, anything else without the interpreter's folder."""
    _, is_worker, rest = command.partition("/ministack-lambda-")
    if is_worker:
        return f"Lambda {rest.partition('/')[0]}"
    interpreter, _, arguments = command.partition(" ")
    return f"{interpreter.rsplit('/', 1)[-1]} {arguments}"[:90]


def _process_table() -> dict[int, tuple[int, int, str]]:
    """Return pid -> (parent's pid, resident memory in KiB, command line), from `ps` as Linux and macOS have it."""
    listing = subprocess.run(
        # However wide the terminal, or the COLUMNS of the environment: a cut command line names no part.
        ["ps", "-A", "-ww", "-o", "pid=", "-o", "ppid=", "-o", "rss=", "-o", "args="],
        check=True,
        capture_output=True,
        # Other people's processes are in it, with arguments of any bytes and of any Unicode.
        encoding="utf-8",
        errors="replace",
    ).stdout
    table = {}
    for line in listing.split("\n"):
        fields = line.split(None, 3)
        if len(fields) == 4:
            table[int(fields[0])] = (int(fields[1]), int(fields[2]), fields[3])
    return table
