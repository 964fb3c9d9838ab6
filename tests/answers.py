"""Answers of the REST API for tests: whole, with what a test does not care about filled in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import TypeAdapter

from backdrop.api.schemas.jobs import Counts, Image, Job
from backdrop.api.schemas.models import Model, ModelAccess, ModelSettings, Preset
from backdrop.api.schemas.options import Options
from backdrop.api.schemas.photos import Photo
from backdrop.api.schemas.requests import NewSettings
from backdrop.api.schemas.saved import SavedSettings
from backdrop.api.views.jobs import options_view
from backdrop.api.views.saved import saved_view
from backdrop.core import options as core
from backdrop.jobs.saved import rows as saved

Answer = TypeVar("Answer")

# Making a reader takes milliseconds, and some tests make ten thousand images.
_KINDS: tuple[Any, ...] = (Image, Job, Model, ModelAccess, ModelSettings, Photo, Preset)
_READERS: dict[Any, TypeAdapter[Any]] = {kind: TypeAdapter(kind) for kind in _KINDS}


def make_image(**changes: Any) -> Image:
    """A finished image of the photo `00000000`, but for the changes."""
    return _read(
        Image,
        {
            "image_id": "00000000",
            "name": "mug.jpg",
            "status": "Succeeded",
            "variation": 1,
            "labels_kept": [],
            "labels_chosen": [],
            "seed": 7,
            "model_id": "model.good",
        }
        | changes,
    )


def make_photo(**changes: Any) -> Photo:
    """A good photo, but for the changes."""
    values = {"photo_id": "00000000", "name": "mug.jpg", "status": "READY", "labels": [], "has_mask": False}
    return _read(Photo, values | changes)


def make_model(**changes: Any) -> Model:
    """A model that can be used, but for the changes."""
    return _read(
        Model,
        {
            "model_id": "stability.inpaint",
            "family": "stability",
            "state": "ACTIVE",
            "usable": True,
            "modes": ["PRECISE", "DEFAULT"],
            "prompt_max_length": 200,
            "negative_prompt_max_length": 100,
            "default_negative_prompt": "text, people",
            "seed_min": 0,
            "seed_max": 4_294_967_294,
            "price_per_image_usd": 0.08,
            "price_date": "2026-10-01",
            "requests_per_minute": 20,
            "passes": 2,
            "settings": make_settings(),
        }
        | changes,
    )


def make_settings(**changes: Any) -> ModelSettings:
    """The settings of a model that paints and has no others, but for the changes."""
    return _read(ModelSettings, {"generates": True, "qualities": [], "styles": []} | changes)


def make_access(**changes: Any) -> ModelAccess:
    """Access that was granted, but for the changes."""
    values = {"state": "ACCESSIBLE", "region": "us-east-1", "checked_at": "2026-11-21T04:00:00.000Z"}
    return _read(ModelAccess, values | changes)


def make_preset(**changes: Any) -> Preset:
    """A marketplace that takes anything, but for the changes."""
    return _read(Preset, {"id": "shop", "name": "The shop", "formats": ["JPEG"], "notes": ""} | changes)


def make_job(**changes: Any) -> Job:
    """A submitted job of one image, but for the changes; `options` may be the chosen ones."""
    chosen = changes.pop("options", core.Options())
    return _read(
        Job,
        {
            "job_id": "job00000000000000000000001",
            "status": "Submitted",
            "trial": False,
            "mine": True,
            "allowed": ["CANCEL", "JUDGE", "NAME", "REUSE", "SEE", "SHARE"],
            "created_at": "2026-11-02T09:30:00.000Z",
            "prompt": "on slate",
            "negative_prompt": "",
            "mode": "PRECISE",
            "model_id": "model.good",
            "seed": 7,
            "options": chosen if isinstance(chosen, Options) else options_view(chosen),
            "counts": Counts(total=1, succeeded=0, failed=0, pending=1),
            "estimated_cost_usd": 0.08,
            "thumbnail_urls": [],
        }
        | changes,
    )


def _read(kind: type[Answer], values: dict[str, Any]) -> Answer:
    """The answer, checked as an answer of the service is."""
    found: Answer = _READERS[kind].validate_python(values)
    return found


def make_saved(settings_id: str, version: int, body: Mapping[str, Any]) -> SavedSettings:
    """Saved settings, of the body that saves them: by the service's own words."""
    wish = NewSettings.model_validate({name: value for name, value in body.items() if name != "version"})
    at = "2026-11-21T04:00:00.000Z"
    return saved_view(saved.SavedSettings(settings_id, wish.name, version, wish.settings.request(), at, team=wish.team))
