"""Answers of the REST API for tests: whole, with what a test does not care about filled in."""

from __future__ import annotations

from typing import Any

from backdrop.api.schemas.jobs import Image
from backdrop.core.vocabulary import ImageStatus


def make_image(**changes: Any) -> Image:
    """A finished image of the photo `00000000`, but for the changes."""
    values: dict[str, Any] = {
        "image_id": "00000000",
        "name": "mug.jpg",
        "status": ImageStatus.SUCCEEDED,
        "variation": 1,
        "labels_kept": [],
        "seed": 7,
        "model_id": "model.good",
    }
    return Image(**values | changes)
