"""The whole product on the twelve sample photos: `backdrop replace` through a local cloud of its own.

Reported: wall time of the job as the user sees it (sign-in to last download; the cloud's start is not in it), CPU
seconds by part, the share of them outside the model stand-in, and the largest resident memory of the processes.
"""

from __future__ import annotations

import contextlib
import os
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
from tests.bench.processes import children_seconds, cpu_seconds
from tests.bench.samples import photo_folder

_PROMPT = "on a light oak table in a bright kitchen, soft morning light"
_WORKER = "lambda"


@dataclass(frozen=True)
class Job:
    """What one job took.

    Attributes:
        photos: how many were sent.
        seconds: wall time of the command.
        cpu: seconds by part: client, emulator, lambda (the functions' workers), models.
        peaks: largest resident MB of each process seen, by (part, process id).
    """

    photos: int
    seconds: float
    cpu: Mapping[str, float]
    peaks: Mapping[tuple[str, int], float]

    @property
    def cpu_seconds(self) -> float:
        """Of all parts."""
        return sum(self.cpu.values())


def run(out: TextIO, *, smallest: bool = False, cloud: LocalCloud | None = None) -> Job:
    """Run the job once and write the figures; in `cloud`, or in one of its own."""
    job = replace_samples(smallest=smallest, cloud=cloud)
    out.write(f"demo: `backdrop replace` of {job.photos} photos in {job.seconds:.1f} s, cloud running, pacing off\n")
    for part, used in sorted(job.cpu.items()):
        out.write(f"  CPU {part:<10} {used:6.1f} s\n")
    outside = job.cpu_seconds - job.cpu.get("models", 0.0)
    out.write(f"  outside the model stand-in: {outside / job.cpu_seconds:.0%} of {job.cpu_seconds:.1f} CPU seconds\n")
    for part in sorted({part for part, _ in job.peaks}):
        peaks = sorted((peak for (of, _), peak in job.peaks.items() if of == part), reverse=True)
        count = f"the largest of {len(peaks)}" if len(peaks) > 1 else "one process"
        out.write(f"  peak {part:<10} {peaks[0]:6.0f} MB ({count})\n")
    return job


def replace_samples(*options: str, smallest: bool = False, cloud: LocalCloud | None = None) -> Job:
    """Send the samples through `cloud`, or one that is started for it and stopped again; `options` go to the command.

    Raises:
        RuntimeError: the command failed, so that nothing was measured; the message is what it printed.
    """
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if cloud is None:
            cloud = stack.enter_context(LocalCloud(folder / "home", port=0, models_port=0))
            cloud.start()
        photos = photo_folder(folder, smallest=smallest)
        arguments = [
            "replace",
            str(photos),
            "--prompt",
            _PROMPT,
            "--out",
            f"{folder}/out",
            "--local",
            "--fresh",
            *options,
        ]
        return _measured([sys.executable, "-m", "backdrop_cli.main", *arguments], cloud.home, photos)


def _measured(command: list[str], home: Home, photos: Path) -> Job:
    peaks: dict[tuple[str, int], float] = {}
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(home, peaks, done))
    watcher.start()
    try:
        before, before_client = _cpu_by_part(home), children_seconds()
        started = time.perf_counter()
        ended = subprocess.run(
            command,
            env={**os.environ, "BACKDROP_LOCAL_HOME": str(home.root)},
            capture_output=True,
            text=True,
            check=False,
        )
        seconds = time.perf_counter() - started
        client = children_seconds() - before_client
        after = _cpu_by_part(home)
    finally:
        done.set()
        watcher.join()
    if ended.returncode:
        raise RuntimeError(f"{' '.join(command)}: exit status {ended.returncode}\n{ended.stdout}{ended.stderr[-2000:]}")
    cpu = {part: after[part] - before.get(part, 0.0) for part in after}
    return Job(len(list(photos.glob("*.jpg"))), seconds, {"client": client, **cpu}, peaks)


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
        used[_part(process.part, process.command)] += cpu_seconds(process.pid)
    return dict(used)
