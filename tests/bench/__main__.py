"""`make bench`: the demo job on a finished set-up, and the per-image steps against their floor. Figures, no verdict."""

from __future__ import annotations

import argparse
import sys

from tests.bench import demo, imports, memory, steps


def main() -> int:
    """Run the benchmarks named on the command line, all by default."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("which", nargs="*", choices=[[], "demo", "imports", "memory", "steps"], help="default: all")
    which = parser.parse_args().which or ["imports", "steps", "memory", "demo"]
    if "imports" in which:
        imports.run(sys.stdout)
    if "memory" in which:
        memory.run(sys.stdout)
    if "steps" in which:
        steps.run(sys.stdout)
    if "demo" in which:
        demo.run(sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
