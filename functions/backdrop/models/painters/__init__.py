"""Models that paint a picture from words alone, and their table: a model is one row here and its data in
catalogue.json."""

from __future__ import annotations

from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.models.painters.stable_image import StableImage

_TABLE = {
    one.model_id: one
    for one in (
        StableImage("stability.stable-image-core-v1:1", "Stable Image Core"),
        StableImage("stability.stable-image-ultra-v1:1", "Stable Image Ultra", {"mode": "text-to-image"}),
        StableImage("stability.sd3-5-large-v1:0", "Stable Diffusion 3.5 Large", {"mode": "text-to-image"}),
    )
}


def all_painters() -> tuple[StableImage, ...]:
    """Return every model that paints from words, the cheapest and the default first."""
    return tuple(_TABLE.values())


def find_painter(model_id: str | None) -> StableImage:
    """Return a model by its id; None: the default.

    Raises:
        BackdropError: `MODEL_UNKNOWN`, naming those there are.
    """
    found = _TABLE.get(model_id) if model_id else all_painters()[0]
    if found is None:
        known = ", ".join(_TABLE)
        raise BackdropError(ErrorCode.MODEL_UNKNOWN, f"{model_id!r} paints no backdrops; those that do are {known}.")
    return found
