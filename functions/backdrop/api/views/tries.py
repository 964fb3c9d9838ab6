"""Tries of a job's images as the REST API shows them."""

from __future__ import annotations

from backdrop.api.schemas import tries as schemas
from backdrop.jobs.again import tries


def tries_view(found: tries.TriedSet) -> schemas.Tries:
    """The set's images that have several tries."""
    return schemas.Tries(
        redos=[
            schemas.Redo(job_id=one.id, status=one.status, created_at=one.created_at, cost_usd=one.cost_usd)
            for one in found.redos
        ],
        images=[
            schemas.TriedImage(
                image_id=image.image_id, chosen=image.chosen, tries=[_try_view(one) for one in image.tries]
            )
            for image in found.images
        ],
    )


def _try_view(one: tries.Try) -> schemas.Try:
    return schemas.Try(
        job_id=one.job_id,
        image_id=one.image_id,
        status=one.status,
        doubtful=one.doubtful,
        verdict=one.verdict,
        verdict_at=one.verdict_at,
        reject_reason=one.why.reason,
        reject_words=one.why.words or None,
    )
