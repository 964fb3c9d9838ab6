"""`python -m tests.bench regions`: three Regions against one, each with the same quota.

The local cloud with models that answer at once (`quick_models`); its Bedrock counts a quota as calls in any 60 seconds,
for each Region of a request's signature. Images a minute from the second minute on, and what was throttled.
"""

from __future__ import annotations

import time
from collections import Counter
from typing import TextIO

from tests.bench.quick_cloud import PAINT, QuickCloud, quick_cloud

_QUOTA = 20
_OTHERS = "us-east-2,us-west-2"


def run(out: TextIO, *, smallest: bool = False) -> None:
    """Write what one Region makes, what three make, and the ratio."""
    images, seconds = (4, 20.0) if smallest else (600, 300.0)
    out.write(f"regions: {_QUOTA} calls a minute for each model and Region; target: three make 2.9 times as many\n")
    rates = []
    for name, regions in (("one Region", ""), ("three Regions", _OTHERS)):
        with quick_cloud(ModelRequestsPerMinute=-1, MapMaxConcurrency=40, ModelRegions=regions) as quick:
            rates.append(_run(out, quick, name, images, seconds))
    if all(rates):
        out.write(f"  {'ratio':>14}: {rates[1] / rates[0]:.2f}\n")


def _run(out: TextIO, quick: QuickCloud, name: str, images: int, seconds: float) -> float:
    quick.keep_quota(_QUOTA)
    began = time.time()
    execution = quick.start(name.replace(" ", "-"), images)
    while time.time() < began + seconds and quick.runs(execution):
        time.sleep(0.5)
    if quick.runs(execution):
        quick.stop(execution)
    calls = quick.invocations()
    at = sorted(call["at"] - call["seconds"] for call in calls if call["modelId"] == PAINT and call["paid"])
    later = [when for when in at if when >= at[0] + 60]
    rate = (len(later) - 1) / (later[-1] - later[0]) * 60 if len(later) > 1 else 0.0
    throttled = 1 - sum(call["paid"] for call in calls) / len(calls)
    where = Counter(call["region"] for call in calls)
    told = ", ".join(f"{region} {number}" for region, number in sorted(where.items()))
    out.write(f"  {name:>14}: {rate:.1f} images a minute; {len(calls)} calls, {throttled:.1%} throttled: {told}\n")
    out.flush()
    return rate
