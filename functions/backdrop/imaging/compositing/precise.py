"""PRECISE: the photographer's own subject over another background, at the photo's full resolution.

Where the mask is fully set, the result is the photo's pixel, bit for bit. On the soft edge the old background's
colour is taken out of the photo's pixel first (decontamination), or it would show as a halo.

All is done in tiles: most hold nothing but subject or background and cost no more than a copy, and 50 megapixels need
little more memory than two images. Only Pillow is used: numpy would double the function's cold start.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from itertools import groupby

from PIL import Image, ImageChops

from backdrop.imaging.compositing.foreground_colours import Box, Field, Sampler
from backdrop.imaging.compositing.tiled_upscale import Enlarged
from backdrop.imaging.framing import Canvas

Colour = tuple[int, int, int]

_TILE, _RIM_TILE = 512, 64
"""Pixels: a tile with a part of the rim in it is cut into smaller ones, since only they cost more than a copy."""

_REACH = 3
"""Pixels of the mask beyond a tile that a bicubic resize may look at."""

# Below and above these the mask is rounded to nothing and to all: what a resampled mask leaves of a hard edge's
# overshoot, and what no eye can tell.
_LOW, _HIGH = 6, 250
LEVELS = [
    0 if value <= _LOW else 255 if value >= _HIGH else round((value - _LOW) * 255 / (_HIGH - _LOW))
    for value in range(256)
]
"""Of the mask's values: what they count as."""

_AS_IT_IS = list(range(256))
"""Levels of an alpha that somebody made: what is half transparent in it is meant so."""

_NOT_EMPTY = [0] + [255] * 255
# A model's picture shows a soft rim of its own subject: nothing of it may come through.
_BESIDE = [min(255, value * 64) for value in range(256)]


_GLOW, _GLOW_LEFT = 0.8, 0.5
"""How far the least covered pixel takes the background's colour at most, and by how much less one that is nearly
covered does."""


class _Kind(Enum):
    SUBJECT = auto()
    BACKGROUND = auto()
    RIM = auto()


@dataclass(frozen=True)
class _Edge:
    """Colours near the subject's edge, in the photo's pixels; no `new_background` when it has the same everywhere."""

    subject: Field
    old_background: Field
    new_background: Field | None


class _Backdrop:
    """What comes behind the subject: a picture of the canvas, or one colour (black stands for nothing)."""

    def __init__(self, background: Image.Image | Colour | None, canvas: Canvas) -> None:
        self.canvas = canvas
        self.picture = background if isinstance(background, Image.Image) else None
        self._enlarged = Enlarged(self.picture, canvas.size) if self.picture else None
        self._colour = background if isinstance(background, tuple) else (0, 0, 0)

    def part(self, box: Box) -> Image.Image:
        """Return RGB of the box's size; `box` in the canvas' pixels."""
        if self._enlarged:
            return self._enlarged.part(box)
        return Image.new("RGB", (box[2] - box[0], box[3] - box[1]), self._colour)


def composite_precise(
    photo: Image.Image,
    background: Image.Image | Colour | None,
    mask: Image.Image,
    *,
    canvas: Canvas | None = None,
    cut_out: bool = False,
    empty: bool = False,
    rim: float = 0.0,
) -> Image.Image:
    """Put the subject of `photo` over `background`.

    Args:
        photo: H x W x 3 uint8 RGB, the upright original.
        background: RGB of any size and of the canvas' shape; or one colour; or None for a transparent one.
        mask: L of any size and of the photo's shape, 255 = subject.
        canvas: the finished frame in the photo's pixels, when it is not the photo's own.
        cut_out: `mask` is the photo's own alpha, and the photo's colours are nothing but the subject's: there is no
            old background to take out, and the mask's values count as they are.
        empty: the background picture has no subject of its own, of which a rim could show.
        rim: how far partly covered pixels take the colour of the background picture beside them, from 0 to 1; pixels
            that are covered fully stay as they are.

    Returns:
        uint8 RGB of the canvas' size, or RGBA when `background` is None: then the alpha is the (resized, levelled)
        mask, and the colours on the edge are the subject's own, without the old background's. Wherever the levelled
        mask is 255, the pixel is equal to the photo's.
    """
    frame = canvas or Canvas(photo.size)
    backdrop = _Backdrop(background, frame)
    transparent = background is None
    out = Image.new("RGBA" if transparent else "RGB", frame.size, None)
    levels = _AS_IT_IS if cut_out else LEVELS
    edge = _edge(photo, None if empty and not rim else backdrop, mask, levels)
    glows = [0 if value == 255 else round(rim * _GLOW * (255 - value * _GLOW_LEFT)) for value in range(256)]
    across, down = frame.offset
    for box, kind in _tiles(mask, photo.size, levels):
        place = (box[0] + across, box[1] + down, box[2] + across, box[3] + down)
        if kind is _Kind.SUBJECT:
            tile = photo.crop(box)
        elif kind is _Kind.BACKGROUND or edge is None:
            if transparent:
                continue
            tile = backdrop.part(place)
        else:
            alpha = _part(mask, photo.size, box, Image.Resampling.BICUBIC).point(levels)
            subject = photo.crop(box)
            if not cut_out:
                subject = _decontaminated(subject, alpha, edge.subject.part(box), edge.old_background.part(box))
            if transparent:
                subject.putalpha(alpha)
                # Colour without alpha is nobody's: it would only make the file larger.
                out.paste(subject, place[:2], alpha.point(_NOT_EMPTY))
                continue
            if rim and edge.new_background is not None:
                subject = Image.composite(edge.new_background.part(box), subject, alpha.point(glows))
            around = None if empty else edge.new_background
            tile = Image.composite(subject, _beside(backdrop.part(place), alpha, around, box), alpha)
        out.paste(tile.convert("RGBA") if transparent else tile, place[:2])
    if not transparent:
        for place in _margins(photo.size, frame):
            out.paste(backdrop.part(place), place[:2])
    return out


def _edge(photo: Image.Image, backdrop: _Backdrop | None, mask: Image.Image, levels: list[int]) -> _Edge | None:
    """Return the colours near the subject's edge; None when there is no subject."""
    # A tile on the rim may begin this far from the subject: see `_kind`.
    reach = _RIM_TILE + (_REACH + 2) * max(1, -(-photo.width // mask.width))
    sampler = Sampler.of(mask, levels, photo.size, reach)
    if sampler is None:
        return None
    view = sampler.view(photo, photo.size)
    new = None
    if backdrop is not None and backdrop.picture is not None:
        new = sampler.background_of(sampler.view(backdrop.picture, backdrop.canvas.size, backdrop.canvas.offset))
    return _Edge(sampler.subject_of(view), sampler.background_of(view), new)


def _tiles(mask: Image.Image, size: tuple[int, int], levels: list[int]) -> Iterator[tuple[Box, _Kind]]:
    """All tiles of a photo of `size`, and what is in them."""
    for box in _grid((0, 0, *size), _TILE):
        kind = _kind(mask, size, box, levels)
        if kind is not _Kind.RIM:
            yield box, kind
            continue
        parts = [(part, _kind(mask, size, part, levels)) for part in _grid(box, _RIM_TILE)]
        for (_, alike), run in groupby(parts, key=lambda part: (part[0][1], part[1])):
            boxes = [part for part, _ in run]
            yield (*boxes[0][:2], *boxes[-1][2:]), alike


def _grid(area: Box, tile: int) -> Iterator[Box]:
    left, top, right, bottom = area
    for y in range(top, bottom, tile):
        for x in range(left, right, tile):
            yield x, y, min(x + tile, right), min(y + tile, bottom)


def _kind(mask: Image.Image, size: tuple[int, int], box: Box, levels: list[int]) -> _Kind:
    """Return what is in the tile `box`, by the least and greatest value of the mask that can tell on it."""
    across, down = mask.width / size[0], mask.height / size[1]
    near = mask.crop(
        (
            max(0, int(box[0] * across) - _REACH),
            max(0, int(box[1] * down) - _REACH),
            min(mask.width, int(box[2] * across) + 1 + _REACH),
            min(mask.height, int(box[3] * down) + 1 + _REACH),
        )
    )
    low, high = (levels[int(value)] for value in near.getextrema())  # type: ignore[arg-type]
    return _Kind.SUBJECT if low == 255 else _Kind.BACKGROUND if high == 0 else _Kind.RIM


def _margins(photo_size: tuple[int, int], frame: Canvas) -> Iterator[Box]:
    """Yield what of the canvas lies around the photo, in tiles."""
    left, top = frame.offset
    right, bottom = left + photo_size[0], top + photo_size[1]
    width, height = frame.size
    for area in ((0, 0, width, top), (0, bottom, width, height), (0, top, left, bottom), (right, top, width, bottom)):
        yield from _grid(area, _TILE)


def _part(image: Image.Image, size: tuple[int, int], box: Box, method: Image.Resampling) -> Image.Image:
    """The tile `box` of `image` as if it were resized to `size`."""
    if image.size == size:
        return image.crop(box)
    across, down = image.width / size[0], image.height / size[1]
    source = (box[0] * across, box[1] * down, box[2] * across, box[3] * down)
    return image.resize((box[2] - box[0], box[3] - box[1]), method, box=source)


def _decontaminated(
    photo: Image.Image, alpha: Image.Image, subject: Image.Image, background: Image.Image
) -> Image.Image:
    """Return F + a (I - a F - (1 - a) B): the subject's own colour where the photo's pixel I is a mixture; I where a is
    1."""
    expected = Image.composite(subject, background, alpha)
    more, less = ImageChops.subtract(photo, expected), ImageChops.subtract(expected, photo)
    return Image.composite(ImageChops.subtract(ImageChops.add(subject, more), less), subject, alpha)


def _beside(background: Image.Image, alpha: Image.Image, field: Field | None, box: Box) -> Image.Image:
    """Return the background, taken from beside the soft edge where the model's picture shows its own subject under
    it."""
    return background if field is None else Image.composite(field.part(box), background, alpha.point(_BESIDE))
