"""A backdrop as the REST API shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backdrop.api.schemas.backdrops import Backdrop, Candidate, show_recipe
from backdrop.api.schemas.photos import PhotoStatus
from backdrop.api.views.photos import word_error
from backdrop.core import keys
from backdrop.core.errors import ErrorCode
from backdrop.jobs.model import BackdropRow
from backdrop.jobs.ports import ObjectStore

if TYPE_CHECKING:
    from backdrop.jobs.painting import candidates


def backdrop_view(objects: ObjectStore, bucket: str, row: BackdropRow, seen_by: str | None = None) -> Backdrop:
    """A backdrop, with presigned URLs of the picture and its thumbnail once it was inspected. `seen_by`: the sub of who
    asks; None: its owner."""
    facts = row.facts
    return Backdrop(
        backdrop_id=row.id,
        name=row.name,
        status=PhotoStatus(row.status.value.upper()),
        created_at=row.created_at,
        width=facts.width if facts else None,
        height=facts.height if facts else None,
        bytes=facts.bytes if facts else None,
        sha256=facts.sha256 if facts else None,
        upload_sha256=row.upload_sha256,
        picture_url=objects.presigned_get(bucket, facts.preview_key) if facts else None,
        thumbnail_url=objects.presigned_get(bucket, keys.thumbnail_key(facts.preview_key)) if facts else None,
        surface=row.surface,
        light=row.light,
        recipe=show_recipe(row.recipe) if row.recipe else None,
        shared=row.shared_by is not None,
        mine=seen_by in (None, row.owner),
        shared_by=row.shared_by,
        error=word_error(ErrorCode(row.error), row.cause or "") if row.error else None,
    )


def candidate_view(objects: ObjectStore, bucket: str, one: candidates.Candidate) -> Candidate:
    """A painted candidate, with presigned URLs of the picture and its thumbnail."""
    return Candidate(
        candidate_id=one.id,
        recipe=show_recipe(one.recipe),
        paid_usd=one.paid_usd,
        width=one.width,
        height=one.height,
        picture_url=objects.presigned_get(bucket, one.key),
        thumbnail_url=objects.presigned_get(bucket, keys.thumbnail_key(one.key)),
    )
