"""CPU time and memory of processes, as the kernel counts them."""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
from pathlib import Path

_KILOBYTES_A_MEGABYTE = 1024


def memory_mb(pid: int, field: str = "VmRSS") -> float:
    """MB of resident memory of a process; `VmHWM`: the most it had since its program started.

    The peak that `getrusage` tells outlives execve (https://man7.org/linux/man-pages/man2/getrusage.2.html), so it is
    never less than that of whoever started the process: it is taken only where there is no /proc.

    Raises:
        OSError: there is no such process.
        ValueError: the kernel does not tell it.
    """
    status = Path(f"/proc/{pid}/status")
    if pid == os.getpid() and not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KILOBYTES_A_MEGABYTE
    for line in status.read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / _KILOBYTES_A_MEGABYTE
    raise ValueError(f"no {field} in {status}")


def cpu_seconds(pid: int) -> float:
    """CPU seconds that a process used so far, 0 when it has ended. `ps` knows whole seconds only; Linux is finer."""
    with contextlib.suppress(OSError):
        # proc(5): user and system time are fields 14 and 15, in ticks; the name before them may hold spaces.
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    listing = subprocess.run(["ps", "-o", "cputimes=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return float(listing.stdout.strip() or 0)


def children_seconds() -> float:
    """CPU seconds of all children of this process that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
