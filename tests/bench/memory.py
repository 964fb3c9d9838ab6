"""Peak memory of StagePayload and DecodeResult by photo size, against decoding and encoding that photo alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TextIO

_ROOT = Path(__file__).parents[2]


def run(out: TextIO) -> None:
    """Write a table: MB of resident memory at the peak of a process of its own."""
    out.write("memory: peak MB of a fresh process; floor = the photo and the answer in memory, decode and encode\n")
    out.write(f"{'megapixels':>12} {'floor':>8} {'stage':>8} {'decode':>8}\n")
    for megapixels in (1, 4, 12, 48):
        peaks = [_peak(megapixels, step) for step in ("decode_floor", "stage", "decode")]
        out.write(f"{megapixels:>12} " + " ".join(f"{peak:8.0f}" for peak in peaks) + "\n")


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
