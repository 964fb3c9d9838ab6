"""A model's picture at the size of the photo's frame, tile by tile.

A model's picture has a few megapixels, a photo up to fifty: enlarging is most of what compositing costs. From twice
the size on, the picture is doubled as often as needed: each pixel becomes the mean of four of its nearest-neighbour
copy, which is linear interpolation (half a pixel further to the upper left), in half the time that a general resize
takes and no less sharp than its bilinear one.
"""

from __future__ import annotations

from PIL import Image

from backdrop.imaging.compositing.foreground_colours import Box

_NEARLY_TWICE = 1.9
"""From this ratio on a picture is brought to half the frame's size and doubled."""

_PAD = 2
"""Pixels repeated at the right and at the bottom: as many as any number of doublings looks beyond the border."""


class Enlarged:
    """An RGB picture of any size as if it were resized to the size of a frame."""

    def __init__(self, picture: Image.Image, size: tuple[int, int]) -> None:
        self._size = size
        self._doublings = 0
        ratio = min(size[0] / picture.width, size[1] / picture.height)
        while ratio >= _NEARLY_TWICE:
            self._doublings += 1
            ratio /= 2
        self._picture = picture
        if self._doublings:
            base = (-(-size[0] // 2**self._doublings), -(-size[1] // 2**self._doublings))
            if picture.size != base:
                picture = picture.resize(base, Image.Resampling.BICUBIC)
            self._picture = _padded(picture)

    def part(self, box: Box) -> Image.Image:
        """The tile `box`, in the frame's pixels: RGB of the box's size."""
        if self._doublings:
            return self._doubled(box, self._doublings)
        if self._picture.size == self._size:
            return self._picture.crop(box)
        across, down = self._picture.width / self._size[0], self._picture.height / self._size[1]
        source = (box[0] * across, box[1] * down, box[2] * across, box[3] * down)
        return self._picture.resize((box[2] - box[0], box[3] - box[1]), Image.Resampling.BICUBIC, box=source)

    def _doubled(self, box: Box, times: int) -> Image.Image:
        """Return `box` of the picture that is doubled so many times."""
        if times == 0:
            return self._picture.crop(box)
        left, top, right, bottom = box
        # Whole source pixels, and one more to take the mean with.
        source = (left // 2, top // 2, right // 2 + 1, bottom // 2 + 1)
        small = self._doubled(source, times - 1)
        width, height = right - left, bottom - top
        across, down = left % 2, top % 2
        wide = small.resize((small.width * 2, small.height), Image.Resampling.NEAREST)
        mean = Image.blend(
            wide.crop((across, 0, across + width, small.height)),
            wide.crop((across + 1, 0, across + width + 1, small.height)),
            0.5,
        )
        tall = mean.resize((width, small.height * 2), Image.Resampling.NEAREST)
        return Image.blend(
            tall.crop((0, down, width, down + height)), tall.crop((0, down + 1, width, down + height + 1)), 0.5
        )


def _padded(picture: Image.Image) -> Image.Image:
    """The last column and row repeated."""
    width, height = picture.size
    padded = Image.new("RGB", (width + _PAD, height + _PAD), None)
    padded.paste(picture)
    for place in range(_PAD):
        padded.paste(picture.crop((width - 1, 0, width, height)), (width + place, 0))
    for place in range(_PAD):
        padded.paste(padded.crop((0, height - 1, width + _PAD, height)), (0, height + place))
    return padded
