"""`make bench`: what Backdrop costs, as ratios to something stated. Figures beside their targets, no verdict."""

from __future__ import annotations

import argparse
import sys

from tests.bench import demo, imports, loop, memory, steps

_PARTS = ("imports", "steps", "memory", "demo", "loop")
_LONG = ("quality", "fidelity")
"""Minutes each, and figures of what is made, not of what it costs."""


def main() -> int:
    """Run the benchmarks named on the command line, all by default, in one order."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", epilog="What each figure means: docs/benchmarks.md")
    parser.add_argument("which", nargs="*", choices=[[], *_PARTS, *_LONG], help="default: all but quality and fidelity")
    which = parser.parse_args().which or _PARTS
    if "imports" in which:
        imports.run(sys.stdout)
    if "steps" in which:
        steps.run(sys.stdout)
    if "memory" in which:
        memory.run(sys.stdout)
    if "quality" in which:
        # Brings numpy, OpenCV and the local models, which the other parts must not pay for.
        from tests.bench import quality

        quality.run(sys.stdout)
    if "fidelity" in which:
        from tests.bench import fidelity

        fidelity.run(sys.stdout)
    job = demo.run(sys.stdout) if "demo" in which else None
    if "loop" in which:
        loop.run(sys.stdout, job)
    return 0


if __name__ == "__main__":
    sys.exit(main())
