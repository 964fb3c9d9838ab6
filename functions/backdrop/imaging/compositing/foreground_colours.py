"""What the subject, the old background and the new background look like near each place of the subject's edge.

A pixel on a soft edge is a mixture of two colours; to take one of them out, both must be known. They are estimated
as in Forte, "Approximate Fast Foreground Colour Estimation" (ICIP 2021): local means of what is surely one or the
other, on a small grid. Where a cell of the grid holds nothing sure, a coarser one speaks for it.
"""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

Box = tuple[int, int, int, int]
"""left, top, right, bottom in pixels."""

_WORK_SIDE = 768
"""Pixels, longest side of the (whole) photo at the scale at which it is told what is surely subject or background."""

_CELL = 4
"""Pixels of the work image in one cell of the grid."""

_STEPS = 4
"""Steps in which a colour may change from one cell to the next."""

_MARGIN = 0.02
"""Share of the photo's longer side, around the subject, that speaks for the background beside what is asked for."""

# Only what is surely one or the other may speak for it, or the mixture would colour both.
_SURELY_SUBJECT = [value if value > 245 else 0 for value in range(256)]
_SURELY_BACKGROUND = [255 - value if value < 10 else 0 for value in range(256)]
# A cell that is a twelfth full speaks for itself; below, rounding to 8 bits would be seen.
_TRUST = [min(255, value * 12) for value in range(256)]


@dataclass(frozen=True)
class Field:
    """Colours that vary slowly over `region` of a picture.

    Attributes:
        colours: small RGB image, stretched over the region.
        region: pixels of the full-size picture.
    """

    colours: Image.Image
    region: Box

    def part(self, box: Box) -> Image.Image:
        """The colours at each pixel of `box`, which lies in the region: RGB of the box's size."""
        left, top, right, bottom = self.region
        across, down = self.colours.width / (right - left), self.colours.height / (bottom - top)
        source = ((box[0] - left) * across, (box[1] - top) * down, (box[2] - left) * across, (box[3] - top) * down)
        size = (box[2] - box[0], box[3] - box[1])
        # Between cells many pixels apart the colours hardly change from pixel to pixel.
        step = max(1, int(1 / (across * _STEPS)))
        coarse = (-(-size[0] // step), -(-size[1] // step))
        part = self.colours.resize(coarse, Image.Resampling.BILINEAR, box=source)
        return part if coarse == size else part.resize(size, Image.Resampling.NEAREST)


@dataclass(frozen=True)
class Sampler:
    """Measures pictures of one frame near the edge of one mask.

    Attributes:
        region: pixels of the frame: all that is not nothing in the mask, and some background around it.
        subject: L at the work scale, what surely belongs to the subject.
        background: L of the same size, what surely does not.
    """

    region: Box
    subject: Image.Image
    background: Image.Image

    @classmethod
    def of(cls, mask: Image.Image, levels: list[int], size: tuple[int, int], reach: int) -> Sampler | None:
        """Return the sampler for a mask (L of any size, levelled by the table `levels`) of a frame of `size`; None for
        an empty mask.

        Colours can be asked for up to `reach` pixels of the frame from what is not nothing in the mask.
        """
        bounds = mask.point(levels).getbbox()
        if bounds is None:
            return None
        step = max(1, round(max(size) / _WORK_SIDE))
        region = _aligned(bounds, mask.size, size, step * _CELL, reach)
        work_size = (-(-(region[2] - region[0]) // step), -(-(region[3] - region[1]) // step))
        alpha = _reduced(mask, region, size, work_size).point(levels)
        return cls(region, alpha.point(_SURELY_SUBJECT), alpha.point(_SURELY_BACKGROUND))

    def view(self, picture: Image.Image, size: tuple[int, int], offset: tuple[int, int] = (0, 0)) -> Image.Image:
        """The region at the work scale, of an RGB picture of a frame of `size` in which the mask's lies at `offset`."""
        left, top, right, bottom = self.region
        across, down = offset
        place = (left + across, top + down, right + across, bottom + down)
        return _reduced(picture, place, size, self.subject.size)

    def subject_of(self, view: Image.Image) -> Field:
        """The subject's colours in a view."""
        return self._field(view, self.subject)

    def background_of(self, view: Image.Image) -> Field:
        """The background's colours in a view."""
        return self._field(view, self.background)

    def _field(self, view: Image.Image, weight: Image.Image) -> Field:
        weighted = view.convert("RGBA")
        weighted.putalpha(weight)
        # Premultiplied: a mean of such pixels is a mean weighted by their alpha.
        return Field(_spread(weighted.convert("RGBa").reduce(_CELL)), self.region)


def _aligned(bounds: Box, mask_size: tuple[int, int], size: tuple[int, int], multiple: int, reach: int) -> Box:
    """The mask's bounds in the frame's pixels, with a margin, on multiples of the grid where the frame allows it."""
    across, down = size[0] / mask_size[0], size[1] / mask_size[1]
    margin = _MARGIN * max(size) + reach
    return (
        max(0, int(bounds[0] * across - margin) // multiple * multiple),
        max(0, int(bounds[1] * down - margin) // multiple * multiple),
        min(size[0], -int(-(bounds[2] * across + margin) // multiple) * multiple),
        min(size[1], -int(-(bounds[3] * down + margin) // multiple) * multiple),
    )


def _reduced(image: Image.Image, region: Box, size: tuple[int, int], work_size: tuple[int, int]) -> Image.Image:
    """Return `region` of an image that stands for a frame of `size`, at the work scale."""
    across, down = image.width / size[0], image.height / size[1]
    box = (region[0] * across, region[1] * down, region[2] * across, region[3] * down)
    return image.resize(work_size, Image.Resampling.BOX, box=box, reducing_gap=1.0)


def _spread(cells: Image.Image) -> Image.Image:
    """Fill cells that know little from coarser ones. RGBa (premultiplied) in, RGB of the same size out."""
    colours = cells.convert("RGBA")
    known = colours.getchannel("A")
    if max(cells.size) == 1:
        return colours.convert("RGB")
    coarser = _spread(cells.reduce(2)).resize(cells.size, Image.Resampling.BILINEAR)
    return Image.composite(colours.convert("RGB"), coarser, known.point(_TRUST))
