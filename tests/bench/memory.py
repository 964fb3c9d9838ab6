"""Peak memory of StagePayload and DecodeResult by photo size, beside a floor and the naive way: see `steps`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TextIO

from tests.bench import steps

_ROOT = Path(__file__).parents[2]


def run(out: TextIO, *, smallest: bool = False) -> None:
    """Write a table: MB of resident memory at the peak of a process of its own; what each way is: `steps`."""
    out.write("memory: peak MB, each step, way and size in a fresh process; target: under 600 at 50 megapixels\n")
    out.write(f"{'megapixels':>12} {'stage':>8} {'floor':>8} {'naive':>8} {'decode':>8} {'floor':>8} {'naive':>8}\n")
    ways = ("stage", "stage_floor", "stage_naive", "decode", "decode_floor", "decode_naive")
    files = _ROOT / "test-output" / "bench"
    for megapixels in steps.SMALLEST_SIZES if smallest else steps.SIZES:
        # The photo is made in another process, so that making it does not count.
        _in_a_process(f"steps.write_files({megapixels}, {str(files)!r})")
        peaks = [_peak(files, way) for way in ways]
        out.write(f"{megapixels:>12g} " + " ".join(f"{peak:8.0f}" for peak in peaks) + "\n")
        out.flush()


def _peak(files: Path, step: str) -> float:
    code = f"steps.read_files({str(files)!r}).{step}()"
    # The function's own line of its log comes first.
    told = _in_a_process(f"{code}; import os; print(processes.memory_mb(os.getpid(), 'VmHWM'))")
    return float(told.splitlines()[-1])


def _in_a_process(code: str) -> str:
    """What a fresh process prints that runs this with our modules; its errors are shown."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(_ROOT), str(_ROOT / "functions")))}
    command = [sys.executable, "-c", f"from tests.bench import processes, steps; {code}"]
    return subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
