"""`python -m tests.bench retries`: 2,000 images, of whose calls Bedrock throttles 30 % and lets 5 % time out.

How many images are lost, and how many answers are paid twice. The local cloud with models that answer at once
(`quick_models`), pacing off, so that nothing but the retries is measured.
"""

from __future__ import annotations

import time
from collections import Counter
from typing import TextIO

from tests.bench.quick_cloud import quick_cloud

_IMAGES, _SMALLEST = 2_000, 12
_THROTTLED, _TIMED_OUT = 0.30, 0.05


def run(out: TextIO, *, smallest: bool = False) -> None:
    """Write what became of the images and of the calls."""
    images = _SMALLEST if smallest else _IMAGES
    with quick_cloud(ModelRequestsPerMinute=0, MapMaxConcurrency=40) as quick:
        quick.faults(
            {"kind": "throttle", "probability": _THROTTLED},
            # Of the calls that are left by the first rule.
            {"kind": "timeout", "probability": _TIMED_OUT / (1 - _THROTTLED)},
        )
        started = time.monotonic()
        quick.wait([quick.start("retries", images)])
        seconds = time.monotonic() - started
        report, calls = quick.report("retries"), quick.invocations()
    outcomes = Counter(call["outcome"] for call in calls)
    answered = Counter((call["modelId"], call["requestSha256"]) for call in calls if call["paid"])
    lost = Counter(image["Error"]["Code"] for image in report["Images"] if image["Error"])
    twice = sum(number - 1 for number in answered.values())
    told = sum(image["Attempts"] for image in report["Images"])
    priced = sum(model["Calls"] for model in report["Cost"]["Models"])
    most = max(image["Attempts"] for image in report["Images"])
    out.write(f"retries: {images:,} images, {_THROTTLED:.0%} throttles, {_TIMED_OUT:.0%} time-outs, {seconds:.0f} s\n")
    out.write(f"  lost {lost.total():,} (target 0) {dict(lost) or ''}\n")
    out.write(f"  answers paid twice {twice:,} (target 0), of {answered.total():,}\n")
    out.write(f"  calls {len(calls):,}: {', '.join(f'{name} {number:,}' for name, number in outcomes.most_common())}\n")
    out.write(f"  the report tells {told:,} calls, {priced:,} of them in the price; an image at most {most}\n")
