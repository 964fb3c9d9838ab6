"""What an image takes besides its turns: measured on finished images, from each call's turn to its decoded answer.

Their rows tell it (`Passes`: `TurnAt`, `DecodedAt`; `FinishedAt`), whatever they waited for a turn. A model whose calls
nobody measured yet has no entry.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from statistics import median

from backdrop.core import clock
from backdrop.core.vocabulary import ImageStatus
from backdrop.jobs.model import Outcome
from backdrop.jobs.ports import DraftStore

_SAMPLE = 8
"""Finished images of a job that are looked at."""


def of_job(store: DraftStore, job_id: str) -> dict[str, float]:
    """Return seconds by what the passes name as their model, from a few finished images of the job."""
    rows, _ = store.page_of_status(job_id, ImageStatus.SUCCEEDED, _SAMPLE, None)
    return measure(row.outcome for row in rows)


def measure(outcomes: Iterable[Outcome]) -> dict[str, float]:
    """Return the median of each model's calls. The last one of an image goes on until the image is finished."""
    found: defaultdict[str, list[float]] = defaultdict(list)
    for outcome in outcomes:
        passes = json.loads(outcome.passes or "[]")
        for number, one in enumerate(passes):
            # Answers used again had no turn.
            if turn_at := one.get("TurnAt"):
                last = number + 1 == len(passes) and outcome.finished_at
                seconds = _seconds(last or one["DecodedAt"]) - _seconds(turn_at)
                found[one["ModelId"]].append(max(0.0, seconds))
    return {model: median(times) for model, times in found.items()}


def _seconds(moment: str) -> float:
    return clock.parse(moment).timestamp()
