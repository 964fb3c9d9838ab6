"""Where a product stands on a backdrop. Geometry, and the pixels that it is scaled to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image

from backdrop.core.backdrops import Placement
from backdrop.core.options import Options, invalid
from backdrop.core.words.marks import phrase
from backdrop.imaging.framing import Canvas, Rectangle, View

if TYPE_CHECKING:
    from backdrop.imaging.photos import Photo

_MARGIN = 0.03
"""Share of the picture's side that stays free above and beside the product."""


def stand(frame: View, subject: Rectangle, placement: Placement, *, enlarge: bool) -> View:
    """Return the view in which the product stands as the placement says.

    Args:
        frame: without a placement; the view has its shape, and at most its size.
        subject: box of the product in the photo's pixels.
        placement: checked.
        enlarge: the size was asked for: the view has it, even where the product must be enlarged for it. Else a product
            that has too few pixels makes a smaller picture, and keeps every one of them.
    """
    surface = placement.line
    left, top, right, bottom = subject
    shape = frame.size[0] / frame.size[1]
    room_across = min(placement.share, 2 * (min(placement.across, 1 - placement.across) - _MARGIN))
    room_down = min(placement.share, surface - _MARGIN)
    width = max((right - left) / room_across, (bottom - top) / room_down * shape)
    height = width / shape
    exact = not enlarge and width <= frame.size[0]
    if exact:
        # Whole pixels: the product is not resampled.
        width, height = max(1, round(width)), max(1, round(height))
    from_left, from_top = (left + right) / 2 - placement.across * width, bottom - surface * height
    if exact:
        from_left, from_top = round(from_left), round(from_top)
    window = (from_left, from_top, from_left + width, from_top + height)
    return View(window, (int(width), int(height)) if exact else frame.size)


def check_options(options: Options) -> None:
    """Refuse a placement together with a preset that places the product itself.

    Raises:
        BackdropError: OPTIONS_INVALID.
    """
    if options.output.preset is None or options.backdrop is None or options.backdrop.placement is None:
        return
    from backdrop.imaging.marketplace import preset_of  # Here: only jobs with both pay for it.

    preset = preset_of(options.output.preset)
    if preset.fill is not None:
        raise invalid(
            phrase(
                "{name} puts the product into the middle of its picture, and a place on the backdrop was chosen.",
                name=preset.name,
            ),
            phrase("Leave the place out, or the preset."),
        )


def shrink(photo: Photo, mask: Image.Image, view: View) -> tuple[Photo, Image.Image, View]:
    """Return the photo at the scale of a view in which it is smaller than it is, its mask, and the view of that; else
    all as they are. The product is resampled once, before it is put together with its background."""
    if view.scale >= 1:
        return photo, mask, view
    across = view.size[0] / (view.window[2] - view.window[0])
    size = max(1, round(photo.width * across)), max(1, round(photo.height * across))
    image = photo.image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    left, top = round(view.window[0] * across), round(view.window[1] * across)
    window = (left, top, left + view.size[0], top + view.size[1])
    if mask.width > size[0]:
        mask = mask.resize(size, Image.Resampling.BICUBIC, reducing_gap=3.0)
    return photo._replace(image=image, width=size[0], height=size[1]), mask, View(window, view.size)


def window_of(view: View) -> Canvas:
    """Return the view as a frame around the photo, in whole pixels; the photo may lie partly beyond it."""
    left, top, right, bottom = (round(side) for side in view.window)
    return Canvas((right - left, bottom - top), (-left, -top))
