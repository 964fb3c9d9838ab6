"""What stands between a draft and a job, besides what the service says: labels and slots that are open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from backdrop.api.schemas.jobs import Estimate
from backdrop.api.schemas.models import Model, Models
from backdrop.api.schemas.photos import Photo
from backdrop.core.request import JobRequest
from backdrop.core.words.marks import mark_phrase
from backdrop_web.text.formats import format_wait, shorten_text
from backdrop_web.text.language import translate, translate_count
from backdrop_web.text.slots import find_slots

MODES = {
    "PRECISE": (
        mark_phrase("Keep the product exactly"),
        mark_phrase("The product's own pixels are put back, untouched: text and logos stay sharp. Best for shops."),
    ),
    "DEFAULT": (
        mark_phrase("Blend the product in"),
        mark_phrase(
            "The model may repaint the product's edges and light, so that it fits the scene better. Small text may"
            " change."
        ),
    ),
}
"""Mode -> name and explanation for people, to be translated."""

_WORTH_SAYING = 30.0
"""Seconds of queue below which nothing is said of it."""


def fill_in_words(request: JobRequest) -> JobRequest:
    """Return the request with some prompt: words change no price, which is asked for before there are any."""
    return request if request.prompt.strip() else replace(request, prompt="Background")


def keeps_nothing(photo: Photo, kept: Mapping[str, Sequence[str]]) -> bool:
    """Whether all labels of the photo were removed, and no box without a name says what stays."""
    names = list_names(photo)
    return bool(names) and len(names) == len(photo.labels) and not kept.get(photo.photo_id, names)


def list_names(photo: Photo) -> list[str]:
    """Return the names of the photo's labels. A box that somebody drew without a name is in none."""
    return [label.name for label in photo.labels if label.name]


def find_photo_obstacles(ready: Sequence[Photo], kept: Mapping[str, Sequence[str]]) -> list[str]:
    """Return why these photos can't be submitted yet, in words; empty when they can."""
    if not ready:
        return [translate("Add at least one good photo.")]
    empty = [photo.name for photo in ready if keeps_nothing(photo, kept)]
    if not empty:
        return []
    names = ", ".join(shorten_text(name, 40) for name in empty[:3])
    if len(empty) > 3:
        names = translate("{names} and others", names=names)
    return [
        translate_count(
            "{count:,} photo keeps nothing ({names}): keep a label or remove the photo.",
            "{count:,} photos keep nothing ({names}): keep a label or remove the photo.",
            len(empty),
            names=names,
        )
    ]


def find_open_slots(request: JobRequest) -> list[str]:
    """Return what is left to fill in of the texts, in words. All else that can be wrong with them the service says."""
    if not request.options.paints:
        return []
    own = [request.prompt] if request.options.generates else []
    texts = [*own, *(scene.prompt for scene in request.options.scenes), request.negative_prompt]
    names = list(dict.fromkeys(name for text in texts for name in find_slots(text)))
    return [translate("Fill in {slot}, or take it out of the text.", slot="{" + name + "}") for name in names]


def list_usable_models(catalogue: Models, *, generates: bool = True) -> list[Model]:
    """Return the models that can be chosen, the service's default first.

    For a plain background any model can cut the product out; the one that does it without a price comes first.
    """

    def order(model: Model) -> tuple[bool, bool, str]:
        plain = not generates and model.settings.generates
        return plain, model.model_id != catalogue.default_model_id, model.model_id

    return sorted(
        (model for model in catalogue.models if model.usable and (model.settings.generates or not generates)),
        key=order,
    )


def describe_wait(estimate: Estimate) -> str:
    """Return how long the job will take, in words."""
    queue = estimate.queue_seconds
    if estimate.ready_seconds is None:
        told = [translate("How long it takes shows with the first finished pictures.")]
    elif estimate.expected_seconds is None:
        time = format_wait(estimate.ready_seconds)
        told = [translate("Ready in {time} at the earliest: the models' limit.", time=time)]
    else:
        told = [translate("Ready in {time}.", time=format_wait(estimate.ready_seconds))]
    if queue >= _WORTH_SAYING:
        told.append(translate("Other jobs come first for {time}.", time=format_wait(queue)))
    return " ".join([*told, translate("You can close the page meanwhile.")])
