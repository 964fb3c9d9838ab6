"""StagePayload: write one pass's request body to S3.

The body's hash is part of both its key and the answer's: an answer that is already there is the answer to this very
request, so a redriven child, or a photo's next variation, never pays for it again. Nor does a photo that a trial was
made of: the trial's answer to the same request is taken over first.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from PIL import Image

from backdrop.aws.clients import s3
from backdrop.aws.objects import Objects, Stored
from backdrop.core import keys
from backdrop.core.errors import BackdropError, ErrorCode, PhotoRefused
from backdrop.core.limits import PAYLOAD_TAG
from backdrop.core.options import Options, from_dict
from backdrop.core.vocabulary import Mode, boxes_of
from backdrop.handlers.stored_mask import stored_mask
from backdrop.imaging.canvas import on_canvas, scaled, side_on_canvas
from backdrop.imaging.framing import Canvas, canvas_for, outpaints
from backdrop.imaging.photos import open_photo, upright_size
from backdrop.models.base import LooksAt, ModelPass, StagedRequest, Staging
from backdrop.models.bodies import open_answer, parse_response
from backdrop.models.plan import Plan, plan_of

objects = Objects(s3)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """See docs/architecture.md section 6 for event and answer."""
    job, item = event["Job"], event["Item"]
    bucket, source_key = job["S3Bucket"], item["Key"]
    if int(event["Pass"]) == 0:
        _take_over(bucket, item)
    source = objects.get(bucket, source_key, missing=ErrorCode.PHOTO_MISSING)
    source_sha256 = hashlib.sha256(source).hexdigest()
    if item.get("Sha256") not in (None, source_sha256):
        raise PhotoRefused(ErrorCode.PHOTO_CHANGED, f"{item['ImageName']} is not the file that was checked.")
    photo_size = upright_size(source)
    plan = plan_of(job, item, photo_size)
    facts = {
        "PhotoWidth": photo_size[0],
        "PhotoHeight": photo_size[1],
        "SourceSha256": source_sha256,
        "SourceBytes": len(source),
    }
    if not plan:
        # A mask of the user's own and a plain background: there is nothing to ask for.
        return {**facts, "BuiltIn": True, "Answered": True}
    return {**facts, **_staged(event, plan, source, photo_size, source_sha256)}


def _take_over(bucket: str, item: dict[str, Any]) -> None:
    """From here on the files belong to a job: an auditor must find them as long as the report."""
    own = [keys.mask_key(item["Key"])] if item.get("MaskSha256") else []
    for kept in (item["Key"], keys.preview_key(item["Key"]), keys.thumbnail_key(item["Key"]), *own):
        objects.keep(bucket, kept)
    if own:
        # A mask that is not the one that was checked: say so before anything is paid.
        stored_mask(bucket, item)


def _staged(
    event: dict[str, Any], plan: Plan, source: bytes, photo_size: tuple[int, int], source_sha256: str
) -> dict[str, Any]:
    """The pass's request, written."""
    job, item, number = event["Job"], event["Item"], int(event["Pass"])
    bucket, source_key, name = job["S3Bucket"], item["Key"], keys.relative_name(job["InputS3Prefix"], item["Key"])
    step, options = plan[number], from_dict(job.get("Options") or {})
    look = _look(event, plan, options, source, photo_size)
    request = step.request(
        Staging(
            image=look.image,
            mask=_mask(bucket, item, look) if step.needs_mask else None,
            prompt=job["Prompt"],
            negative_prompt=job["NegativePrompt"],
            mode=Mode(job["Mode"]),
            seed=int(event["Seed"]),
            labels=_names(item["Labels"]),
            removed=_names(item.get("Removed", "")),
            boxes=boxes_of(item, "Boxes"),
            removed_boxes=boxes_of(item, "RemovedBoxes"),
            canvas=look.canvas,
            options=options,
            source={"Key": source_key, "Sha256": source_sha256},
        )
    )
    request_sha256 = hashlib.sha256(request.body).hexdigest()
    request_key = keys.request_key(source_key, number, request_sha256)
    response_key = keys.response_key(job["OutputS3Prefix"], name, number, request_sha256)
    objects.put(bucket, request_key, request.body, "application/json", tagging=PAYLOAD_TAG)
    width, height = request.answer_size or look.image.size
    answer = objects.look_up(bucket, response_key)
    if answer is None and "AnswersAt" in item and not step.built_in:
        theirs = keys.answer_key(item["AnswersAt"], number, request_sha256)
        answer = _taken_over(bucket, step, theirs, response_key, (width, height))
    return {
        **_where(bucket, step, request, request_key, response_key),
        "RequestSha256": request_sha256,
        "Width": width,
        "Height": height,
        "Answered": answer is not None,
        **({"CopiedFrom": answer.copied_from} if answer and answer.copied_from else {}),
    }


def _taken_over(bucket: str, step: ModelPass, source: str, target: str, size: tuple[int, int]) -> Stored | None:
    """A trial's answer to this very request, copied to where the model's own would be.

    None when it is gone, or when nothing could be made of it: the model is asked again then, as for any image that is
    run again.
    """
    try:
        body = objects.get(bucket, source, missing=ErrorCode.RESPONSE_INVALID)
        open_answer(step.read(parse_response(body)).image, size)
    except BackdropError as error:
        if error.code is ErrorCode.STORAGE_ERROR:
            raise
        return None
    objects.put(bucket, target, body, "application/json", copied_from=source)
    return Stored(source)


def _where(bucket: str, step: ModelPass, request: StagedRequest, request_key: str, response_key: str) -> dict[str, Any]:
    return {
        "ModelId": step.service_id,
        "BuiltIn": step.built_in,
        "RequestKey": request_key,
        "ResponseKey": response_key,
        "RequestUri": f"s3://{bucket}/{request_key}",
        "ResponseUri": f"s3://{bucket}/{response_key}",
        "RequestBytes": len(request.body),
        "Parameters": request.parameters,
    }


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for name in text.split(",") if name)


@dataclass(frozen=True)
class _Look:
    """What a pass looks at: `frame` is the photo's size in `image`, `canvas` that of a new aspect, in its pixels."""

    image: Image.Image
    frame: tuple[int, int]
    canvas: Canvas | None = None


def _look(event: dict[str, Any], plan: Plan, options: Options, source: bytes, photo_size: tuple[int, int]) -> _Look:
    step = plan[int(event["Pass"])]
    if step.looks_at is LooksAt.PHOTO or not outpaints(options):
        whole = photo_size[0] * photo_size[1] <= step.max_pixels
        image = open_photo(source, max_side=None if whole else step.max_side).image
        return _Look(image, image.size)
    canvas = canvas_for(photo_size, options.output)
    if step.looks_at is LooksAt.PICTURE:
        picture = _picture_before(event, plan)
        return _Look(picture, picture.size, scaled(canvas, photo_size, picture.size))
    image = open_photo(source, max_side=side_on_canvas(canvas, photo_size, step.max_side)).image
    small = scaled(canvas, photo_size, image.size)
    return _Look(on_canvas(image, small), image.size, small)


def _picture_before(event: dict[str, Any], plan: Plan) -> Image.Image:
    """The picture of the pass before, from its stored answer."""
    if not event["Passes"]:
        raise BackdropError(ErrorCode.INTERNAL, "A pass that looks at a picture was staged before there was one.")
    before = event["Passes"][-1]
    body = objects.get(event["Job"]["S3Bucket"], before["ResponseKey"], missing=ErrorCode.RESPONSE_INVALID)
    return open_answer(plan[int(before["Pass"])].read(parse_response(body)).image).convert("RGB")


def _mask(bucket: str, item: dict[str, Any], look: _Look) -> Image.Image:
    mask = stored_mask(bucket, item)
    if mask.size != look.frame:
        mask = mask.resize(look.frame, Image.Resampling.BICUBIC)
    return mask if look.image.size == look.frame or look.canvas is None else on_canvas(mask, look.canvas)
