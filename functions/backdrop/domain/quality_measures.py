"""What can be measured on a finished picture without knowing the right one: numbers, no verdict.

Everything is measured on copies of at most `SIDE` pixels, so that the cost does not grow with the photo. Colours near
the subject's rim are compared in cells, whose sums Pillow makes and whose arithmetic plain Python does: numpy would
double the function's cold start.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageFilter

from backdrop.domain.jobs import Box

SIDE = 512
"""Pixels, longest side of what is looked at; smaller photos are enlarged to it, so that widths mean the same."""

_SAMPLED_SIDE = 2048
"""Pixels: of larger pictures only every n-th pixel is read. Averages of 16 samples tell as much as of 60."""

_CELL = 24
"""Pixels of the small copies, side of a cell in which subject, rim and background are compared."""

_OPAQUE, _EMPTY = 250, 6
"""Mask values from which and below which a pixel is surely subject or surely background."""

_CHANGED = 10
"""Levels (of 255) by which a background pixel must differ to count as changed: more than an encoder's error."""

_WIDE = 2
"""Pixels: half-decided places of more than twice this width are no rim any more."""


@dataclass(frozen=True)
class Frame:
    """Small upright copies in one size.

    Attributes:
        photo: RGB.
        result: RGB; a transparent result lies on a flat colour that is unlike the photo's background.
        alpha: the result's own alpha (L), or None when it has none.
        mask: L, 255 = subject, or None when there is none to judge by.
    """

    photo: Image.Image
    result: Image.Image
    alpha: Image.Image | None
    mask: Image.Image | None


def small_size(size: tuple[int, int]) -> tuple[int, int]:
    """`size` scaled so that the longest side has `SIDE` pixels."""
    scale = SIDE / max(size)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def small(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """A copy of `size`, averaged; of large pictures from samples."""
    if max(image.size) > _SAMPLED_SIDE:
        share = _SAMPLED_SIDE / max(image.size)
        sampled = (max(size[0], round(image.width * share)), max(size[1], round(image.height * share)))
        image = image.resize(sampled, Image.Resampling.NEAREST)
    return image if image.size == size else image.resize(size, Image.Resampling.BOX)


@dataclass(frozen=True)
class Regions:
    """Masks (L, 0 or 255) of the places that are compared, from the subject's middle outwards."""

    core: Image.Image
    beside: Image.Image
    rim: Image.Image
    near: Image.Image
    outside: Image.Image


def regions(mask: Image.Image) -> Regions:
    """Places by their distance from the subject's outline."""
    solid = mask.point([255 if value >= _OPAQUE else 0 for value in range(256)])
    empty = mask.point([255 if value < _EMPTY else 0 for value in range(256)])
    core = _eroded(solid, 2)
    outside = _eroded(empty, 2)
    return Regions(
        core=core,
        beside=ImageChops.subtract(_eroded(solid, 3), _eroded(solid, 10)),
        rim=ImageChops.subtract(ImageChops.invert(_eroded(empty, 1)), core),
        near=ImageChops.subtract(outside, _eroded(empty, 10)),
        outside=_eroded(empty, 4),
    )


def _eroded(region: Image.Image, radius: int) -> Image.Image:
    """Pixels whose whole neighbourhood lies in the region; the picture's border counts as more of the same."""
    return region.filter(ImageFilter.BoxBlur(radius)).point([0] * 255 + [255])


def share(region: Image.Image, of: Image.Image | None = None) -> float:
    """Share of the picture (or of the region `of`) that is set in `region`."""
    histogram = region.histogram(of)
    return sum(histogram[128:]) / max(1, sum(histogram))


# --- the mask -------------------------------------------------------------------------------------------------------


def coverage(mask: Image.Image) -> float:
    """Share of the picture that is subject."""
    return share(mask)


def undecided(mask: Image.Image) -> float:
    """Area of wide half-decided places in relation to the subject's: a clean cut-out is undecided on its rim only."""
    soft = mask.point([255 if 26 <= value <= 229 else 0 for value in range(256)])
    return share(_eroded(soft, _WIDE)) / max(1e-6, share(mask))


def border_contact(mask: Image.Image) -> float:
    """Share of the frame's border where the subject is."""
    width, height = mask.size
    strips = ((0, 0, width, 1), (0, height - 1, width, height), (0, 0, 1, height), (width - 1, 0, width, height))
    touching = sum(sum(mask.crop(strip).histogram()[128:]) for strip in strips)
    return touching / (2 * (width + height))


def least_box_filled(mask: Image.Image, boxes: Sequence[Box]) -> float | None:
    """Of the kept boxes the one that the mask fills least: which share of its width and height the mask spans.

    Spans, not areas: a chair's mask covers a fifth of its box and is right.
    """
    set_ = mask.point([0] * 128 + [255] * 128)
    spans = []
    for box in boxes:
        pixels = _pixels(box, mask.size)
        found = set_.crop(pixels).getbbox()
        if found is None:
            spans.append(0.0)
            continue
        area = (pixels[2] - pixels[0]) * (pixels[3] - pixels[1])
        spans.append((found[2] - found[0]) * (found[3] - found[1]) / area)
    return min(spans, default=None)


def outside_boxes(mask: Image.Image, boxes: Sequence[Box], margin: float) -> float | None:
    """Share of the mask that lies outside all kept boxes, each widened by `margin` (share of the picture's side)."""
    if not boxes:
        return None
    rest = mask.point([0] * 128 + [255] * 128)
    before = share(rest)
    for left, top, width, height in boxes:
        wider = (left - margin, top - margin, width + 2 * margin, height + 2 * margin)
        rest.paste(0, _pixels(wider, mask.size))
    return share(rest) / before if before else None


def _pixels(box: Box, size: tuple[int, int]) -> tuple[int, int, int, int]:
    left, top, width, height = box
    x = min(max(0, round(left * size[0])), size[0] - 1)
    y = min(max(0, round(top * size[1])), size[1] - 1)
    right, bottom = round((left + width) * size[0]), round((top + height) * size[1])
    return x, y, min(max(x + 1, right), size[0]), min(max(y + 1, bottom), size[1])


# --- the background -------------------------------------------------------------------------------------------------


def unchanged_background(frame: Frame, outside: Image.Image | None, color: tuple[int, int, int] | None) -> float | None:
    """Share of the background that still is the photo's.

    outside: where no subject is; None: the whole picture. color: what it should be instead, when that is one colour.
    """
    region = outside or Image.new("L", frame.photo.size, 255)
    if share(region) < 0.01:
        return None
    if frame.alpha is not None:
        return share(frame.alpha.point([0 if value <= _CHANGED else 255 for value in range(256)]), region)
    if color is not None:
        wanted = Image.new("RGB", frame.photo.size, color)
        return share(_differing(frame.result, wanted, _CHANGED), region)
    return 1 - share(_differing(frame.photo, frame.result, _CHANGED), region)


def _differing(one: Image.Image, other: Image.Image, levels: int) -> Image.Image:
    """255 where any channel differs by more than `levels`."""
    red, green, blue = ImageChops.difference(one, other).split()
    most = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    return most.point([0 if value <= levels else 255 for value in range(256)])


# --- the rim --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Halo:
    """What is wrong on the subject's rim.

    Attributes:
        old_background: how much of the rim's colour is the old background's, 0 (none) to about 1.
        ring: by how many levels (of 255) the rim is brighter (or darker, negative) than subject and new background
            explain.
    """

    old_background: float
    ring: float


def halo(frame: Frame, places: Regions, mask: Image.Image) -> Halo | None:
    """Compare the rim with what subject and new background should give there; None when there is too little rim.

    In each cell the rim's mean colour is explained as a F + (1 - a) N (subject beside the rim F, new background N);
    what is left over is projected onto the direction to the old background.
    """
    front = _Means(frame.photo, places.beside)
    old = _Means(frame.photo, places.near)
    new = _Means(frame.result, places.near)
    seen = _Means(frame.result, places.rim)
    opacity = _Means(mask, places.rim)
    along = across = brighter = weight = 0.0
    for cell, size in enumerate(seen.weights):
        if min(size, front.weights[cell], old.weights[cell]) < 0.02:
            continue
        a = opacity.at(cell)[0] / 255
        f, b, n, o = front.at(cell), old.at(cell), new.at(cell), seen.at(cell)
        expected = [a * fc + (1 - a) * nc for fc, nc in zip(f, n, strict=True)]
        towards = [bc - ec for bc, ec in zip(b, expected, strict=True)]
        rest = [oc - ec for oc, ec in zip(o, expected, strict=True)]
        along += size * sum(r * t for r, t in zip(rest, towards, strict=True))
        across += size * sum(t * t for t in towards)
        brighter += size * sum(rest) / 3
        weight += size
    if weight < 0.5 or across < weight * 300:
        return None
    return Halo(along / across, brighter / weight)


class _Means:
    """Mean colours of an image inside a region, cell by cell."""

    def __init__(self, image: Image.Image, region: Image.Image) -> None:
        self.weights = _cells(region)
        over = ImageChops.multiply(image, Image.merge(image.mode, [region] * len(image.getbands())))
        self._sums = [_cells(channel) for channel in over.split()]

    def at(self, cell: int) -> tuple[float, ...]:
        """Mean per channel, 0..255."""
        weight = max(1e-6, self.weights[cell])
        return tuple(255 * sums[cell] / weight for sums in self._sums)


def _cells(channel: Image.Image) -> array[float]:
    """Mean over each cell as a share of 255, row by row."""
    values = array("f")
    values.frombytes(channel.convert("F").reduce(_CELL).tobytes())
    return array("f", (value / 255 for value in values))


# --- the subject ----------------------------------------------------------------------------------------------------


def differing_subject(frame: Frame, core: Image.Image) -> float | None:
    """Share of the subject's inner pixels that are not the photo's (by more than 2 levels of 255)."""
    return share(_differing(frame.photo, frame.result, 2), core) if share(core) > 0 else None


@dataclass(frozen=True)
class Alteration:
    """How the subject differs from the photo's.

    Attributes:
        colour: levels of 255 by which the subject's colours moved, light counting half as much as hue.
        structure: share of detail that is not the photo's in the worst places, 0 (same) to more than 1 (unrelated).
    """

    colour: float
    structure: float


def alteration(frame: Frame, core: Image.Image) -> Alteration | None:
    """Compare colours and detail of photo and result inside `core`; None where there is no subject."""
    before, after = _Means(frame.photo.convert("YCbCr"), core), _Means(frame.result.convert("YCbCr"), core)
    moved = total = 0.0
    for cell, size in enumerate(before.weights):
        if size < 0.05:
            continue
        light, blue, red = (x - y for x, y in zip(before.at(cell), after.at(cell), strict=True))
        moved += size * math.sqrt(light * light / 4 + blue * blue + red * red)
        total += size
    if total < 0.5:
        return None
    return Alteration(moved / total, _structure(frame, core))


def _structure(frame: Frame, core: Image.Image) -> float:
    """Difference of the details of photo and result, by the detail of the photo, in the worst twentieth of cells."""
    fine = [_detail(image.convert("L")) for image in (frame.photo, frame.result)]
    residue = _Means(ImageChops.difference(*fine), core)
    detail = _Means(ImageChops.difference(fine[0], Image.new("L", core.size, 128)), core)
    scores = sorted(
        residue.at(cell)[0] / (detail.at(cell)[0] + 2.0) for cell, size in enumerate(detail.weights) if size > 0.3
    )
    worst = scores[-max(1, len(scores) // 20) :]
    return sum(worst) / len(worst) if worst else 0.0


def _detail(grey: Image.Image) -> Image.Image:
    """What a slight blur takes away, around 128."""
    return ImageChops.subtract(grey, grey.filter(ImageFilter.BoxBlur(2)), 1, 128)


# --- sharpness ------------------------------------------------------------------------------------------------------


def window(mask: Image.Image | None, boxes: Sequence[Box], size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Where to look for sharpness: around the mask, else around the boxes, else everything. Pixels of `size`."""
    if mask is not None:
        found = mask.point([0] * 128 + [255] * 128).getbbox()
        if found is not None:
            across, down = size[0] / mask.width, size[1] / mask.height
            return (int(found[0] * across), int(found[1] * down), int(found[2] * across), int(found[3] * down))
    if boxes:
        corners = [_pixels(box, size) for box in boxes]
        return (
            min(corner[0] for corner in corners),
            min(corner[1] for corner in corners),
            max(corner[2] for corner in corners),
            max(corner[3] for corner in corners),
        )
    return (0, 0, *size)


def closeup(image: Image.Image, box: tuple[int, int, int, int]) -> Image.Image:
    """The part `box` in grey, at most `SIDE` pixels; never enlarged, which would be blur of our own making."""
    width, height = box[2] - box[0], box[3] - box[1]
    scale = min(1.0, SIDE / max(width, height))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return image.resize(size, Image.Resampling.BOX, box=box, reducing_gap=1.0).convert("L")


def sharpness(grey: Image.Image, region: Image.Image | None = None) -> float | None:
    """How steep the steepest edges are, whatever their contrast: about 1 when crisp, below 0.3 when blurred.

    The finest detail in relation to the next coarser one, each at its 99th percentile; None without any edge.
    """
    if min(grey.size) < 32:
        return None
    once = grey.filter(ImageFilter.BoxBlur(1))
    coarse = _percentile(ImageChops.difference(once, once.filter(ImageFilter.BoxBlur(3))).histogram(region), 0.99)
    if coarse < 6:
        return None
    return _percentile(ImageChops.difference(grey, once).histogram(region), 0.99) / coarse


def _percentile(histogram: list[int], portion: float) -> float:
    """Interpolated inside the level: small values must not jump."""
    wanted, below = portion * sum(histogram), 0
    for level, count in enumerate(histogram):
        if below + count >= wanted and count:
            return level + (wanted - below) / count - 0.5 if level else 0.0
        below += count
    return 0.0
