"""Peak memory of StagePayload and DecodeResult by photo size, beside a floor and the naive way: see `steps`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TextIO

from tests.bench import steps

_ROOT = Path(__file__).parents[2]


def run(out: TextIO) -> None:
    """Write a table: MB of resident memory at the peak of a process of its own; what each way is: `steps`."""
    out.write("memory: peak MB, each step, way and size in a fresh process; target: under 600 at 50 megapixels\n")
    out.write(f"{'megapixels':>12} {'stage':>8} {'floor':>8} {'naive':>8} {'decode':>8} {'floor':>8} {'naive':>8}\n")
    ways = ("stage", "stage_floor", "stage_naive", "decode", "decode_floor", "decode_naive")
    for megapixels in steps.SIZES:
        peaks = [_peak(megapixels, way) for way in ways]
        out.write(f"{megapixels:>12} " + " ".join(f"{peak:8.0f}" for peak in peaks) + "\n")
        out.flush()


def _peak(megapixels: int, step: str) -> float:
    # The photo is made in another process, so that making it does not count.
    files = _ROOT / "test-output" / "bench"
    code = f"from tests.bench import steps; steps.write_files({megapixels}, {str(files)!r})"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(_ROOT), str(_ROOT / "functions")))}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    code = (
        f"import resource; from tests.bench import steps; steps.read_files({str(files)!r}).{step}()"
        "; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    )
    answer = subprocess.run([sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True)
    return float(answer.stdout)
