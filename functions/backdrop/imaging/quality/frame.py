"""What the quality measures look at: small copies of photo, result and mask, the places in them, mean colours there.

Nothing is larger than `SIDE` pixels, so that the cost does not grow with the photo. Colours are compared in cells,
whose sums Pillow makes and whose arithmetic plain Python does: numpy would double the function's cold start.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageFilter

from backdrop.core.vocabulary import Box

SIDE = 512
"""Pixels, longest side of what is looked at; smaller photos are enlarged to it, so that widths mean the same."""

_SAMPLES = 3
"""Of larger pictures so many pixels a side are averaged into one: 9 samples tell as much as 60."""

_CELL = 24
"""Pixels of the small copies, side of a cell in which subject, rim and background are compared."""

_OPAQUE, _EMPTY = 250, 6
"""Mask values from which and below which a pixel is surely subject or surely background."""


@dataclass(frozen=True)
class Frame:
    """Small upright copies in one size.

    Attributes:
        photo: RGB.
        result: RGB; a transparent result lies on grey.
        alpha: the result's own alpha (L), or None when it has none.
        mask: L, 255 = subject, or None when there is none to judge by.
    """

    photo: Image.Image
    result: Image.Image
    alpha: Image.Image | None
    mask: Image.Image | None


def small_size(size: tuple[int, int]) -> tuple[int, int]:
    """Return `size` scaled so that the longest side has `SIDE` pixels."""
    scale = SIDE / max(size)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def small(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """A copy of `size`, averaged; of large pictures over `_SAMPLES` x `_SAMPLES` evenly spread pixels."""
    if image.width > _SAMPLES * size[0] and image.height > _SAMPLES * size[1]:
        sampled = (_SAMPLES * size[0], _SAMPLES * size[1])
        return image.resize(sampled, Image.Resampling.NEAREST).reduce(_SAMPLES)
    return image if image.size == size else image.resize(size, Image.Resampling.BOX, reducing_gap=1.0)


@dataclass(frozen=True)
class Regions:
    """Masks (L, 0 or 255) of the places that are compared, from the subject's middle outwards.

    Attributes:
        core: surely subject.
        deep: a band well inside the subject's outline.
        edge: the outermost pixels that are all subject.
        ring: what surrounds them, two pixels and the soft rim.
        near: background beside the outline; beyond the ring.
        outside: surely background.
    """

    core: Image.Image
    deep: Image.Image
    edge: Image.Image
    ring: Image.Image
    near: Image.Image
    outside: Image.Image


def regions(mask: Image.Image) -> Regions:
    """Places by their distance from the subject's outline."""
    solid = mask.point([255 if value >= _OPAQUE else 0 for value in range(256)])
    empty = mask.point([255 if value < _EMPTY else 0 for value in range(256)])
    outside = eroded(empty, 3)
    return Regions(
        core=eroded(solid, 2),
        deep=ImageChops.subtract(eroded(solid, 6), eroded(solid, 16)),
        edge=ImageChops.subtract(solid, eroded(solid, 1)),
        ring=ImageChops.subtract(ImageChops.invert(eroded(empty, 2)), solid),
        near=ImageChops.subtract(outside, eroded(empty, 8)),
        outside=outside,
    )


def eroded(region: Image.Image, radius: int) -> Image.Image:
    """Pixels whose whole neighbourhood lies in the region; the picture's border counts as more of the same."""
    return region.filter(ImageFilter.BoxBlur(radius)).point([0] * 255 + [255])


def share(region: Image.Image, of: Image.Image | None = None) -> float:
    """Share of the picture (or of the region `of`) that is set in `region`."""
    histogram = region.histogram(of)
    return sum(histogram[128:]) / max(1, sum(histogram))


def differing(one: Image.Image, other: Image.Image, levels: int) -> Image.Image:
    """Return an L image: 255 where any channel differs by more than `levels`."""
    red, green, blue = ImageChops.difference(one, other).split()
    most = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    return most.point([0 if value <= levels else 255 for value in range(256)])


def pixels_of(box: Box, size: tuple[int, int]) -> tuple[int, int, int, int]:
    left, top, width, height = box
    x = min(max(0, round(left * size[0])), size[0] - 1)
    y = min(max(0, round(top * size[1])), size[1] - 1)
    right, bottom = round((left + width) * size[0]), round((top + height) * size[1])
    return x, y, min(max(x + 1, right), size[0]), min(max(y + 1, bottom), size[1])


class Means:
    """Mean colours of an image inside a region, cell by cell."""

    def __init__(self, image: Image.Image, region: Image.Image) -> None:
        self.weights = _cells(region)
        over = Image.new(image.mode, image.size)
        over.paste(image, mask=region)
        self._sums = [_cells(channel) for channel in over.split()]

    def shared_with(self, *others: Means) -> list[int]:
        """Cells in which there is enough of this region and of the others to speak of a mean."""
        return [
            cell
            for cell, weight in enumerate(self.weights)
            if weight > 0.01 and all(other.weights[cell] > 0.01 for other in others)
        ]

    def at(self, cell: int) -> tuple[float, ...]:
        """Mean per channel, 0..255."""
        weight = max(1e-6, self.weights[cell])
        return tuple(255 * sums[cell] / weight for sums in self._sums)


def _cells(channel: Image.Image) -> array[float]:
    """Mean over each cell as a share of 255, row by row."""
    values = array("f")
    values.frombytes(channel.convert("F").reduce(_CELL).tobytes())
    return array("f", (value / 255 for value in values))
