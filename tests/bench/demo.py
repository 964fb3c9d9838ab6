"""What `make demo` takes: the twelve sample photos through a local cloud of its own.

Reported: wall time of the job as the user sees it (sign-in to last download), CPU seconds by part, the share of them
outside the model stand-in, and the largest resident memory of every process.
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
from pathlib import Path
from typing import TextIO

from localcloud.cloud import LocalCloud
from localcloud.memory import measure
from localcloud.settings import Home, LocalCloudError

_PHOTOS = Path(__file__).parents[2] / "samples" / "photos"
_PROMPT = "on a light oak table in a bright kitchen, soft morning light"


def run(out: TextIO) -> None:
    """Run the job once and write the figures."""
    with tempfile.TemporaryDirectory() as folder, LocalCloud(Path(folder) / "home", port=0, models_port=0) as cloud:
        cloud.start()
        peaks: dict[tuple[str, int, str], float] = {}
        done = threading.Event()
        watcher = threading.Thread(target=_watch, args=(Home(Path(folder) / "home"), peaks, done))
        watcher.start()
        before = _cpu_by_part(Home(Path(folder) / "home"))
        started = time.perf_counter()
        arguments = ["replace", str(_PHOTOS), "--prompt", _PROMPT, "--out", f"{folder}/out", "--local"]
        command = subprocess.run(
            [sys.executable, "-m", "backdrop_client.cli", *arguments],
            env={**os.environ, "BACKDROP_LOCAL_HOME": f"{folder}/home"},
            capture_output=True,
            text=True,
            check=False,
        )
        seconds = time.perf_counter() - started
        after = _cpu_by_part(Home(Path(folder) / "home"))
        done.set()
        watcher.join()
    out.write(command.stdout + command.stderr[-2000:] if command.returncode else command.stdout)
    photos = len(list(_PHOTOS.glob("*.jpg")))
    cpu = {part: after[part] - before.get(part, 0.0) for part in after}
    total = sum(cpu.values())
    out.write(f"\ndemo: {photos} photos in {seconds:.1f} s (exit status {command.returncode})\n")
    for part, used in sorted(cpu.items()):
        out.write(f"  CPU {part:<10} {used:6.1f} s\n")
    outside = total - cpu.get("models", 0.0)
    out.write(f"  outside the model stand-in: {outside / total:.0%} of {total:.1f} CPU seconds\n")
    for (part, pid, name), peak in sorted(peaks.items(), key=lambda row: -row[1]):
        out.write(f"  peak {peak:6.0f} MB  {part:<10} {pid:>7}  {name[:80]}\n")


def _watch(home: Home, peaks: dict[tuple[str, int, str], float], done: threading.Event) -> None:
    while not done.wait(0.4):
        with contextlib.suppress(LocalCloudError):
            for process in measure(home):
                key = (process.part, process.pid, process.command)
                peaks[key] = max(peaks.get(key, 0.0), process.rss_mb)


def _cpu_by_part(home: Home) -> dict[str, float]:
    """CPU seconds so far of each part's living processes (Lambda workers stay alive for minutes)."""
    ticks: dict[str, float] = defaultdict(float)
    for process in measure(home):
        listing = subprocess.run(
            ["ps", "-o", "cputimes=", "-p", str(process.pid)], capture_output=True, text=True, check=False
        )
        part = "lambda" if "worker" in process.command and process.part != "models" else process.part
        ticks[part] += float(listing.stdout.strip() or 0)
    return dict(ticks)
