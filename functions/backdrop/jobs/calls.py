"""The model calls of a job, counted before they are made: what an estimate and a job's expected price are told from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from backdrop.core.errors import BackdropError
from backdrop.core.request import JobRequest
from backdrop.imaging.framing import outpaints, paintings
from backdrop.jobs import trials
from backdrop.jobs.costs import prices
from backdrop.jobs.equal_photos import Numbered
from backdrop.jobs.model import JobSettings, PhotoRow, names_of
from backdrop.jobs.photo_checks import check_photo, is_located
from backdrop.jobs.settings import seeds_of
from backdrop.models import catalogue, registry
from backdrop.models.plan import plan


def count_calls(groups: Sequence[Sequence[Numbered]], request: JobRequest, settings: JobSettings) -> Counter[str]:
    """Model calls of a job of these photos, by Bedrock model id: each needed pass once. Of equal photos
    (`equal_photos.group_equal`) the first one's are made. An export has none."""
    calls: Counter[str] = Counter()
    kinds = Counter(_kind(equal[0].photo, request, settings) for equal in groups)
    for (size, own_mask, pictures, scenes), number in kinds.items():
        options = replace(settings.options.of_photo(scenes), variations=pictures)
        steps = catalogue.calls_a_photo(settings.model_id, settings.mode, options, size, own_mask=own_mask)
        for step, often in steps:
            calls[step.service_id] += often * number
    return calls


def count_label_calls(groups: Sequence[Sequence[Numbered]], request: JobRequest, settings: JobSettings) -> int:
    """How often Rekognition will be asked where labels are: once for each photo whose labels were typed,
    and for which nobody drew where they are."""
    steps = plan(registry.get(settings.model_id), settings.mode, settings.options)
    if not settings.options.calls_models or any(step.names_subject for step in steps):
        return 0
    photos = (equal[0].photo for equal in groups)
    return sum(
        not is_located(photo)
        and photo.mask_sha256 is None
        and bool(request.labels.get(photo.image_id, names_of(photo.all_labels)))
        for photo in photos
    )


def expected_cost(
    calls: Counter[str], groups: Sequence[Sequence[Numbered]], request: JobRequest, settings: JobSettings
) -> prices.Cost:
    """The price of a job of these photos: of these calls, each made once, and of looking for typed labels."""
    return prices.cost(calls, {}, settings.options.quality, count_label_calls(groups, request, settings))


def count_reused(
    trial: trials.Trial, groups: Sequence[Sequence[Numbered]], request: JobRequest, settings: JobSettings
) -> Counter[str]:
    """Calls of the job that the trial paid for already, by Bedrock model id."""
    found: Counter[str] = Counter()
    for number, photo in (equal[0] for equal in groups):
        if trial.shows(photo):
            try:
                labels = check_photo(photo, request.labels.get(photo.image_id), request.options_of(photo.image_id))
            except BackdropError:
                continue  # A problem of the photo's own, which is told.
            seeds = seeds_of(request, photo.image_id, number, settings)
            names, own = names_of(labels), request.prompts.get(photo.image_id)
            options = settings.options.of_photo(request.in_scenes.get(photo.image_id, ()))
            first = replace(settings, options=options.by_scene()[0])
            if scene := options.scene_of(1):
                first, own = replace(first, prompt=scene.prompt), None
            found.update(trials.answered(trial, photo, first, seeds, names, own))
    return found


def _kind(
    photo: PhotoRow, request: JobRequest, settings: JobSettings
) -> tuple[tuple[int, int] | None, bool, int, tuple[int, ...]]:
    """What a photo's calls depend on; only a new aspect asks for its size."""
    assert photo.facts is not None
    scenes = tuple(request.in_scenes.get(photo.image_id, ()))
    framed = any(map(outpaints, paintings(settings.options.of_photo(scenes))))
    size = (photo.facts.width, photo.facts.height) if framed else None
    return size, photo.mask_sha256 is not None, request.count_seeds_of(photo.image_id), scenes
