"""The whole product on the twelve sample photos: `backdrop replace` through a local cloud of its own.

Reported: wall time of the job as the user sees it (sign-in to last download; the cloud's start is not in it), CPU
seconds by part, the share of them outside the model stand-in, and the largest resident memory of the processes.
"""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from localcloud.cloud import LocalCloud
from localcloud.memory import measure
from localcloud.settings import Home, LocalCloudError

PHOTOS = Path(__file__).parents[2] / "samples" / "photos"
_PROMPT = "on a light oak table in a bright kitchen, soft morning light"
_WORKER = "lambda"


@dataclass(frozen=True)
class Job:
    """What one job took.

    Attributes:
        photos: how many were sent.
        seconds: wall time of the command.
        exit_status: of the command.
        output: what it printed.
        cpu: seconds by part: client, emulator, lambda (the functions' workers), models.
        peaks: largest resident MB of each process seen, by (part, process id).
    """

    photos: int
    seconds: float
    exit_status: int
    output: str
    cpu: Mapping[str, float]
    peaks: Mapping[tuple[str, int], float]

    @property
    def cpu_seconds(self) -> float:
        """Of all parts."""
        return sum(self.cpu.values())


def run(out: TextIO) -> Job:
    """Run the job once and write the figures."""
    job = replace_samples()
    if job.exit_status:
        out.write(job.output)
    out.write(
        f"demo: `backdrop replace` of {job.photos} photos in {job.seconds:.1f} s (exit status {job.exit_status}),"
        " cloud running, pacing off\n"
    )
    for part, used in sorted(job.cpu.items()):
        out.write(f"  CPU {part:<10} {used:6.1f} s\n")
    outside = job.cpu_seconds - job.cpu.get("models", 0.0)
    out.write(f"  outside the model stand-in: {outside / job.cpu_seconds:.0%} of {job.cpu_seconds:.1f} CPU seconds\n")
    for part in sorted({part for part, _ in job.peaks}):
        peaks = sorted((peak for (of, _), peak in job.peaks.items() if of == part), reverse=True)
        count = f"the largest of {len(peaks)}" if len(peaks) > 1 else "one process"
        out.write(f"  peak {part:<10} {peaks[0]:6.0f} MB ({count})\n")
    return job


def replace_samples(*options: str) -> Job:
    """Send the samples through a local cloud that is started for it and stopped again; `options` go to the command."""
    with tempfile.TemporaryDirectory() as folder, LocalCloud(Path(folder) / "home", port=0, models_port=0) as cloud:
        cloud.start()
        home = Home(Path(folder) / "home")
        peaks: dict[tuple[str, int], float] = {}
        done = threading.Event()
        watcher = threading.Thread(target=_watch, args=(home, peaks, done))
        watcher.start()
        try:
            before, before_client = _cpu_by_part(home), _children_seconds()
            started = time.perf_counter()
            arguments = ["replace", str(PHOTOS), "--prompt", _PROMPT, "--out", f"{folder}/out", "--local", *options]
            command = subprocess.run(
                [sys.executable, "-m", "backdrop_client.cli", *arguments],
                env={**os.environ, "BACKDROP_LOCAL_HOME": f"{folder}/home"},
                capture_output=True,
                text=True,
                check=False,
            )
            seconds = time.perf_counter() - started
            client = _children_seconds() - before_client
            after = _cpu_by_part(home)
        finally:
            done.set()
            watcher.join()
    cpu = {part: after[part] - before.get(part, 0.0) for part in after}
    return Job(
        photos=len(list(PHOTOS.glob("*.jpg"))),
        seconds=seconds,
        exit_status=command.returncode,
        output=command.stdout + command.stderr[-2000:],
        cpu={"client": client, **cpu},
        peaks=peaks,
    )


def _watch(home: Home, peaks: dict[tuple[str, int], float], done: threading.Event) -> None:
    while not done.wait(0.4):
        with contextlib.suppress(LocalCloudError):
            for process in measure(home):
                key = (_part(process.part, process.command), process.pid)
                peaks[key] = max(peaks.get(key, 0.0), process.rss_mb)


def _part(part: str, command: str) -> str:
    return _WORKER if part == "emulator" and "ministack-lambda" in command else part


def _cpu_by_part(home: Home) -> dict[str, float]:
    """CPU seconds so far of each part's living processes (Lambda workers stay alive for minutes)."""
    used: dict[str, float] = defaultdict(float)
    for process in measure(home):
        used[_part(process.part, process.command)] += _cpu_seconds(process.pid)
    return dict(used)


def _cpu_seconds(pid: int) -> float:
    """CPU seconds of a process, 0 when it has ended. `ps` knows whole seconds only; Linux itself is finer."""
    with contextlib.suppress(OSError):
        # proc(5): user and system time are fields 14 and 15, in ticks; the name before them may hold spaces.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    listing = subprocess.run(["ps", "-o", "cputimes=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return float(listing.stdout.strip() or 0)


def _children_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
