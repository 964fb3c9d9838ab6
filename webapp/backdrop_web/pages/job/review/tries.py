"""An image of a set as the review shows it: the try that is shown, and those behind it. No Streamlit here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from backdrop.api.schemas.jobs import Image, Job
from backdrop_web.pages.job.image_cache import ImageCache


def make_set_record(
    image: Image, job: Job, cache: ImageCache, make: Callable[[Image, Job], dict[str, Any]]
) -> dict[str, Any]:
    """Return the record of an image of the job: of the try that its set shows, with the others as `behind`.

    `make`: makes the record of an image of a job.
    """
    tried = cache.tried.images.get(image.image_id)
    if tried is None:
        return make(image, job)
    own, records = make(image, job), []
    for number, one in enumerate(tried.tries, 1):
        key = cache.tried.make_key(one)
        known, of = cache.images.get(key), cache.tried.jobs.get(one.job_id, job)
        if known is None:
            continue
        record = make(known, of)
        # It stands for the image of the set, whatever it is called in its own job.
        record |= {name: own[name] for name in ("name", "variation", "photo")}
        record |= {"id": key, "tryNumber": number, "tryOf": len(tried.tries), "chosen": number - 1 == tried.chosen}
        records.append(record)
    shown = next((one for one in records if one["chosen"]), own)
    return shown | {"behind": [one for one in records if one is not shown]}
