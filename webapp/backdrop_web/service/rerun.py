"""Running photos of a job again: copies of them in a new draft, with the settings that they had. No Streamlit here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from backdrop.api.schemas.jobs import Image, Job
from backdrop.api.schemas.photos import Photo
from backdrop.core.by_hand import ByHand
from backdrop.core.options import Options
from backdrop.core.request import JobRequest
from backdrop.core.vocabulary import ImageStatus
from backdrop_client.api import PHOTOS_PER_CALL
from backdrop_client.export import export_request
from backdrop_client.file_names import JobNames
from backdrop_client.places import own_places
from backdrop_client.rerun import Group, missing_seeds, names_of_copies, options_again
from backdrop_web.service.api import MOST_PER_CALL, Api


@dataclass(frozen=True)
class Copies:
    """A draft with photos of an earlier job.

    `kept`: photo id in the draft -> labels to keep, as they were; `seeds`: -> those of the images that were copied;
    `prompts`: -> the words of its own; `scenes`: -> numbers of the scenes that it has, where it may not have all;
    `places`: -> the place of its product, where somebody chose it by hand; `group`:
    which scenes of the job are made of them.
    """

    draft_id: str
    photos: list[Photo]
    kept: dict[str, list[str]] = field(default_factory=dict)
    seeds: dict[str, list[int]] = field(default_factory=dict)
    prompts: dict[str, str] = field(default_factory=dict)
    places: dict[str, ByHand] = field(default_factory=dict)
    group: Group = field(default_factory=Group)
    scenes: dict[str, list[int]] = field(default_factory=dict)


def copy_photos(
    api: Api,
    job: Job,
    images: Sequence[Image],
    on_progress: Callable[[int, int], object] = lambda *_: None,
    *,
    group: Group | None = None,
) -> Copies:
    """Copy the photos of these images, each once, into a new draft.

    `on_progress` gets (copied, all); `group`: which images are made again together; None: all of the scenes that any of
    these images has. Raises `BackdropClientError`; a draft left behind expires by itself.
    """
    group = group or Group.of(job, images)
    sources = list({image.photo_id: image for image in images}.values())
    draft_id = api.create_draft(listed=False).draft_id
    photos: list[Photo] = []
    kept: dict[str, list[str]] = {}
    own, seeds, prompts = missing_seeds(images, group=group), {}, {}
    by_hand, places = own_places(images), {}
    file_names = names_of_copies(JobNames(api.names(job.job_id)), images, group)
    on_progress(0, len(sources))
    for start in range(0, len(sources), PHOTOS_PER_CALL):
        some = sources[start : start + PHOTOS_PER_CALL]
        ids = [image.photo_id for image in some]
        taken_along = {photo_id: file_names[photo_id] for photo_id in ids if photo_id in file_names}
        copied = api.copy_photos(draft_id, job.job_id, ids, file_names=taken_along)
        for image, photo in zip(some, copied, strict=True):
            # A photo not named keeps everything found in it, as the job did when it named nothing.
            if image.labels_chosen:
                kept[photo.photo_id] = image.labels_chosen
            if image.photo_id in own:
                seeds[photo.photo_id] = own[image.photo_id]
            if image.prompt is not None and group.has_own_scene:
                prompts[photo.photo_id] = image.prompt
            if image.photo_id in by_hand:
                places[photo.photo_id] = by_hand[image.photo_id]
        photos += copied
        on_progress(len(photos), len(sources))
    copies = {image.photo_id: photo.photo_id for image, photo in zip(sources, photos, strict=True)}
    return Copies(draft_id, photos, kept, seeds, prompts, places, group, group.in_scenes(copies))


def list_images(api: Api, job_id: str, status: ImageStatus | None = None) -> list[Image]:
    """Return every image of a job, or those of one status."""
    images: list[Image] = []
    cursor: str | None = None
    while True:
        page = api.images_page(job_id, status=status, limit=MOST_PER_CALL, cursor=cursor)
        images += page.images
        cursor = page.cursor
        if cursor is None:
            return images


def request_missing(job: Job, copies: Copies) -> JobRequest:
    """Ask for the very images that were copied: each with its own seed, so that none is made that is there."""
    most = max(map(len, copies.seeds.values()), default=1)
    same = request_same(job, copies)
    return replace(same, options=replace(same.options, variations=most), seeds=copies.seeds)


def request_one(job: Job, copies: Copies, prompt: str, seed: int | None, kept: Sequence[str]) -> JobRequest:
    """Ask for one picture of the copied photo with other words, another seed (None: any) or other labels."""
    labels = {copies.photos[0].photo_id: kept} if kept else {}
    same = replace(request_same(job, copies), prompt=prompt, prompts={})
    # Another picture than an export's: a model may be asked for it.
    options = replace(same.options, variations=1, export_of=None)
    return replace(same, seed=seed, options=options, labels=labels)


def request_export(job: Job, copies: Copies, options: Options, *, places: bool = True) -> JobRequest:
    """Ask for the very images that were copied, finished with other options and without any model call. `places`:
    products stay where somebody put them by hand."""
    painted = {id_ for id_ in copies.places if options.of_photo(copies.scenes.get(id_, ())).generates}
    kept = {id_: place for id_, place in copies.places.items() if id_ not in painted} if places else {}
    return export_request(job, options, copies.kept, copies.seeds, copies.prompts, kept, copies.group, copies.scenes)


def request_placed(job: Job, copies: Copies, place: ByHand) -> JobRequest:
    """Ask for the copied photo's images once more, with its product at this place and without any model call."""
    same = request_same(job, copies)
    options = replace(same.options, variations=1, export_of=job.job_id, reuse_answers=True)
    by_hand = {} if place == ByHand() else {copies.photos[0].photo_id: place}
    return replace(same, options=options, seeds=copies.seeds, by_hand=by_hand)


def request_same(job: Job, copies: Copies) -> JobRequest:
    """Ask for the copies with all settings of `job`."""
    options, words = copies.group.narrow(options_again(job), job.prompt)
    return JobRequest(
        prompt=words,
        negative_prompt=job.negative_prompt,
        mode=job.mode,
        model_id=job.model_id,
        seed=job.seed,
        options=options,
        labels=copies.kept,
        prompts=copies.prompts,
        by_hand=copies.places,
        in_scenes=copies.scenes,
        # Who saw the job sees what is made of it.
        team=job.team,
        private=job.team is None,
        name=job.name or "",
        tags=tuple(job.tags),
    )
