"""What 1,000 photos would cost and take on AWS: counted, not measured (docs/benchmarks.md, Loop).

`.venv/bin/python -m tests.on_paper`. State transitions are counted along the workflow's own states, memory is the
template's; seconds of the functions are assumptions, said beside them. List prices of us-east-1.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from backdrop.core.options import BACKDROP, MaskSource, Options
from backdrop.core.vocabulary import Mode
from backdrop.models import catalogue
from tests.documented_commands import ROOT

PHOTOS = 1_000
INPAINT = "us.stability.stable-image-inpaint-v1:0"

# https://aws.amazon.com/lambda/pricing/ (arm64), https://aws.amazon.com/step-functions/pricing/,
# https://aws.amazon.com/dynamodb/pricing/on-demand/, https://aws.amazon.com/s3/pricing/,
# https://aws.amazon.com/rekognition/pricing/; read November 2026.
USD_GB_SECOND, USD_REQUEST = 0.0000133334, 0.20 / 1e6
USD_TRANSITION = 0.025 / 1_000
USD_WRITE, USD_PUT, USD_GET = 0.625 / 1e6, 0.005 / 1_000, 0.0004 / 1_000
USD_LABELS = 0.001

SECONDS = {"InspectPhotoFunction": 2.0, "StagePayloadFunction": 0.4, "CutOutFunction": 4.0, "DecodeResultFunction": 1.0}
"""Of one call for a photo of 4 megapixels: the CPU seconds of docs/benchmarks.md on one core, and the waits for S3 and
Rekognition. CutOut's are the 4.0 that were measured under load."""

_BEGIN = ["BeginFirstVariation", "CheckCancelled", "IsCancelled"]
_TURN = ["ReserveTurn", "WaitForTurn", "IsPaidFor"]
_END = ["NeedsSigning", "RecordSucceeded", "CountSucceeded", "IsLastVariation", "PhotoFinished"]
_PASS = ["StagePayload", "IsModelCallNeeded", *_TURN, "InvokeModel", "DecodeResult", "IsImageFinished"]
ON_A_BACKDROP = [*_BEGIN, "StagePayload", "IsModelCallNeeded", "CutOut", "DecodeResult", "IsImageFinished", *_END]
PAINTED = [*_BEGIN, *_PASS, *_PASS, *_END]
"""The states of one photo. One that waits asks for its turns again: 3 to 13 times (docs/architecture.md)."""

_MOST_TURNS = 13
_TRANSITIONS_A_TURN = 5
_STATE_SECONDS = 0.05
"""Of a state besides its work. Ours, a guess."""


@dataclass(frozen=True)
class Paper:
    """What 1,000 photos cost in US dollars, by part, and how many are done a minute."""

    usd: dict[str, float]
    a_minute: float

    @property
    def total(self) -> float:
        """The sum of all parts."""
        return sum(self.usd.values())


def states() -> dict[str, Any]:
    """The states of one photo, as the workflow has them."""
    machine = json.loads((ROOT / "statemachine/replace_backgrounds.asl.json").read_text())
    found: dict[str, Any] = machine["States"]["ReplaceBackgrounds"]["ItemProcessor"]["States"]
    return found


def is_way(way: Sequence[str]) -> bool:
    """Whether the workflow can go so, from its first state to an end."""
    known = states()

    def after(name: str) -> set[str]:
        state = known[name]
        return {state.get("Next"), state.get("Default"), *(one.get("Next") for one in state.get("Choices", []))}

    ends = bool(known[way[-1]].get("End"))
    return ends and all(one in after(before) for before, one in pairwise(way))


def memory_gb(function: str) -> float:
    """Of a function of the template."""
    part = (ROOT / "template.yaml").read_text().partition(f"\n  {function}:\n")[2]
    found = re.search(r"\n      MemorySize: (\d+)", part)
    assert found
    return int(found[1]) / 1024


def paper(way: Sequence[str], model_calls_usd: float, waits: int, a_minute: float | None) -> Paper:
    """The costs of a way.

    Args:
        way: states of one photo.
        model_calls_usd: of a photo.
        waits: transitions of a photo that waits for its turns, besides.
        a_minute: photos that the models' quota allows; None: only the functions' own time counts.
    """
    stages = way.count("StagePayload")
    calls = {"InspectPhotoFunction": 1, "StagePayloadFunction": stages, "DecodeResultFunction": stages}
    calls["CutOutFunction"] = way.count("CutOut")
    gb_seconds = sum(often * SECONDS[name] * memory_gb(name) for name, often in calls.items())
    in_job = sum(often * SECONDS[name] for name, often in calls.items() if name != "InspectPhotoFunction")
    at_once = 40  # MapMaxConcurrency
    own = at_once * 60 / (in_job + len(way) * _STATE_SECONDS)
    puts, gets, writes = 9 + 3 * stages, 6 + 4 * stages, 14
    usd = {
        "model calls": model_calls_usd,
        "Rekognition labels at the upload": USD_LABELS,
        "Lambda": gb_seconds * USD_GB_SECOND + 2 * sum(calls.values()) * USD_REQUEST,
        "state transitions": (len(way) + waits) * USD_TRANSITION,
        "S3 and DynamoDB requests": puts * USD_PUT + gets * USD_GET + writes * USD_WRITE,
    }
    return Paper({name: PHOTOS * one for name, one in usd.items()}, min(own, a_minute or own))


def papers() -> dict[str, Paper]:
    """On a backdrop with the built-in cut-out, and each photo painted by the default model."""
    flat = Options(background=BACKDROP, mask_source=MaskSource.BUILT_IN)
    assert not catalogue.calls_a_photo(INPAINT, Mode.PRECISE, flat)
    each = catalogue.price_per_photo(INPAINT, Mode.PRECISE)
    waits = _MOST_TURNS * _TRANSITIONS_A_TURN
    quota = float(catalogue.entry(INPAINT).requests_per_minute)
    return {
        "on a backdrop": paper(ON_A_BACKDROP, 0.0, 0, None),
        "painted": paper(PAINTED, each, waits, quota),
    }


if __name__ == "__main__":
    for name, one in papers().items():
        print(f"{name}: {one.a_minute:.0f} images a minute, {PHOTOS / one.a_minute:.1f} minutes, {one.total:.2f} USD")
        for part, usd in one.usd.items():
            print(f"  {part}: {usd:.2f}")
