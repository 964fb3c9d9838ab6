"""DecodeResult: read one pass's answer; a cut-out becomes the mask, the last pass's picture the finished image."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from PIL import Image

from backdrop.aws.clients import s3
from backdrop.aws.objects import Objects
from backdrop.aws.telemetry.writing import measure
from backdrop.core import clock, keys
from backdrop.core.errors import ErrorCode, PhotoRefused
from backdrop.core.limits import ANSWER_TAG
from backdrop.core.vocabulary import Doubt, MaskOrigin
from backdrop.core.words.marks import phrase
from backdrop.core.workflow_state import Stage, Step, read_stage, read_step
from backdrop.handlers._shared import moderation_gate
from backdrop.handlers._shared.job_backdrop import open_backdrop
from backdrop.handlers._shared.observed import observed
from backdrop.handlers._shared.stored_mask import stored_mask
from backdrop.imaging.finishing import Finished, finish
from backdrop.imaging.masks import encode_subject
from backdrop.imaging.photos import open_photo
from backdrop.imaging.provenance import Origin
from backdrop.imaging.quality.flags import doubted, not_located
from backdrop.imaging.review import review_json
from backdrop.imaging.thumbnails import encode_thumbnail
from backdrop.models.base import ModelPass, PassOutput
from backdrop.models.bodies import read_answer
from backdrop.models.plan import Plan, is_masked, labels_used, plan_of

State = dict[str, Any]

_BACKDROP_SIZE = 2
"""A backdrop of another shape, of which a part is seen, is opened at so many times the photo's longer side."""

objects = Objects(s3)


@observed("DecodeResult")
def handler(event: State, _context: object) -> State:
    """Read the model's answer: child state in, child state of the next pass (or of the recorded outcome) out
    (docs/contracts.md, Workflow).

    Raises:
        ModelRefused, ResponseInvalid, PhotoRefused, ModerationBlocked, BackdropError: the image failed; nothing was
            stored as finished.
    """
    step, stage = read_step(event), read_stage(event)
    plan = plan_of(step.job, step.item, stage.photo_size)
    if not plan:
        return {**event, "Done": True, **_finished(step, stage, plan, None)}
    picture, record = _answered(step, stage, plan[step.number])
    step = step._replace(passes=(*step.passes, record))
    done = step.number + 1 == len(plan)
    state = {
        **event,
        "Pass": step.number + 1,
        "Passes": list(step.passes),
        "Turn": {"Attempt": 0},
        "Throttles": {"Count": 0},
        "Begun": any(one["Attempts"] for one in step.passes),
        "Done": done,
    }
    del state["Stage"]
    return {**state, **_finished(step, stage, plan, picture)} if done else state


def _answered(step: Step, stage: Stage, model_pass: ModelPass) -> tuple[Image.Image | None, State]:
    """The picture in the pass's answer, and the pass's record. A cut-out becomes the stored mask: None."""
    job, item = step.job, step.item
    body = objects.get(job.bucket, stage.response_key, missing=ErrorCode.RESPONSE_INVALID)
    picture, seed, doubt = read_answer(model_pass, body, stage.size)
    record = {
        "Pass": step.number,
        **stage.request,
        "ResponseSha256": hashlib.sha256(body).hexdigest(),
        "Attempts": step.attempts,
        **({"Throttled": step.throttled} if step.throttled else {}),
        "Reused": stage.answered,
        **({"Region": step.region, "Regions": dict(step.regions)} if step.region else {}),
        **({"TurnAt": clock.iso_of_ms(step.slot_ms)} if step.slot_ms else {}),
        "ModelSeed": seed,
        **({"Doubt": {"Measured": doubt.measured, "Box": list(doubt.box) if doubt.box else None}} if doubt else {}),
        "DecodedAt": clock.iso(clock.now()),
    }
    if step.slot_ms and step.region and not stage.answered:
        seconds = max(0.0, clock.now().timestamp() - step.slot_ms / 1000)
        where = {"Model": stage.model_id, "Region": step.region}
        measure({"ModelSeconds": round(seconds, 3)}, where, message="answered", job=job.id, image=step.image_id)
    if job.answers_folder and not model_pass.built_in and stage.copied_from is None:
        _note_answer(step, stage)
    # The answer can have 25 MB as text: it is not needed beside a decoded photo.
    del body
    if model_pass.output is PassOutput.PICTURE:
        return picture, record
    mask = encode_subject(picture, stage.size, item.boxes, item.removed_boxes)
    objects.put(job.bucket, keys.mask_key(item.key), mask, "image/png")
    return None, {**record, "MaskSha256": hashlib.sha256(mask).hexdigest()}


def _note_answer(step: Step, stage: Stage) -> None:
    """Let later jobs of the owner's find the answer, for as long as it is kept."""
    job = step.job
    note = f"{job.answers_folder}{stage.request_sha256}"
    objects.put(job.bucket, note, stage.response_key.encode(), "text/plain; charset=utf-8", ANSWER_TAG)
    if not job.keep_payloads:
        objects.tag(job.bucket, stage.response_key, ANSWER_TAG)


def _finished(step: Step, stage: Stage, plan: Plan, picture: Image.Image | None) -> State:
    """Make, screen and store the finished image. Answers what the state holds of it."""
    job, item = step.job, step.item
    source = objects.get(job.bucket, item.key, missing=ErrorCode.PHOTO_MISSING)
    if hashlib.sha256(source).hexdigest() != stage.source_sha256:
        raise PhotoRefused(ErrorCode.PHOTO_CHANGED, phrase("{name} was replaced while the job ran.", name=item.name))
    cut_out = item.mask_from == MaskOrigin.PHOTO
    photo = open_photo(source, uncovered=cut_out)
    del source
    backdrop = job.options.backdrop
    if backdrop is not None:
        picture = open_backdrop(job.bucket, backdrop, _BACKDROP_SIZE * max(photo.width, photo.height))
    made = finish(
        photo,
        picture,
        stored_mask(job.bucket, item) if is_masked(item, plan) else None,
        mode=job.mode,
        options=job.options,
        boxes=item.boxes,
        origin=_origin(step),
        cut_out=cut_out,
        by_hand=item.by_hand,
    )
    flags = (*doubted(_doubt(step), made.flags), *not_located(stage.found))
    review = review_json(flags, made.checks, moderation_gate.screen(made.image), made.by_hand)
    result = _stored(step, made)
    return {"Result": result, "Record": _record(step, stage, plan, result, review)}


def _doubt(step: Step) -> Doubt | None:
    """How far the built-in cut-out doubts what it found, if it was asked."""
    for record in step.passes:
        if told := record.get("Doubt"):
            return Doubt(told["Measured"], tuple(told["Box"]) if told["Box"] else None)
    return None


def _origin(step: Step) -> Origin:
    """What the file's metadata may say: a seed and a model belong to a painted background only."""
    job = step.job
    model_id, seed = (job.model_id, step.seed) if job.options.generates else (None, None)
    if job.painted:
        model_id, seed = job.painted.model_id, job.painted.seed
    return Origin(generator=job.background_from, job_id=job.id, image_id=step.image_id, model_id=model_id, seed=seed)


def _stored(step: Step, made: Finished) -> dict[str, Any]:
    """The finished image's place in S3, its size and its hash."""
    job = step.job
    name = keys.relative_name(job.input_prefix, step.item.key)
    key = keys.output_key(job.output_prefix, name, made.extension, step.variation)
    # The thumbnail first: an image that is there has one.
    objects.put(job.bucket, keys.thumbnail_key(key), encode_thumbnail(made.image), "image/jpeg")
    objects.put(job.bucket, key, made.data, made.content_type)
    return {
        "OutputKey": key,
        "OutputBytes": len(made.data),
        "OutputSha256": hashlib.sha256(made.data).hexdigest(),
        "OutputWidth": made.width,
        "OutputHeight": made.height,
    }


def _record(step: Step, stage: Stage, plan: Plan, result: State, review: str) -> dict[str, str]:
    """What RecordSucceeded writes: all strings, since DynamoDB's wire format has numbers as strings too."""
    item = step.item
    return {
        "ModelId": step.job.model_id,
        "Seed": str(step.seed),
        "Attempts": str(sum(one["Attempts"] for one in step.passes)),
        "SourceSha256": stage.source_sha256,
        "SourceBytes": str(stage.source_bytes),
        "LabelsKept": ",".join(item.labels),
        "LabelsUsed": ",".join(labels_used(item, plan)),
        "Found": json.dumps(stage.found, separators=(",", ":")),
        "MaskFrom": item.mask_from or (MaskOrigin.CUT_OUT.value if is_masked(item, plan) else ""),
        "Passes": json.dumps(step.passes, separators=(",", ":")),
        "Review": review,
        **{key: str(value) for key, value in result.items()},
    }
