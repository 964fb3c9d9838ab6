"""StagePayload: write one pass's request body to S3.

The body's hash is part of both its key and the answer's: an answer that is already there is the answer to this very
request, so a redriven child, or a photo's next variation, never pays for it again. Nor does a photo that a trial was
made of, or one that is equal to another of the job, or that the owner asked the same about in an earlier job: that
answer to the same request is taken over first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from backdrop.aws.clients import s3
from backdrop.aws.objects import Objects, Stored
from backdrop.core import keys
from backdrop.core.errors import BackdropError, ErrorCode, PhotoRefused
from backdrop.core.limits import PAYLOAD_TAG
from backdrop.core.vocabulary import MaskOrigin
from backdrop.core.words.marks import phrase
from backdrop.core.workflow_state import Stage, Step, read_item, read_step
from backdrop.handlers._shared.observed import observed
from backdrop.handlers._shared.photo_facts import find_kept_cut_out, find_labels, find_mask
from backdrop.handlers._shared.stored_mask import stored_mask
from backdrop.imaging.framing import Size, first_of_painting
from backdrop.imaging.photos import upright_size
from backdrop.models.asking import build_request
from backdrop.models.base import ModelPass, PassOutput
from backdrop.models.bodies import read_answer
from backdrop.models.catalogue_data import newer_versions, usd_per_call
from backdrop.models.plan import Plan, plan_of
from backdrop.models.request_image import RequestImage, from_photo, from_picture, wants_picture

objects = Objects(s3)


@observed("StagePayload")
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Write the request of an image's pass and answer its `Stage` (docs/contracts.md, Workflow)."""
    step = read_step(event)
    bucket, item = step.job.bucket, step.item
    # Photos of other systems were never checked, and never in a draft.
    if step.number == 0 and (item.sha256 or item.mask_sha256):
        _take_over_files(step)
    source = objects.get(bucket, item.key, missing=ErrorCode.PHOTO_MISSING)
    source_sha256 = hashlib.sha256(source).hexdigest()
    if item.sha256 not in (None, source_sha256):
        raise PhotoRefused(ErrorCode.PHOTO_CHANGED, phrase("{name} is not the file that was checked.", name=item.name))
    size = upright_size(source)
    found = find_mask(bucket, item, source, size)
    step = _knowing(step, event["Item"], found)
    plan = plan_of(step.job, step.item, size)
    if _wants_kept_cut_out(step, plan):
        found |= find_kept_cut_out(bucket, item)
        step = _knowing(step, event["Item"], found)
        plan = plan_of(step.job, step.item, size)
    if step.item.mask_sha256 is None and not any(one.names_subject for one in plan):
        if step.item.to_locate and not step.job.options.calls_models:
            raise _not_kept(step, phrase("where its labels are"))
        found |= find_labels(step, source, source_sha256)
        step = _knowing(step, event["Item"], found)
    stage = Stage(size, source_sha256, len(source), found)
    if plan:
        image = _image(step, plan, source, stage.photo_size)
        stage = _staged(step, stage, plan[step.number], image)
    # Else a mask of the photo's own and a plain background: there is nothing to ask for.
    return stage.to_state(bucket)


def _knowing(step: Step, line: Mapping[str, Any], found: Mapping[str, Any]) -> Step:
    """The step with what was found out about its photo; mostly nothing is, and all stands in the manifest's line."""
    # The words are those of the image's scene already.
    return step._replace(item=read_item({**line, **found})._replace(prompt=step.item.prompt)) if found else step


def _wants_kept_cut_out(step: Step, plan: Plan) -> bool:
    """Whether an export's image needs the mask that its photo had in the job, and has not cut the photo out itself."""
    if step.job.options.calls_models:
        return False
    made = {one["ModelId"] for one in step.passes}
    return any(one.output is PassOutput.CUT_OUT and one.service_id not in made for one in plan)


def _take_over_files(step: Step) -> None:
    """Take the draft's tag off the files of a photo that was checked. They belong to a job from here on: an auditor
    must find them as long as the report."""
    bucket, item = step.job.bucket, step.item
    own = [keys.mask_key(item.key)] if item.mask_sha256 else []
    for kept in (item.key, keys.preview_key(item.key), keys.thumbnail_key(item.key), *own):
        objects.keep(bucket, kept)
    if own:
        # A mask that is not the one that was checked: say so before anything is paid.
        stored_mask(bucket, item)


def _image(step: Step, plan: Plan, source: bytes, photo_size: Size) -> RequestImage:
    options = step.job.options
    if not wants_picture(plan[step.number], options):
        return from_photo(plan[step.number], source, photo_size, options)
    if not step.passes:
        raise BackdropError(
            ErrorCode.INTERNAL, phrase("A pass that looks at a picture was staged before there was one.")
        )
    before = step.passes[-1]
    body = objects.get(step.job.bucket, before["ResponseKey"], missing=ErrorCode.RESPONSE_INVALID)
    picture = read_answer(plan[int(before["Pass"])], body).picture
    return from_picture(picture.convert("RGB"), photo_size, options)


def _staged(step: Step, stage: Stage, model_pass: ModelPass, image: RequestImage) -> Stage:
    """The stage of a pass whose request was written."""
    job, item = step.job, step.item
    mask = stored_mask(job.bucket, item) if model_pass.needs_mask else None
    request = build_request(job, item, step.seed, model_pass, image, mask, stage.source_sha256)
    sha256 = hashlib.sha256(request.body).hexdigest()
    request_key = keys.request_key(item.key, step.number, sha256)
    name = keys.relative_name(job.input_prefix, item.key)
    answer_id = _answer_id(model_pass, sha256)
    response_key = keys.response_key(job.output_prefix, name, step.number, answer_id)
    objects.put(job.bucket, request_key, request.body, "application/json", tagging=PAYLOAD_TAG)
    size = request.answer_size or image.image.size
    answer = objects.look_up(job.bucket, response_key)
    if answer is None and not model_pass.built_in:
        places = _places(step, sha256, answer_id)
        taken = (_taken_over(job.bucket, model_pass, theirs, response_key, size) for theirs in places)
        answer = next(filter(None, taken), None)
        if answer is None and not job.options.calls_models:
            # Before a turn is asked for: an export pays for nothing.
            what = phrase("its cut-out") if model_pass.output is PassOutput.CUT_OUT else phrase("this picture")
            raise _not_kept(step, what)
        if answer is None:
            _check_first(step, stage, model_pass)
    return stage._replace(
        answered=answer is not None,
        built_in=model_pass.built_in,
        model_id=model_pass.service_id,
        request_key=request_key,
        request_sha256=sha256,
        request_bytes=len(request.body),
        usd=0.0 if model_pass.built_in else usd_per_call(model_pass.service_id, job.options.quality),
        response_key=response_key,
        size=size,
        parameters=request.parameters,
        copied_from=answer.copied_from if answer else None,
    )


def _check_first(step: Step, stage: Stage, model_pass: ModelPass) -> None:
    """Refuse to ask again what was asked for another file of the same picture, or for another scene of the photo, and
    not answered: it would be paid for twice."""
    cut_out = model_pass.output is PassOutput.CUT_OUT
    first = _first_with(step, stage, model_pass) if cut_out else first_of_painting(step.options, step.variation)
    if first != step.variation:
        cause = (
            phrase(
                "The cut-out was not made: image {first} of this photo, which is from the same one, failed.",
                first=first,
            )
            if cut_out
            else phrase(
                "The picture was not made: image {first} of this photo, which is from the same one, failed.",
                first=first,
            )
        )
        raise PhotoRefused(ErrorCode.PICTURE_FAILED, cause)


def _first_with(step: Step, stage: Stage, model_pass: ModelPass) -> int:
    """Which image of this seed, from 1, is the first whose photo is cut out by the model."""
    each = step.options.images_a_seed
    before = step.variation - (step.variation - 1) % each
    for number in range(before, step.variation):
        job = step.job._replace(options=step.options.of_image(number))
        theirs = plan_of(job, step.item, stage.photo_size)
        if any((one.service_id, one.output) == (model_pass.service_id, model_pass.output) for one in theirs):
            return number
    return step.variation


def _not_kept(step: Step, what: str) -> BackdropError:
    job = step.job
    return BackdropError(
        ErrorCode.ANSWER_NOT_KEPT,
        phrase(
            "{name}: the model's answer about {what} is not kept any more, or these settings ask for "
            "another picture than those of the job {export_of}. No model was called.",
            name=step.item.name,
            what=what,
            export_of=job.options.export_of,
        ),
    )


def _answer_id(model_pass: ModelPass, request_sha256: str) -> str:
    """What the answer's key has of its request. A newer version of a model is asked in the very words of the known one:
    its answers are told apart by its id."""
    if model_pass.service_id not in newer_versions():
        return request_sha256
    return hashlib.sha256(f"{model_pass.service_id} {request_sha256}".encode()).hexdigest()


def _places(step: Step, request_sha256: str, answer_id: str) -> Iterator[str]:
    """Keys at which an answer to this very request may lie: of a trial or an equal photo, of an earlier job."""
    job, item = step.job, step.item
    if item.answers_at is not None:
        yield keys.answer_key(item.answers_at, step.number, answer_id)
        if item.mask_from == MaskOrigin.CUT_OUT:
            # The cut-out was a pass there, and is none here.
            yield keys.answer_key(item.answers_at, step.number + 1, answer_id)
    if job.answers_folder:
        try:
            note = objects.get(job.bucket, f"{job.answers_folder}{request_sha256}", missing=ErrorCode.NOT_FOUND)
        except BackdropError as error:
            if error.code is not ErrorCode.NOT_FOUND:
                raise
        else:
            yield note.decode()


def _taken_over(bucket: str, model_pass: ModelPass, source: str, target: str, size: Size) -> Stored | None:
    """Copy the answer to this very request, of another photo or job, to where the model's own would be; return
    what is known of the copy.

    None when it is gone, or when nothing could be made of it: the model is asked again then, as for any image that is
    run again.
    """
    try:
        body = objects.get(bucket, source, missing=ErrorCode.RESPONSE_INVALID)
        read_answer(model_pass, body, size)
    except BackdropError as error:
        if error.code is ErrorCode.STORAGE_ERROR:
            raise
        return None
    objects.put(bucket, target, body, "application/json", copied_from=source)
    return Stored(source)
