"""New tries of images of a job, in the same set: a job of its own, of copies of the photos, which says for which images
of the first job its images stand. What is known of a photo is taken along, its cut-out too: no finished one is paid
again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from backdrop.api.schemas.jobs import Estimate, Image, Job
from backdrop.api.schemas.photos import Photo
from backdrop.core.by_hand import ByHand
from backdrop.core.options import GENERATED, Options
from backdrop.core.request import JobRequest
from backdrop.core.scenes import Spread
from backdrop.core.vocabulary import Verdict
from backdrop.core.words.marks import phrase
from backdrop_client.api import PHOTOS_PER_CALL, BackdropApi
from backdrop_client.chosen import find_chosen
from backdrop_client.errors import WrongUse
from backdrop_client.file_names import JobNames, image_id_of
from backdrop_client.rerun import Group, seed_of_try
from backdrop_client.tries.sets import SetImage, SetPages, list_later, show_tries


class Copying(Protocol):
    """What copies photos: a `BackdropApi`."""

    def copy_photos(self, draft_id: str, job_id: str, image_ids: Sequence[str]) -> list[Photo]: ...


@dataclass(frozen=True)
class Changes:
    """What new tries have otherwise. Without words and without a scene each image keeps its own words.

    Attributes:
        prompt: words for all of them.
        seed: of the first picture of each photo; None: seeds that none of its tries had.
        scene: number of the job's scene that all of them get instead of their own; 1 is the job's own.
    """

    prompt: str | None = None
    seed: int | None = None
    scene: int | None = None


@dataclass(frozen=True)
class Part:
    """One photo on one background that is tried again: a photo of the job `job_id`, in one of its tries.

    Attributes:
        seeds: of the pictures that are made of it.
        instead_of: ids of the first job's images for which they stand: of each seed in every output.
    """

    job_id: str
    photo_id: str
    words: str
    labels: Sequence[str]
    by_hand: ByHand | None
    seeds: Sequence[int]
    instead_of: Sequence[str]


def read_set(api: SetPages, job: Job) -> list[SetImage]:
    """All images of a job's set, with what is known of each."""
    if not job.redos:
        return list(show_tries(api, job, {}))
    tries = api.tries(job.job_id)
    count = {one.image_id: len(one.tries) for one in tries.images}
    return [
        replace(one, tries=count.get(one.image.image_id, 1)) for one in show_tries(api, job, list_later(job, tries))
    ]


def find_rejected(images: Iterable[SetImage]) -> list[SetImage]:
    """The images of a set whose shown try is rejected."""
    return [one for one in images if one.shown.verdict is Verdict.REJECTED]


def plan_redo(job: Job, wanted: Iterable[SetImage], changes: Changes) -> list[Part]:
    """Return what is made for new tries of these images. Images of one picture in several outputs are made together.

    Raises:
        WrongUse: `NOTHING_TO_REDO`: none is named; `NOTHING_NEW`: without other words or another scene an image on a
            background that is not painted would come out as it is; `SCENE_UNKNOWN`.
    """
    wanted = list(wanted)
    if not wanted:
        raise WrongUse(
            "NOTHING_TO_REDO",
            phrase("No image of {job_id} is rejected.", job_id=job.job_id),
            phrase("Reject images on the job's page first."),
        )
    if changes.scene is not None and not 1 <= changes.scene <= 1 + len(job.options.scenes):
        raise WrongUse(
            "SCENE_UNKNOWN",
            phrase("The job has no scene {scene}.", scene=changes.scene),
            phrase("It has {names}.", names=1 + len(job.options.scenes)),
        )
    whole = Group.whole(job, [one.image for one in wanted])
    pictures: dict[tuple[str, int], dict[int, SetImage]] = {}
    for one in wanted:
        key = one.image.photo_id, whole.scene_of(one.image)
        pictures.setdefault(key, {}).setdefault(whole.seed_of(one.image), one)
    backgrounds = job.options.chosen().by_scene()
    parts: list[Part] = []
    for (photo_id, scene), by_seed in pictures.items():
        first = next(iter(by_seed.values()))
        if changes.prompt is None and changes.scene is None and not backgrounds[scene].generates:
            raise WrongUse(
                "NOTHING_NEW",
                phrase(
                    "{name} is on a background that is not painted: a new try would look the same.",
                    name=first.image.name,
                ),
                phrase("Fix its cut-out in the review, or choose other words or another scene."),
            )
        alone = replace(whole, kept=(scene,))
        seeds: list[int] = []
        for one in by_seed.values():
            seed = seed_of_try(one.image.seed, one.tries) if changes.seed is None else changes.seed
            while seed in seeds:
                seed += 1
            seeds.append(seed)
        ids = [image_id_of(photo_id, number) for one in by_seed.values() for number in alone.numbers(one.image)]
        place = first.shown.by_hand.place() if first.shown.by_hand else None
        parts.append(
            Part(
                job_id=first.job_id,
                photo_id=first.shown.photo_id,
                words=_words(job, first, changes),
                labels=first.shown.labels_chosen,
                by_hand=place,
                seeds=seeds,
                instead_of=ids,
            )
        )
    return parts


def copy_parts(api: Copying, draft_id: str, parts: Sequence[Part]) -> list[str]:
    """Copy the parts' photos into a draft; return the id of each part's copy, in their order."""
    copies = [""] * len(parts)
    left = list(range(len(parts)))
    while left:
        # One call copies photos of one job, and each of them once.
        job_id, taken = parts[left[0]].job_id, dict[str, int]()
        for place in left:
            part = parts[place]
            if part.job_id == job_id and part.photo_id not in taken and len(taken) < PHOTOS_PER_CALL:
                taken[part.photo_id] = place
        made = api.copy_photos(draft_id, job_id, list(taken))
        for place, photo in zip(taken.values(), made, strict=True):
            copies[place] = photo.photo_id
        left = [place for place in left if place not in taken.values()]
    return copies


def redo_request(job: Job, parts: Sequence[Part], copies: Sequence[str], changes: Changes) -> JobRequest:
    """Ask for new tries of the parts, by the ids of their copies, for the set of `job`."""
    options = redo_options(job, changes.scene if changes.prompt is None else None)
    of = dict(zip(copies, parts, strict=True))
    places = {id_: part.by_hand for id_, part in of.items() if part.by_hand}
    return JobRequest(
        prompt=parts[0].words if options.generates else "",
        negative_prompt=job.negative_prompt if options.paints else "",
        mode=job.mode,
        model_id=job.model_id,
        seed=parts[0].seeds[0],
        options=replace(options, variations=max(len(part.seeds) for part in parts)),
        labels={id_: part.labels for id_, part in of.items() if part.labels},
        seeds={id_: part.seeds for id_, part in of.items()},
        prompts={id_: part.words for id_, part in of.items()} if options.generates else {},
        by_hand={} if options.generates else places,
        # Who saw the job sees its new tries.
        team=job.team,
        private=job.team is None,
        name=job.name or "",
        tags=tuple(job.tags),
        redo_of=job.job_id,
        instead_of={id_: part.instead_of for id_, part in of.items()},
    )


def redo_options(job: Job, scene: int | None) -> Options:
    """The options of a redo: the job's in one scene, a painted one where none is named. Answers that are kept, cut-outs
    above all, are used again."""
    options = job.options.chosen()
    own = options.by_scene()[scene - 1] if scene else replace(options, background=GENERATED, backdrop=None)
    made = replace(
        options,
        background=own.background,
        backdrop=own.backdrop,
        scenes=(),
        spread=Spread.ALL,
        vary_seed=False,
        export_of=None,
        reuse_answers=True,
    )
    return made if made.paints else replace(made, cfg_scale=None, quality=None, style=None)


def of_one_picture(job: Job, image: Image) -> list[str]:
    """Ids of the images of a job that are made together with one of them: of its picture in every output."""
    group = Group.of(job, [image])
    return [image_id_of(image.photo_id, number) for number in group.numbers(image)]


def redo(
    api: BackdropApi,
    job_id: str,
    changes: Changes,
    *,
    only: Sequence[str] = (),
    max_usd: float | None = None,
    on_submit: Callable[[int, int, Estimate], object] | None = None,
) -> Job:
    """Make new tries of the rejected images of a job's set; or of those that `only` names, rejected or not.

    Args:
        only: files' names as `list.csv` has them, or ids.
        max_usd: US dollars that it may cost at most.
        on_submit: told the numbers of photos and images and the price, just before.

    Raises:
        WrongUse: the job has not ended (`JOB_RUNNING`); of `plan_redo` and `find_chosen`.
    """
    job = api.job(job_id)
    if not job.status.final:
        raise WrongUse(
            "JOB_RUNNING", phrase("The job {job_id} is still running.", job_id=job_id), phrase("Wait for it.")
        )
    images = read_set(api, job)
    ids = find_chosen([one.image for one in images], JobNames(api.names(job_id)), only=only)
    wanted = find_rejected(images) if ids is None else [one for one in images if one.image.image_id in ids]
    parts = plan_redo(job, wanted, changes)
    draft_id = api.create_draft().draft_id
    request = replace(redo_request(job, parts, copy_parts(api, draft_id, parts), changes), max_usd=max_usd)
    estimate = api.estimate(draft_id, request)
    if on_submit:
        on_submit(len(parts), estimate.images, estimate)
    return api.submit(draft_id, request)


def _words(job: Job, one: SetImage, changes: Changes) -> str:
    if changes.prompt is not None:
        return changes.prompt
    if changes.scene is not None:
        return scene_words(job, changes.scene)
    if one.job_id != job.job_id and one.shown.prompt is not None:
        return one.shown.prompt
    return find_words(job, one.image)


def scene_words(job: Job, scene: int) -> str:
    """What a scene of a job is painted from; 1 is the job's own."""
    return job.prompt if scene == 1 else job.options.scenes[scene - 2].prompt


def find_words(job: Job, image: Image) -> str:
    """What an image's background was painted from: its scene's words, else its photo's own, else the job's."""
    if image.scene and image.scene > 1:
        return scene_words(job, image.scene)
    return job.prompt if image.prompt is None else image.prompt
