"""StagePayload: write one pass's InvokeModel body to S3.

The body's hash is part of both its key and the answer's: an answer that is already there is the answer to this very
request, so a redriven child never pays for it again.
"""

from __future__ import annotations

import hashlib
from typing import Any

from PIL import Image

from backdrop.aws import objects
from backdrop.domain import keys
from backdrop.domain.errors import ErrorCode, PhotoRefused
from backdrop.domain.jobs import Mode
from backdrop.domain.limits import PAYLOAD_TAG
from backdrop.domain.masks import open_mask
from backdrop.domain.photos import open_photo
from backdrop.models import registry
from backdrop.models.base import Staging


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """See docs/architecture.md section 6 for event and answer."""
    job, item, number = event["Job"], event["Item"], int(event["Pass"])
    bucket, source_key, name = job["S3Bucket"], item["Key"], keys.relative_name(job["InputS3Prefix"], item["Key"])
    if number == 0:
        # From here on the photo belongs to a job, and an auditor must find it as long as the report.
        for kept in (source_key, keys.preview_key(source_key)):
            objects.keep(bucket, kept)
    step = registry.get(job["ModelId"]).plan(Mode(job["Mode"]))[number]

    source = objects.get(bucket, source_key, missing=ErrorCode.PHOTO_MISSING)
    source_sha256 = hashlib.sha256(source).hexdigest()
    if item.get("Sha256") not in (None, source_sha256):
        raise PhotoRefused(ErrorCode.PHOTO_CHANGED, f"{item['ImageName']} is not the file that was checked.")
    image = open_photo(source, max_side=step.max_side).image
    request = step.request(
        Staging(
            image=image,
            mask=_mask(bucket, source_key, image.size) if step.needs_mask else None,
            prompt=job["Prompt"],
            negative_prompt=job["NegativePrompt"],
            mode=Mode(job["Mode"]),
            seed=int(job["Seed"]),
            labels=tuple(label for label in item["Labels"].split(",") if label),
        )
    )
    request_sha256 = hashlib.sha256(request.body).hexdigest()
    request_key = keys.request_key(source_key, number, request_sha256)
    response_key = keys.response_key(job["OutputS3Prefix"], name, number, request_sha256)
    objects.put(bucket, request_key, request.body, "application/json", tagging=PAYLOAD_TAG)
    return {
        "ModelId": step.service_id,
        "RequestKey": request_key,
        "ResponseKey": response_key,
        "RequestUri": f"s3://{bucket}/{request_key}",
        "ResponseUri": f"s3://{bucket}/{response_key}",
        "RequestSha256": request_sha256,
        "RequestBytes": len(request.body),
        "Parameters": request.parameters,
        "Width": image.width,
        "Height": image.height,
        "SourceSha256": source_sha256,
        "SourceBytes": len(source),
        "Answered": objects.size_of(bucket, response_key) is not None,
    }


def _mask(bucket: str, source_key: str, size: tuple[int, int]) -> Image.Image:
    mask = open_mask(objects.get(bucket, keys.mask_key(source_key)))
    return mask if mask.size == size else mask.resize(size, Image.Resampling.BICUBIC)
