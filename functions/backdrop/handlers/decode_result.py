"""DecodeResult: read one pass's answer; a cut-out becomes the mask, a picture the finished image."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from PIL import Image

from backdrop.aws import objects
from backdrop.domain import clock, keys
from backdrop.domain.compositing import composite_precise
from backdrop.domain.encoding import CONTENT_TYPES, EXTENSIONS, encode
from backdrop.domain.errors import ErrorCode, PhotoRefused
from backdrop.domain.jobs import Mode
from backdrop.domain.masks import alpha_of, encode_mask, open_mask, subject_mask
from backdrop.domain.photos import open_photo
from backdrop.models import registry
from backdrop.models.base import Answer, Yields, open_answer, parse_response


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Child state in, child state of the next pass (or of the recorded outcome) out: docs/architecture.md section 6.

    Raises:
        ModelRefused, ResponseInvalid, PhotoRefused, BackdropError: the image failed; nothing was stored as finished.
    """
    job, item, stage, number = event["Job"], event["Item"], event["Stage"], int(event["Pass"])
    bucket = job["S3Bucket"]
    step = registry.get(job["ModelId"]).plan(Mode(job["Mode"]))[number]
    body = objects.get(bucket, stage["ResponseKey"], missing=ErrorCode.RESPONSE_INVALID)
    answer = step.read(parse_response(body))
    size = (int(stage["Width"]), int(stage["Height"]))
    picture = open_answer(answer.image, size)
    passes = [*event["Passes"], _pass_record(event, body, answer)]
    state = {
        "Job": job,
        "Item": item,
        "Pass": number + 1,
        "Passes": passes,
        "StartedAt": event["StartedAt"],
        "Turn": {"Attempt": 0},
        "Done": step.yields is Yields.PICTURE,
    }
    if step.yields is Yields.CUT_OUT:
        mask = subject_mask(alpha_of(picture, size), [tuple(box) for box in item.get("Boxes") or []])
        objects.put(bucket, keys.mask_key(item["Key"]), encode_mask(mask), "image/png")
        return state
    result = _finish(job, item, stage, picture)
    return {**state, "Result": result, "Record": _record(job, item, stage, passes, result, event["StartedAt"])}


def _pass_record(event: dict[str, Any], body: bytes, answer: Answer) -> dict[str, Any]:
    stage = event["Stage"]
    return {
        "Pass": event["Pass"],
        "ModelId": stage["ModelId"],
        "RequestKey": stage["RequestKey"],
        "RequestSha256": stage["RequestSha256"],
        "Parameters": stage["Parameters"],
        "ResponseKey": stage["ResponseKey"],
        "ResponseSha256": hashlib.sha256(body).hexdigest(),
        "Attempts": int(event["Turn"]["Attempt"]),
        "Reused": bool(stage["Answered"]),
        "ModelSeed": answer.seed,
        "DecodedAt": clock.iso(clock.now()),
    }


def _finish(job: dict[str, Any], item: dict[str, Any], stage: dict[str, Any], picture: Image.Image) -> dict[str, Any]:
    """Make and store the finished image, at the photo's own size and in its format."""
    bucket = job["S3Bucket"]
    source = objects.get(bucket, item["Key"], missing=ErrorCode.PHOTO_MISSING)
    if hashlib.sha256(source).hexdigest() != stage["SourceSha256"]:
        raise PhotoRefused(ErrorCode.PHOTO_CHANGED, f"{item['ImageName']} was replaced while the job ran.")
    photo = open_photo(source)
    generated = picture.convert("RGB")
    if job["Mode"] == Mode.PRECISE:
        mask = open_mask(objects.get(bucket, keys.mask_key(item["Key"])))
        image = composite_precise(photo.image, generated, mask)
    else:
        image = generated.resize(photo.image.size, Image.Resampling.LANCZOS)
    data = encode(image, photo.format)
    name = keys.relative_name(job["InputS3Prefix"], item["Key"])
    key = keys.output_key(job["OutputS3Prefix"], name, EXTENSIONS[photo.format])
    objects.put(bucket, key, data, CONTENT_TYPES[photo.format])
    return {
        "OutputKey": key,
        "OutputBytes": len(data),
        "OutputSha256": hashlib.sha256(data).hexdigest(),
        "OutputWidth": image.width,
        "OutputHeight": image.height,
    }


def _record(
    job: dict[str, Any],
    item: dict[str, Any],
    stage: dict[str, Any],
    passes: list[dict[str, Any]],
    result: dict[str, Any],
    started_at: str,
) -> dict[str, str]:
    """What RecordSucceeded writes: all strings, since DynamoDB's wire format has numbers as strings too."""
    return {
        "ModelId": job["ModelId"],
        "Seed": str(job["Seed"]),
        "Attempts": str(sum(one["Attempts"] for one in passes)),
        "SourceSha256": stage["SourceSha256"],
        "SourceBytes": str(stage["SourceBytes"]),
        "LabelsKept": item["Labels"],
        "Passes": json.dumps(passes, separators=(",", ":")),
        "StartedAt": started_at,
        **{key: str(value) for key, value in result.items()},
    }
