"""What stands between a draft and a job: the checks before submitting, and the price."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backdrop_client.answers import Catalogue, Model, Photo
from backdrop_web.formats import plural, shorten

MODES = {
    "PRECISE": ("Keep the product exactly", "The product's own pixels are put back, untouched. Best for shops."),
    "DEFAULT": ("Blend the product in", "The model may repaint the edges and light of the product."),
}
"""Mode -> name and explanation for people."""

PROMPT_IDEAS = {
    "White studio": "Clean white studio background, soft even light, gentle shadow under the product",
    "Wooden table": "On a rustic wooden table by a window, warm morning light, softly blurred kitchen behind",
    "Marble": "On polished white marble with grey veins, bright diffuse light",
    "Beach": "On fine sand at a quiet beach, calm sea behind, late afternoon sun",
    "Linen": "On a crumpled natural linen cloth, soft light from the left",
}
"""Prompts to start from: name -> text."""


@dataclass(frozen=True)
class Wishes:
    """What the user asks for. `seed` None lets the service choose one; `kept` is photo id -> labels to keep."""

    prompt: str
    negative_prompt: str
    mode: str
    seed: int | None
    kept: Mapping[str, Sequence[str]]


def keeps_nothing(photo: Photo, kept: Mapping[str, Sequence[str]]) -> bool:
    """Whether all labels found in the photo were removed."""
    return bool(photo.labels) and not kept.get(photo.photo_id, [label.name for label in photo.labels])


def photo_obstacles(ready: Sequence[Photo], kept: Mapping[str, Sequence[str]]) -> list[str]:
    """Why these photos can't be submitted yet, in words; empty when they can."""
    if not ready:
        return ["Add at least one good photo."]
    empty = [photo.name for photo in ready if keeps_nothing(photo, kept)]
    if not empty:
        return []
    names = ", ".join(shorten(name, 40) for name in empty[:3]) + (" and others" if len(empty) > 3 else "")
    return [f"{plural(len(empty), 'photo keeps', 'photos keep')} nothing ({names}): keep a label or remove the photo."]


def text_obstacles(wishes: Wishes, model: Model) -> list[str]:
    """Why this prompt, negative prompt or seed can't be submitted, in words; empty when they can."""
    found = []
    if not wishes.prompt.strip():
        found.append("Describe the new background first.")
    for name, text, limit in (
        ("description", wishes.prompt, model.prompt_max_length),
        ("text of what to avoid", wishes.negative_prompt, model.negative_prompt_max_length),
    ):
        if len(text) > limit:
            found.append(f"The {name} has {len(text):,} characters; this model takes {limit:,}. Shorten it.")
    if wishes.mode not in model.modes:
        found.append("This model can't do the chosen treatment of the product: choose the other one.")
    return found


def estimate(model: Model, photos: int) -> float | None:
    """US dollars for that many photos, or None when the model has no listed price."""
    return None if model.price_per_image_usd is None else model.price_per_image_usd * photos


def usable_models(catalogue: Catalogue) -> list[Model]:
    """The models that can be chosen, the service's default first."""
    return sorted(
        (model for model in catalogue.models if model.usable),
        key=lambda model: (model.model_id != catalogue.default_model_id, model.model_id),
    )
