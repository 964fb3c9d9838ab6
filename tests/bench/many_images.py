"""`python -m tests.bench many_images`: 10,000 images in one job, on the local cloud with models that answer at once.

Images a second and memory after every tenth of them: both should stay as they are. The memory is the emulator's, which
holds tables, files' names and histories; what its Lambda workers take besides does not depend on the job.
"""

from __future__ import annotations

import time
from typing import TextIO

from localcloud import memory
from tests.bench.quick_cloud import QuickCloud, quick_cloud

_IMAGES, _SMALLEST = 10_000, 20
_PARTS = 10


def run(out: TextIO, *, smallest: bool = False) -> None:
    """Write images a second and memory for every tenth of the job."""
    images = _SMALLEST if smallest else _IMAGES
    out.write(f"many images: {images:,} in one job; targets: 10 images a second, under 1,000 MB, both flat\n")
    with quick_cloud(ModelRequestsPerMinute=0, MapMaxConcurrency=40) as quick:
        execution = quick.start("many", images)
        began = latest = time.monotonic()
        known = 0
        while quick.runs(execution):
            time.sleep(0.5)
            done, now = _done(quick), time.monotonic()
            if done >= known + images // _PARTS:
                out.write(
                    f"  {done:>6,} images: {(done - known) / (now - latest):5.1f} a second, {_emulator(quick)} MB\n"
                )
                out.flush()
                known, latest = done, now
        seconds, held = time.monotonic() - began, _emulator(quick)
        totals = quick.report("many")["Totals"]
    out.write(f"  in all {images / seconds:.1f} a second, {seconds:.0f} s, {held} MB; the report tells {totals}\n")


def _done(quick: QuickCloud) -> int:
    key = {"JobId": {"S": "many"}, "ImageId": {"S": "#counts"}}
    row = quick.cloud.client("dynamodb").get_item(TableName=quick.cloud.outputs.images_table, Key=key).get("Item", {})
    return sum(int(row[name]["N"]) for name in ("Succeeded", "Failed") if name in row)


def _emulator(quick: QuickCloud) -> int:
    return round(max(one.rss_mb for one in memory.measure(quick.cloud.home) if one.part == "emulator"))
