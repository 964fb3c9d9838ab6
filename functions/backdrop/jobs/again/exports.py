"""Exports: images of an ended job finished once more, in another size or file or on another background, with no model.

An export is a job of copies of the photos. It takes the masks that the images had, and answers that are kept, to the
very same requests. What can't be had so is refused here where the settings show it, else when an image is staged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from backdrop.core import keys
from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.options import Options, invalid
from backdrop.core.people import Action, User
from backdrop.core.request import JobRequest
from backdrop.core.words.marks import phrase
from backdrop.imaging.framing import Canvas, Size, canvas_for, outpaints, paintings
from backdrop.jobs import queries
from backdrop.jobs.model import Job, JobSettings, PhotoRow, names_of
from backdrop.jobs.photo_checks import kept_labels
from backdrop.jobs.ports import DraftStore, JobStore
from backdrop.models import registry
from backdrop.models.base import PassInput, PassOutput
from backdrop.models.plan import Plan, plan


@dataclass(frozen=True)
class Origin:
    """The job whose images are finished once more, and its photos by the place of the answers about them."""

    job: Job
    photos: Mapping[str, PhotoRow]


def find_origin(jobs: JobStore, store: DraftStore, user: User, job_id: str | None) -> Origin | None:
    """The job of that id, which the user may use and which has ended; None without an id.

    Raises:
        BackdropError: `NOT_FOUND`, `NOT_SHARED`, `ROLE_FORBIDS`; `IMAGE_NOT_FINISHED` while it runs.
    """
    if job_id is None:
        return None
    job = queries.find_job(jobs, user, job_id, Action.REUSE)
    if not job.status.final:
        raise BackdropError(
            ErrorCode.IMAGE_NOT_FINISHED,
            phrase("The job {job_id} is still running.", job_id=job_id),
            phrase("Wait until it is done."),
        )
    known = [row for row in store.photos(job.id) if row.facts and row.source_key]
    return Origin(job, {_answers_at(job, row): row for row in known})


def find_problems(
    origin: Origin, settings: JobSettings, ready: Sequence[PhotoRow], request: JobRequest
) -> Iterator[tuple[BackdropError, str | None]]:
    """Why these settings would ask a model for something, or finish other images than the job's; with the photo's id
    where one photo is the reason."""
    if problem := _other_picture(origin.job, settings):
        yield problem, None
        return
    for photo in ready:
        if problem := _photo_problem(origin, settings, photo, request):
            yield problem, photo.image_id


def _answers_at(job: Job, row: PhotoRow) -> str:
    assert row.source_key is not None
    return keys.answers_at(job.prefixes.output, keys.relative_name(job.prefixes.input, row.source_key))


def _other_picture(job: Job, settings: JobSettings) -> BackdropError | None:
    """What makes the painted background another one than the job's."""
    if not settings.options.paints:
        return None
    before = job.settings
    if not before.options.paints:
        return invalid(
            phrase("The job {id} has no painted background.", id=job.id),
            phrase("Export it on to a colour, nothing or a backdrop, or start a new job."),
        )
    told = {
        "prompt": (True, _words(settings) <= _words(before)),
        "negative prompt": (before.negative_prompt, settings.negative_prompt),
        "mode": (before.mode, settings.mode),
        "model": (before.model_id, settings.model_id),
        "style": (before.options.style, settings.options.style),
        "cfgScale": (before.options.cfg_scale, settings.options.cfg_scale),
        "quality level": (before.options.quality, settings.options.quality),
    }
    other = [name for name, (theirs, ours) in told.items() if theirs != ours]
    if not other:
        return None
    return invalid(
        phrase(
            "With another {names} a model would have to paint another picture than that of {id}.",
            names=", ".join(other),
            id=job.id,
        ),
        phrase("Leave it as it was, or start a new job."),
    )


def _words(settings: JobSettings) -> set[str]:
    """What the job's scenes are painted from."""
    options = settings.options
    own = {settings.prompt} if options.generates else set()
    further = [
        scene for number, scene in enumerate(options.scenes, 1) if not options.places or number in options.places
    ]
    return own | {scene.prompt for scene in further if scene.generates}


def _own_words(settings: JobSettings, job: Job, before: PhotoRow) -> str | None:
    """The words of its own that a photo must have for the picture that it had. They are for the job's own scene."""
    return before.prompt if settings.prompt == job.settings.prompt else None


def _photo_problem(origin: Origin, settings: JobSettings, photo: PhotoRow, request: JobRequest) -> BackdropError | None:
    before = origin.photos.get(photo.answers_at or "")
    if before is None:
        return invalid(
            phrase("{name!r} is no photo of the job {id}.", name=photo.name, id=origin.job.id),
            phrase("Copy photos of this job into the draft only."),
        )
    try:
        labels = kept_labels(photo, request.labels.get(photo.image_id))
    except BackdropError:
        return None  # A problem of the photo's own, which is told.
    kept = before.outcome.labels_kept
    if photo.mask_sha256 is None and photo.own_labels != before.own_labels:
        return invalid(
            phrase(
                "The labels of {name!r} were corrected since: something else of it is to be kept now.", name=photo.name
            ),
            phrase("Leave them as they were, or start a new job."),
        )
    if photo.mask_sha256 is None and kept is not None and ",".join(names_of(labels)) != kept:
        return invalid(
            phrase(
                "Of {name!r} {kept} was kept, and other labels are named now.",
                name=photo.name,
                kept=kept or phrase("the whole product"),
            ),
            phrase("Name the labels that were kept, or start a new job."),
        )
    # What is said of the photo in this job, and was said in that one.
    settings = replace(settings, options=settings.options.of_photo(request.in_scenes.get(photo.image_id, ())))
    theirs = replace(origin.job.settings, options=origin.job.settings.options.of_photo(before.scenes))
    if not _words(settings) <= _words(theirs):
        return invalid(
            phrase("{name!r} was not painted in all of these scenes.", name=photo.name),
            phrase("Leave those out, or start a new job."),
        )
    own = request.prompts.get(photo.image_id)
    if settings.options.generates and own != _own_words(settings, origin.job, before):
        return invalid(
            phrase(
                "{name!r} had other words for its background: a model would have to paint another picture.",
                name=photo.name,
            ),
            phrase("Leave them as they were, or start a new job."),
        )
    return _call_needed(replace(origin.job, settings=theirs), settings, photo, before)


def _call_needed(job: Job, settings: JobSettings, photo: PhotoRow, before: PhotoRow) -> BackdropError | None:
    """What a model would be asked that the job did not ask."""
    assert photo.facts is not None
    size, options = (photo.facts.width, photo.facts.height), settings.options
    if options.paints and photo.mask_sha256 != before.mask_sha256:
        return invalid(
            phrase("The mask of {name!r} was changed: a model would have to paint around it anew.", name=photo.name),
            phrase("Start a new job, or export on to a colour, nothing or a backdrop."),
        )
    own_mask = photo.mask_sha256 is not None or _was_masked(job, before, size)
    wanted = paintings(options)
    steps = [step for one in wanted for step in _plan(settings, one, size, own_mask=own_mask)]
    if any(step.output is PassOutput.CUT_OUT and not step.built_in for step in steps):
        return invalid(
            phrase(
                "The job {id} made no cut-out of {name!r}, and this background needs one.", id=job.id, name=photo.name
            ),
            phrase("Choose Backdrop's own cut-out (maskSource BUILT_IN), which calls no model."),
        )
    framed = any(step.input is not PassInput.PHOTO for step in steps)
    painted = {_painted_on(one, size) for one in paintings(job.settings.options)}
    if framed and not {_painted_on(one, size) for one in wanted} <= painted:
        return invalid(
            phrase("{name!r}: a model would have to paint for this shape.", name=photo.name),
            phrase("Fill it with a border (fill PAD), keep the shape that the job had, or start a new job."),
        )
    return None


def _was_masked(job: Job, before: PhotoRow, size: Size) -> bool:
    own = before.mask_sha256 is not None
    plans = (_plan(job.settings, scene, size, own_mask=False) for scene in job.settings.options.by_scene())
    return own or any(step.output is PassOutput.CUT_OUT for steps in plans for step in steps)


def _plan(settings: JobSettings, options: Options, size: Size, *, own_mask: bool) -> Plan:
    return plan(registry.get(settings.model_id), settings.mode, options, photo_size=size, own_mask=own_mask)


def _painted_on(options: Options, size: Size) -> Canvas:
    return canvas_for(size, options.output) if outpaints(options) else Canvas(size)
