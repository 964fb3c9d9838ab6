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


def of_job(store: DraftStore, job_id: str, photos_done: int) -> dict[str, float]:
    """Return seconds by what the passes name as their model, from a few of the latest finished images of the job.

    A dozen rows are read, whatever its size. Photos are begun in the order of their numbers: the latest ones are near
    that of how many are done. A job's first images take longest, when dozens are prepared at once by functions that
    start cold.
    """
    near = range(max(0, photos_done - _SAMPLE), photos_done + _SAMPLE // 2)
    rows = store.some(job_id, [f"{number:08d}" for number in near])
    done = [row for row in rows if row.status is ImageStatus.SUCCEEDED]
    if not done:
        # Numbers have gaps where photos were left out.
        done, _ = store.page_of_status(job_id, ImageStatus.SUCCEEDED, _SAMPLE, None)
    latest = sorted((row.outcome for row in done), key=lambda one: one.finished_at or "")
    return measure(latest[-_SAMPLE:])


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
