"""A backdrop behind a product: cut to the frame, never stretched, with the shadow that the product casts on it.

The shadow is guessed from the mask alone. Where the product stands is the lower side of the mask's convex hull: the
ground between two feet lies on the line from one to the other. What ends far above the lowest point hangs over the
ground, like a handle or a leaf, and casts little. Only Pillow is used, as in `precise.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from backdrop.core.backdrops import Shadow
from backdrop.core.limits import MAX_PIXELS
from backdrop.imaging.framing import Canvas, Size

_SIDE = 768
"""Pixels of the longer side at which a shadow is made. It is soft: more would not be seen."""

_MOST_KEPT = MAX_PIXELS
"""Pixels of a covering that is kept for the next photo (200 MB): as many as a photo has at most."""

_SURE = [255 if value >= 128 else 0 for value in range(256)]

# Shares of the longer side of the subject's box; the strengths are of black.
_CONTACT_DEPTH, _CONTACT_BLUR, _CONTACT_STRENGTH = 0.010, 0.008, 0.6
_SOFT_ABOVE, _SOFT_BELOW, _SOFT_BLUR, _SOFT_STRENGTH = 0.09, 0.06, 0.04, 0.62
_TOUCHING = 0.02
"""Of the same: what ends so far above the ground still touches it."""
_STANDING = 0.35
"""Of the subject's height: the ground rises so far at most from its nearest point to the farthest foot."""
_HANGING = 0.35
"""Of the subject's height: over so much the shadow of what hangs above the ground fades to a third."""

Point = tuple[int, int]


def lay(
    picture: Image.Image, frame: Canvas, mask: Image.Image, photo_size: Size, shadow: Shadow, surface: float = 0.5
) -> Image.Image:
    """Return the backdrop as it lies behind the photo's subject.

    Args:
        picture: RGB of any size and shape.
        frame: what is to be covered, in the photo's pixels; the photo may lie partly beyond it.
        mask: L of any size and of the photo's shape, 255 = subject.
        photo_size: width and height in pixels.
        shadow: what the subject casts.
        surface: share of the picture's height that is at the same share of the frame's.

    Returns:
        RGB of the frame's size: the middle of the picture, scaled alike in both directions until it covers the frame.
    """
    ground = _covered(picture, frame.size, surface)
    cast = cast_shadow(mask, photo_size, frame, shadow)
    if cast is None:
        return ground
    _darken(ground, cast)
    return ground


def _darken(ground: Image.Image, cast: Image.Image) -> None:
    """Lay the shadow over the ground, which it has the shape of: where there is any, which is a small part mostly."""
    dark = cast.getbbox()
    if dark is None:
        return
    across, down = cast.width / ground.width, cast.height / ground.height
    # Bilinear looks one pixel further.
    left, top = max(0, int((dark[0] - 1) / across)), max(0, int((dark[1] - 1) / down))
    right = min(ground.width, int((dark[2] + 1) / across) + 1)
    bottom = min(ground.height, int((dark[3] + 1) / down) + 1)
    source = (left * across, top * down, right * across, bottom * down)
    mask = cast.resize((right - left, bottom - top), Image.Resampling.BILINEAR, source)
    ground.paste((0, 0, 0), (left, top, right, bottom), mask)


_last: list[tuple[Image.Image, float, Image.Image]] = []
"""The picture that was made to cover a frame last, its surface, and what became of it."""


def _covered(picture: Image.Image, size: Size, surface: float) -> Image.Image:
    """Return the same as `cover`, as a copy of the last one where all is the same: most photos of a job are of one
    size, and have one backdrop."""
    if size[0] * size[1] > _MOST_KEPT:
        return cover(picture, size, surface)
    if not _last or _last[0][0] is not picture or _last[0][1] != surface or _last[0][2].size != size:
        _last[:] = [(picture, surface, cover(picture, size, surface))]
    return _last[0][2].copy()


def cover(picture: Image.Image, size: Size, surface: float = 0.5) -> Image.Image:
    """Return the largest part of a picture that has the size's shape, in that size (RGB): its middle across, and down
    what keeps the row at the share `surface` at that share."""
    scale = max(size[0] / picture.width, size[1] / picture.height)
    across, down = min(picture.width, size[0] / scale), min(picture.height, size[1] / scale)
    left, top = (picture.width - across) / 2, (picture.height - down) * surface
    part = (left, top, left + across, top + down)
    rgb = picture if picture.mode == "RGB" else picture.convert("RGB")
    return rgb.resize(size, Image.Resampling.LANCZOS, part, reducing_gap=3.0)


def cast_shadow(mask: Image.Image, photo_size: Size, frame: Canvas, shadow: Shadow) -> Image.Image | None:
    """Return how dark the subject's shadow is: L of the frame's shape, 255 = black; None: there is none."""
    if shadow is Shadow.NONE:
        return None
    scale = min(1.0, _SIDE / max(frame.size))
    subject = Image.new("L", _scaled(frame.size, scale))
    place = round(frame.offset[0] * scale), round(frame.offset[1] * scale)
    subject.paste(mask.resize(_scaled(photo_size, scale), Image.Resampling.BILINEAR), place)
    box = subject.point(_SURE).getbbox()
    if box is None:
        return None
    side, height = max(box[2] - box[0], box[3] - box[1]), box[3] - box[1]
    contact, soft = Image.new("L", subject.size), Image.new("L", subject.size)
    draw_contact, draw_soft = ImageDraw.Draw(contact), ImageDraw.Draw(soft)
    feet = _lowest(subject, box)
    for x, foot, ground in zip(*feet, _ground(list(zip(*feet, strict=True))), strict=True):
        near = 1 - (box[3] - ground) / (height * _STANDING)
        if near <= 0:
            continue
        gap = ground - foot
        if gap <= side * _TOUCHING:
            _draw(draw_contact, x, foot, (side * _CONTACT_DEPTH, side * _CONTACT_DEPTH), near)
        _draw(draw_soft, x, ground, (side * _SOFT_ABOVE, side * _SOFT_BELOW), near * exp(-gap / (height * _HANGING)))
    cast = _blurred(contact, side * _CONTACT_BLUR, _CONTACT_STRENGTH)
    if shadow is Shadow.CONTACT:
        return cast
    return ImageChops.screen(cast, _blurred(soft, side * _SOFT_BLUR, _SOFT_STRENGTH))


def _lowest(subject: Image.Image, box: tuple[int, int, int, int]) -> tuple[list[int], list[int]]:
    """The columns in which there is subject, and the lowest row of it in each."""
    columns, rows = [], []
    width, height = box[2] - box[0], box[3] - box[1]
    upright = subject.crop(box).point(_SURE).transpose(Image.Transpose.TRANSPOSE).tobytes()
    for x in range(width):
        lowest = upright[x * height : (x + 1) * height].rfind(255)
        if lowest >= 0:
            columns.append(box[0] + x)
            rows.append(box[1] + lowest)
    return columns, rows


def _ground(feet: Sequence[Point]) -> list[float]:
    """The row of the ground at each of the points, which come from left to right: the lower side of their convex hull
    (Andrew's monotone chain, https://en.wikibooks.org/wiki/Algorithm_Implementation/Geometry/Convex_hull)."""
    hull: list[Point] = []
    for point in feet:
        while len(hull) > 1 and _turns_down(hull[-2], hull[-1], point):
            hull.pop()
        hull.append(point)
    rows: list[float] = []
    place = 0
    for x, _ in feet:
        while place + 1 < len(hull) and hull[place + 1][0] < x:
            place += 1
        left, right = hull[place], hull[min(place + 1, len(hull) - 1)]
        share = (x - left[0]) / max(1, right[0] - left[0])
        rows.append(left[1] + share * (right[1] - left[1]))
    return rows


def _turns_down(first: Point, middle: Point, last: Point) -> bool:
    """Whether the middle point lies above the line from the first to the last, rows counted from the top."""
    return (middle[0] - first[0]) * (last[1] - first[1]) - (middle[1] - first[1]) * (last[0] - first[0]) >= 0


def _draw(draw: ImageDraw.ImageDraw, x: int, row: float, reach: tuple[float, float], strength: float) -> None:
    draw.line((x, row - reach[0], x, row + max(1.0, reach[1])), fill=round(255 * strength))


def _blurred(shape: Image.Image, radius: float, strength: float) -> Image.Image:
    soft = shape.filter(ImageFilter.GaussianBlur(max(0.5, radius)))
    return soft.point([round(value * strength) for value in range(256)])


def _scaled(sides: Size, scale: float) -> Size:
    return max(1, round(sides[0] * scale)), max(1, round(sides[1] * scale))
