"""`python -m tests.validation.measure [--part report]`: the cut-out on pictures that no rule was made on.

Columns: IoU of what is above half for the plain network with a guided filter, and for the cut-out; its doubt, and
whether that flags it. Below: what is asked of a cut-out, and of the flag that sees a bad one. Figures, no verdict.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from backdrop.imaging.quality.flags import judge
from backdrop_cutout.arrays import stretched
from backdrop_cutout.matting import refine
from backdrop_cutout.segmentation import CutOut
from tests.bench.segmentation import overlap
from tests.validation.networks import loaded
from tests.validation.pictures import Part, Picture, pictures

# Below the first a cut-out should be flagged; below the second it must be.
GOOD, BAD = 0.9, 0.85
# By how much a picture may be worse than the plain network's.
_LOSS = 0.02


@dataclass(frozen=True)
class Row:
    """One picture's figures."""

    name: str
    plain: float
    ours: float
    doubt: float
    flagged: bool


def measure(cut_out: CutOut, picture: Picture) -> Row:
    """Cut `picture` out both ways."""
    plain = refine(picture.pixels, stretched(cut_out.look(picture.pixels)))
    found = cut_out.find(picture.pixels)
    return Row(
        picture.name,
        overlap(plain, picture.alpha),
        overlap(found.alpha, picture.alpha),
        found.doubt,
        bool(judge({"doubt": found.doubt})),
    )


def summary(rows: Sequence[Row]) -> str:
    """Means, the worst, and what the flag sees, as text."""
    lines = []
    for title, scores in (("plain network", [row.plain for row in rows]), ("cut-out", [row.ours for row in rows])):
        figures = f"mean {statistics.mean(scores):.3f}  median {statistics.median(scores):.3f}  worst {min(scores):.3f}"
        lines.append(f"{title:15} {figures}  below {BAD}: {sum(score < BAD for score in scores)}")
    bad = [row for row in rows if row.ours < GOOD]
    flagged = [row for row in rows if row.flagged]
    right = sum(row.flagged for row in bad)
    worse = [row for row in rows if row.ours < row.plain - _LOSS]
    lines.append(f"worse than the plain network by more than {_LOSS}: {len(worse)}")
    lines.append(f"below {BAD} without a flag: {sum(row.ours < BAD and not row.flagged for row in rows)}")
    lines.append(f"flag for below {GOOD}: recall {right}/{len(bad)}, precision {right}/{len(flagged)}")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table of each part, the worst pictures first."""
    parser = argparse.ArgumentParser(prog="python -m tests.validation.measure", description=__doc__)
    parser.add_argument("--part", type=Part, choices=list(Part), help="both without")
    parser.add_argument("--no-stamps", action="store_true", help="only the renders: no package is fetched")
    options = parser.parse_args(arguments)
    cut_out = loaded()
    for part in [options.part] if options.part else list(Part):
        try:
            rows = [measure(cut_out, one) for one in pictures(part, stamps=not options.no_stamps)]
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"cannot fetch the stamps ({error}); --no-stamps leaves them out", file=sys.stderr)
            return 1
        print(f"{part.value + ' part':30} {'plain':>6} {'ours':>6} {'doubt':>6}")
        for row in sorted(rows, key=lambda row: row.ours):
            flag = " flagged" if row.flagged else ""
            print(f"{row.name:30} {row.plain:6.3f} {row.ours:6.3f} {row.doubt:6.3f}{flag}")
        print(summary(rows), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
