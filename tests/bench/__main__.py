"""`make bench`: what Backdrop costs, as ratios to something stated. Figures beside their targets, no verdict."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from tests.bench import demo, imports, loop, memory, steps

if TYPE_CHECKING:
    from tests.bench.app import App

PARTS = ("imports", "steps", "memory", "demo", "loop")
LONG = ("quality", "fidelity", "strokes", "retries", "quota", "regions", "many_images")
"""Minutes each, and figures of what is made, not of what it costs."""


def main(arguments: Sequence[str] | None = None, app: App | None = None) -> int:
    """Run the benchmarks named on the command line, all by default, in one order. `app`: one that runs already."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", epilog="What each figure means: docs/benchmarks.md")
    parser.add_argument("which", nargs="*", choices=[[], *PARTS, *LONG], help=f"default: all but {', '.join(LONG)}")
    parser.add_argument("--smallest", action="store_true", help="each at its smallest size: does it still run?")
    options = parser.parse_args(arguments)
    which, smallest = options.which or PARTS, options.smallest
    cloud = app.cloud if app else None
    for part in (imports, steps, memory):
        if part.__name__.rpartition(".")[2] in which:
            part.run(sys.stdout, smallest=smallest)
    with _cloud(which, smallest=smallest):
        for name in LONG:
            if name in which:
                # Bring numpy, OpenCV, the local models or a cloud, which the other parts must not pay for.
                importlib.import_module(f"tests.bench.{name}").run(sys.stdout, smallest=smallest)
    job = demo.run(sys.stdout, smallest=smallest, cloud=cloud) if "demo" in which else None
    if "loop" in which:
        loop.run(sys.stdout, job, smallest=smallest, cloud=cloud)
    return 0


def _cloud(which: Sequence[str], *, smallest: bool) -> AbstractContextManager[object]:
    """What is held open while they run: at their smallest they share a cloud."""
    if not smallest or not set(LONG) & set(which):
        return nullcontext()
    shared: AbstractContextManager[object] = importlib.import_module("tests.bench.quick_cloud").shared_cloud()
    return shared


if __name__ == "__main__":
    sys.exit(main())
