"""The shadow of a mask by itself."""

from __future__ import annotations

from PIL import Image

from backdrop.core.backdrops import Shadow
from backdrop.core.light import Light
from backdrop.imaging.compositing.shadows import cast
from backdrop.imaging.compositing.standing import find_standing
from backdrop.imaging.framing import Canvas, Size


def cast_shadow(
    mask: Image.Image, photo_size: Size, frame: Canvas, shadow: Shadow, light: Light | None = None
) -> Image.Image | None:
    """How dark the subject's shadow is, as `compositing.backdrop.lay` has it cast."""
    return cast(find_standing(mask, photo_size, frame, apart=light is not None), shadow, light or Light())
