"""Images of an ended job finished once more, in another size or file or on another background: no model is called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import gcd

from backdrop.api.schemas.jobs import Image, Job
from backdrop.api.schemas.tries import Try
from backdrop.core.backdrops import Backdrop, Placement, Shadow
from backdrop.core.by_hand import ByHand
from backdrop.core.light import change_light
from backdrop.core.options import BACKDROP, SAME_FORMAT, Fill, MaskSource, Options, OutputOptions
from backdrop.core.request import JobRequest
from backdrop.core.scenes import Spread
from backdrop.core.vocabulary import ImageStatus, Verdict
from backdrop.core.words.marks import phrase
from backdrop_client.api import BackdropApi
from backdrop_client.chosen import find_chosen
from backdrop_client.errors import WrongUse
from backdrop_client.file_names import JobNames
from backdrop_client.places import own_places, places_of
from backdrop_client.rerun import Group, copy_into, missing_seeds, names_of_copies, own_prompts, photos_of
from backdrop_client.tries.sets import find_shown


@dataclass(frozen=True)
class Changes:
    """What an export makes otherwise than its job; None leaves it as the job had it. Fields: `core/options.py`.

    Attributes:
        light: what is otherwise of the light on the backdrop, by the fields of `Light`.
        own_size: the photo's own size and shape again, whatever the job asked for.
        placement: where products stand on the backdrop; `in_photo`: each keeps its place in its photo. With either one
            they stand so, wherever somebody had put them by hand.
    """

    background: str | None = None
    backdrop_id: str | None = None
    shadow: Shadow | None = None
    placement: Placement | None = None
    in_photo: bool = False
    light: Mapping[str, float | None] | None = None
    mask_source: MaskSource | None = None
    own_size: bool = False
    preset: str | None = None
    aspect: str | None = None
    fill: Fill | None = None
    pad_color: str | None = None
    width: int | None = None
    height: int | None = None
    format: str | None = None
    quality: int | None = None

    @property
    def places_anew(self) -> bool:
        """Whether all products are placed by another rule."""
        return self.in_photo or self.placement is not None


@dataclass(frozen=True)
class Choice:
    """The images that an export has, in the job's order, and what it leaves out of those that were asked for.

    Attributes:
        images: finished ones.
        of: how many finished ones the job has.
        unfinished: how many were not finished, so there is nothing to export.
        alike: how many would be equal to another one, because they differed by their painted background only.
        elsewhere: id of a redo of the job -> how many images of the job's set show one of its tries: the export of that
            job has them.
    """

    images: Sequence[Image]
    of: int = 0
    unfinished: int = 0
    alike: int = 0
    elsewhere: Mapping[str, int] = field(default_factory=dict)


def export(
    api: BackdropApi,
    job_id: str,
    changes: Changes,
    *,
    approved: bool = False,
    only: Iterable[str] = (),
    skus: Iterable[str] = (),
    bring: Callable[[], str] | None = None,
    places: Mapping[str, ByHand] | None = None,
    on_submit: Callable[[Choice], object] | None = None,
) -> Job:
    """Submit the finished images of an ended job, or some of them, as a new job that calls no model.

    `approved`: the approved ones alone; `only`, `skus`: those alone that are named so, as of `find_chosen`. `bring`
    answers the id of the backdrop behind them; it is asked once it is known that the images are there.
    Images whose set shows a try of a redo are left out: their first tries are not what the set shows, and an export has
    photos of one job. Nothing is uploaded, and files are called as in the earlier job. `on_submit` is told which
    images, just before.
    `places`: photo's name -> the place of its product; others keep what they were given by hand.

    Raises:
        WrongUse: the job has not ended (`JOB_RUNNING`), or has no such image (`IMAGE_UNKNOWN`,
            `NOTHING_TO_EXPORT`, `PLACE_INVALID`).
        ApiError: the service refuses it: these settings would need a model.
    """
    job = api.job(job_id)
    if not job.status.final:
        raise WrongUse(
            "JOB_RUNNING",
            phrase("The job {job_id} is still running.", job_id=job_id),
            phrase("Wait for it: `backdrop fetch`."),
        )
    images, file_names = list(api.images(job_id)), JobNames(api.names(job_id))
    ids = find_chosen(images, file_names, only=only, skus=skus)
    later = find_shown(api, job)
    choice = choose_images(job.options.chosen(), images, approved=approved, ids=ids, later=later)
    if not choice.images:
        raise _nothing_to_export(job_id, choice, approved=approved, named=ids is not None)
    if bring:
        changes = replace(changes, backdrop_id=bring())
    options = changed_options(job, changes)
    choice = choose_images(options, images, approved=approved, ids=ids, later=later)
    by_hand = places_kept(options, changes, choice.images) | places_of(choice.images, places or {})
    draft_id, kept = api.create_draft(listed=False).draft_id, photos_of(choice.images)
    group = group_of(job, options, choice.images)
    names = names_of_copies(file_names, choice.images, group)
    copies = copy_into(api, draft_id, job_id, list(kept), names)
    labels = {copies[photo_id]: labels for photo_id, labels in kept.items() if labels}
    seeds = {copies[photo_id]: own for photo_id, own in missing_seeds(choice.images, group=group).items()}
    if on_submit:
        on_submit(choice)
    prompts = {copies[photo_id]: own for photo_id, own in own_prompts(choice.images).items()}
    in_scenes = group.in_scenes(copies) if group else {}
    placed = {copies[photo_id]: place for photo_id, place in by_hand.items()}
    return api.submit(draft_id, export_request(job, options, labels, seeds, prompts, placed, group, in_scenes))


def _nothing_to_export(job_id: str, choice: Choice, *, approved: bool, named: bool) -> WrongUse:
    if choice.elsewhere:
        commands = ", ".join(f"`{command_of_redo(id_, approved=approved)}`" for id_ in choice.elsewhere)
        return WrongUse(
            "NOTHING_TO_EXPORT",
            phrase("What the set of {job_id} shows of these images was made by redos of it.", job_id=job_id),
            phrase("Export them from there: {commands}.", commands=commands),
        )
    which = (
        phrase("None of the images of {job_id} that were named", job_id=job_id)
        if named
        else phrase("No image of {job_id}", job_id=job_id)
    )
    return WrongUse(
        "NOTHING_TO_EXPORT",
        f"{which} is {'approved' if approved else 'finished'}.",
        phrase("Approve images on the job's page first, or leave --approved out.")
        if approved
        else phrase("`backdrop retry` first."),
    )


def command_of_redo(job_id: str, *, approved: bool) -> str:
    """Return the command that exports what an export of a redo's first job leaves out."""
    return f"backdrop export {job_id}{' --approved' if approved else ''}"


def places_kept(options: Options, changes: Changes, images: Iterable[Image]) -> dict[str, ByHand]:
    """Photo id -> the place by hand that its product keeps in an export with these options."""
    if changes.places_anew:
        return {}
    return own_places(image for image in images if not options.of_photo(image.scenes or ()).generates)


def export_request(
    job: Job,
    options: Options,
    labels: Mapping[str, Sequence[str]],
    seeds: Mapping[str, Sequence[int]],
    prompts: Mapping[str, str],
    places: Mapping[str, ByHand],
    group: Group | None = None,
    in_scenes: Mapping[str, Sequence[int]] | None = None,
) -> JobRequest:
    """What is asked for: the very images whose seeds are given, by the copies' photo ids, with these options. `prompts`
    and `places` (by hand) are those that photos have of their own; `group`: from `group_of`, `in_scenes` from that."""
    options, words = group.narrow(options, job.prompt) if group else (options, job.prompt)
    return JobRequest(
        prompt=words if options.generates else "",
        negative_prompt=job.negative_prompt if options.paints else "",
        mode=job.mode,
        model_id=job.model_id,
        seed=job.seed,
        options=replace(options, variations=max(map(len, seeds.values()), default=1)),
        labels=labels,
        seeds=seeds,
        prompts=prompts if options.generates and (group is None or group.has_own_scene) else {},
        by_hand=places,
        in_scenes=in_scenes or {},
        # Who saw the job sees what is made of it.
        team=job.team,
        private=job.team is None,
        name=job.name or "",
        tags=tuple(job.tags),
    )


def group_of(job: Job, options: Options, images: Iterable[Image]) -> Group | None:
    """Which images an export with these options finishes together: of each photo those of the scenes that any of its
    chosen images has; None: each alone."""
    images = list(images)
    return replace(Group.of(job, images), one_output=True).exactly(images) if options.scenes else None


def changed_options(job: Job, changes: Changes) -> Options:
    """The options of an export: the job's, but for what is to be otherwise."""
    options = job.options.chosen()
    background, backdrop = options.background, options.backdrop
    one_background = bool(changes.backdrop_id or changes.background)
    if changes.backdrop_id:
        background, backdrop = BACKDROP, Backdrop(id=changes.backdrop_id)
    elif changes.background:
        background, backdrop = changes.background, None
    if backdrop and changes.shadow:
        backdrop = replace(backdrop, shadow=changes.shadow)
    if backdrop and changes.places_anew:
        backdrop = replace(backdrop, placement=changes.placement)
    elif changes.places_anew:
        raise WrongUse(
            "OPTIONS_INVALID",
            phrase("Products stand on a backdrop, and these images get none."),
            phrase("Name a backdrop, or leave out where products stand."),
        )
    if backdrop is None and changes.light is not None:
        raise WrongUse(
            "OPTIONS_INVALID",
            phrase("There is no backdrop behind these images, and the light is about one."),
            phrase("Name a backdrop."),
        )
    if backdrop and changes.light is not None:
        backdrop = replace(backdrop, light=change_light(backdrop.light, changes.light))
    made = replace(
        options,
        background=background,
        backdrop=backdrop,
        mask_source=changes.mask_source or options.mask_source,
        reuse_answers=True,
        export_of=job.job_id,
        output=_changed_output(options.output, changes),
        outputs=(),
        scenes=() if one_background else options.scenes,
        spread=Spread.ALL if one_background else options.spread,
    )
    # They are about a painted background.
    return made if made.paints else replace(made, cfg_scale=None, quality=None, style=None, vary_seed=False)


def choose_images(
    options: Options,
    images: Iterable[Image],
    *,
    approved: bool = False,
    ids: frozenset[str] | None = None,
    later: Mapping[str, Try] | None = None,
) -> Choice:
    """The images that an export with these options has: all that are finished, or of them those that are approved, or
    those of these ids. `later`: image id -> the try of a redo that the set shows in its place."""
    images, later = list(images), later or {}
    named = [image for image in images if ids is None or image.image_id in ids]
    asked = [image for image in named if image.image_id not in later]
    tries = [later[image.image_id] for image in named if image.image_id in later]
    elsewhere = Counter(one.job_id for one in tries if not approved or one.verdict is Verdict.APPROVED)
    finished = [image for image in asked if image.status is ImageStatus.SUCCEEDED]
    chosen = [image for image in finished if not approved or image.verdict is Verdict.APPROVED]
    # Of the files of one picture one is enough, and where none is painted one of the photo.
    of_picture = {
        (image.photo_id, image.seed if options.paints else 0, image.scene if options.scenes else None): image
        for image in reversed(chosen)
    }
    first = list(of_picture.values())[::-1]
    of = sum(image.status is ImageStatus.SUCCEEDED for image in images)
    return Choice(first, of, len(asked) - len(finished), len(chosen) - len(first), dict(sorted(elsewhere.items())))


def _changed_output(before: OutputOptions, changes: Changes) -> OutputOptions:
    output = before
    if changes.own_size or changes.preset:
        output = OutputOptions(fill=before.fill, pad_color=before.pad_color, preset=changes.preset)
    if changes.aspect or changes.width or changes.height:
        aspect = changes.aspect or _shape_kept(before, changes)
        output = replace(output, preset=None, aspect=aspect, width=changes.width, height=changes.height)
    if changes.fill or changes.pad_color:
        output = replace(output, fill=changes.fill or Fill.PAD, pad_color=changes.pad_color or before.pad_color)
    # A preset has a file format of its own, and a format a quality.
    format_ = changes.format or (SAME_FORMAT if changes.preset else before.format)
    same = format_ == before.format and not changes.preset
    return replace(output, format=format_, quality=changes.quality or (before.quality if same else None))


def _shape_kept(before: OutputOptions, changes: Changes) -> str | None:
    """The job's own shape, where one side alone is another."""
    if changes.own_size or (changes.width and changes.height) or before.shape is None:
        return None
    across, down = before.shape
    return f"{across // gcd(across, down)}:{down // gcd(across, down)}"
