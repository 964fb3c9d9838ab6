"""DecodeResult: read one pass's answer; a cut-out becomes the mask, the last pass's picture the finished image."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from PIL import Image

from backdrop.aws.clients import s3
from backdrop.aws.objects import Objects
from backdrop.core import clock, keys
from backdrop.core.errors import ErrorCode, PhotoRefused
from backdrop.core.options import from_dict
from backdrop.core.vocabulary import Mode, boxes_of
from backdrop.handlers import moderation_gate
from backdrop.handlers.stored_mask import stored_mask
from backdrop.imaging.finishing import Finished, finish
from backdrop.imaging.masks import alpha_of, encode_mask, subject_mask
from backdrop.imaging.photos import open_photo
from backdrop.imaging.provenance import Origin
from backdrop.imaging.review import review_json
from backdrop.imaging.thumbnails import encode_thumbnail
from backdrop.models.base import Answer, Yields
from backdrop.models.bodies import open_answer, parse_response
from backdrop.models.plan import Plan, plan_of

State = dict[str, Any]

objects = Objects(s3)


def handler(event: State, _context: object) -> State:
    """Child state in, child state of the next pass (or of the recorded outcome) out: docs/architecture.md section 6.

    Raises:
        ModelRefused, ResponseInvalid, PhotoRefused, ModerationBlocked, BackdropError: the image failed; nothing was
            stored as finished.
    """
    job, item, stage, number = event["Job"], event["Item"], event["Stage"], int(event["Pass"])
    bucket = job["S3Bucket"]
    plan = plan_of(job, item, (int(stage["PhotoWidth"]), int(stage["PhotoHeight"])))
    if not plan:
        result, review = _finish(event, plan, None)
        return {**event, "Done": True, "Result": result, "Record": _record(event, [], result, review)}
    step = plan[number]
    body = objects.get(bucket, stage["ResponseKey"], missing=ErrorCode.RESPONSE_INVALID)
    answer = step.read(parse_response(body))
    passes = [*event["Passes"], _pass_record(event, body, answer)]
    size = (int(stage["Width"]), int(stage["Height"]))
    picture: Image.Image | None = open_answer(answer.image, size)
    # The answer can have 25 MB as text and 18 as a file: neither is needed beside a decoded photo.
    del body, answer
    if step.yields is Yields.CUT_OUT and picture is not None:
        mask = subject_mask(alpha_of(picture, size), boxes_of(item, "Boxes"), boxes_of(item, "RemovedBoxes"))
        objects.put(bucket, keys.mask_key(item["Key"]), encode_mask(mask), "image/png")
        picture = None
    done = number + 1 == len(plan)
    begun = any(one["Attempts"] for one in passes)
    state = {**event, "Pass": number + 1, "Passes": passes, "Turn": {"Attempt": 0}, "Begun": begun, "Done": done}
    del state["Stage"]
    if not done:
        return state
    result, review = _finish(event, plan, picture)
    return {**state, "Result": result, "Record": _record(event, passes, result, review)}


def _pass_record(event: State, body: bytes, answer: Answer) -> dict[str, Any]:
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
        **({"CopiedFrom": stage["CopiedFrom"]} if "CopiedFrom" in stage else {}),
        "ModelSeed": answer.seed,
        "DecodedAt": clock.iso(clock.now()),
    }


def _finish(event: State, plan: Plan, picture: Image.Image | None) -> tuple[dict[str, Any], str]:
    """Make, screen and store the finished image. Answers what is recorded of the file, and its review."""
    job, item, stage = event["Job"], event["Item"], event["Stage"]
    bucket = job["S3Bucket"]
    source = objects.get(bucket, item["Key"], missing=ErrorCode.PHOTO_MISSING)
    if hashlib.sha256(source).hexdigest() != stage["SourceSha256"]:
        raise PhotoRefused(ErrorCode.PHOTO_CHANGED, f"{item['ImageName']} was replaced while the job ran.")
    photo = open_photo(source)
    del source
    masked = bool(item.get("MaskSha256")) or any(step.yields is Yields.CUT_OUT for step in plan)
    made = finish(
        photo,
        picture,
        stored_mask(bucket, item) if masked else None,
        mode=Mode(job["Mode"]),
        options=from_dict(job.get("Options") or {}),
        boxes=boxes_of(item, "Boxes"),
        origin=_origin(event, painted=picture is not None),
    )
    moderation = moderation_gate.screen(made.image)
    name = keys.relative_name(job["InputS3Prefix"], item["Key"])
    key = keys.output_key(job["OutputS3Prefix"], name, made.extension, int(event["Variation"]))
    # The thumbnail first: an image that is there has one.
    objects.put(bucket, keys.thumbnail_key(key), encode_thumbnail(made.image), "image/jpeg")
    objects.put(bucket, key, made.data, made.content_type)
    return _result(key, made), review_json(made.flags, made.checks, moderation)


def _origin(event: State, *, painted: bool) -> Origin:
    """What the file's metadata may say: a seed and a model belong to a painted background only."""
    job = event["Job"]
    return Origin(
        generator=job["Generator"] if painted else "none",
        job_id=job["Id"],
        image_id=event["ImageId"],
        model_id=job["ModelId"] if painted else None,
        seed=int(event["Seed"]) if painted else None,
    )


def _result(key: str, made: Finished) -> dict[str, Any]:
    return {
        "OutputKey": key,
        "OutputBytes": len(made.data),
        "OutputSha256": hashlib.sha256(made.data).hexdigest(),
        "OutputWidth": made.width,
        "OutputHeight": made.height,
    }


def _record(event: State, passes: list[dict[str, Any]], result: dict[str, Any], review: str) -> dict[str, str]:
    """What RecordSucceeded writes: all strings, since DynamoDB's wire format has numbers as strings too."""
    stage = event["Stage"]
    return {
        "ModelId": event["Job"]["ModelId"],
        "Seed": str(event["Seed"]),
        "Attempts": str(sum(one["Attempts"] for one in passes)),
        "SourceSha256": stage["SourceSha256"],
        "SourceBytes": str(stage["SourceBytes"]),
        "LabelsKept": event["Item"]["Labels"],
        "Passes": json.dumps(passes, separators=(",", ":")),
        "Review": review,
        **{key: str(value) for key, value in result.items()},
    }
