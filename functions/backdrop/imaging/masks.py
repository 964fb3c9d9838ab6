"""The subject mask: a cut-out's alpha, limited to the objects whose labels were kept.

Masks are 8-bit grey images, 255 = subject = keep.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PIL import Image, ImageChops

from backdrop.core.errors import BackdropError, ErrorCode, ResponseInvalid
from backdrop.core.vocabulary import Box
from backdrop.core.words.marks import phrase

VISIBLE = 7
"""Least value of a mask that shows in a picture: compositing rounds what is below to nothing."""

_BOX_MARGIN = 0.03
"""Ratio of the photo's side by which a kept box is widened: detectors' boxes are a little tight."""

_GRID = 160
"""Cells along the longer side of the grid on which separate objects are told apart."""

_INSIDE = 0.6
"""Share of an object's area that must lie in the kept boxes for the object to be kept whole."""

_SAME = 0.5
"""Share of what two boxes cover that both cover, above which they are around the same thing."""

_MIN_COVERAGE = 0.002
"""Share of the photo below which a mask is no product."""


def alpha_of(cut_out: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The alpha channel of a cut-out, at `size` (width, height).

    Raises:
        ResponseInvalid: the picture has no alpha channel.
    """
    if "A" not in cut_out.getbands() and "transparency" not in cut_out.info:
        raise ResponseInvalid(ErrorCode.RESPONSE_INVALID, phrase("The cut-out in the answer has no alpha channel."))
    alpha = cut_out.convert("RGBA").getchannel("A")
    return alpha if alpha.size == size else alpha.resize(size, Image.Resampling.BICUBIC)


def encode_mask(mask: Image.Image) -> bytes:
    """The mask as it is stored: 8-bit grey PNG."""
    out = io.BytesIO()
    mask.save(out, "PNG", compress_level=1)
    return out.getvalue()


def encode_subject(
    cut_out: Image.Image, size: tuple[int, int], boxes: Sequence[Box], removed: Sequence[Box] = ()
) -> bytes:
    """The stored mask of a cut-out, `size` (width, height): its alpha, limited as by `subject_mask`.

    Raises:
        ResponseInvalid: the picture has no alpha channel.
        BackdropError: `SUBJECT_NOT_FOUND`.
    """
    return encode_mask(subject_mask(alpha_of(cut_out, size), boxes, removed))


def open_mask(data: bytes) -> Image.Image:
    """What `encode_mask` stored."""
    return Image.open(io.BytesIO(data), formats=("PNG",)).convert("L")


def subject_mask(alpha: Image.Image, boxes: Sequence[Box], removed: Sequence[Box] = ()) -> Image.Image:
    """Limit a cut-out's alpha to the kept boxes; without boxes all of it is kept but what is in the removed ones.

    An object (a connected part of the alpha) that lies mostly inside the boxes is kept whole, because a box that
    is a little tight must not cut a handle off; of any other only what is inside the boxes stays. An object mostly
    in the kept boxes stays whatever else it is called (several labels often name one thing); any other object that a
    removed box fits goes.

    Raises:
        BackdropError: `SUBJECT_NOT_FOUND` when next to nothing is left.
    """
    objects = _objects(alpha, boxes) if boxes or removed else []
    mask = alpha
    if boxes:
        allowed = _drawn(alpha.size, boxes)
        for one in objects:
            if one.kept:
                allowed = ImageChops.lighter(allowed, one.area(alpha.size))
        mask = ImageChops.multiply(alpha, allowed)
    for one in objects:
        # A removed box is taken at its word only where it fits: that of a table is also around the cup on it.
        if not one.kept and any(alike(one.box, box) for box in removed):
            mask = ImageChops.subtract(mask, one.area(alpha.size))
    coverage = _mean(mask) / 255
    if coverage < _MIN_COVERAGE:
        words = (
            phrase(
                "No product was found inside the boxes of the kept labels: the mask covers {share:.1%} of the photo.",
                share=coverage,
            )
            if boxes
            else phrase("No product was found: the mask covers {share:.1%} of the photo.", share=coverage)
        )
        raise BackdropError(ErrorCode.SUBJECT_NOT_FOUND, words)
    return mask


def alike(one: Box, other: Box) -> bool:
    """Whether two boxes are around the same thing: they share more than half of what they cover."""
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    shared = max(0.0, width) * max(0.0, height)
    return shared > _SAME * (one[2] * one[3] + other[2] * other[3] - shared)


def _drawn(size: tuple[int, int], boxes: Sequence[Box]) -> Image.Image:
    """Return an L image: 255 inside the boxes and their margins, 0 elsewhere."""
    width, height = size
    area = Image.new("L", size, 0)
    for left, top, box_width, box_height in boxes:
        # Pasted, not drawn: ImageDraw brings all of Pillow's fonts into a cold start.
        first = (max(0, int((left - _BOX_MARGIN) * width)), max(0, int((top - _BOX_MARGIN) * height)))
        right, bottom = (left + box_width + _BOX_MARGIN) * width, (top + box_height + _BOX_MARGIN) * height
        area.paste(255, (*first, min(width, int(right) + 1), min(height, int(bottom) + 1)))
    return area


@dataclass(frozen=True)
class _Object:
    """A connected part of an alpha.

    Attributes:
        cells: a small L image, 255 on the object and one cell around it.
        box: around it.
        kept: whether it lies mostly inside the kept boxes.
    """

    cells: Image.Image
    box: Box
    kept: bool

    def area(self, size: tuple[int, int]) -> Image.Image:
        """Return an L image at full size: 255 on the object."""
        return self.cells.resize(size, Image.Resampling.NEAREST)


def _objects(alpha: Image.Image, boxes: Sequence[Box]) -> list[_Object]:
    """The separate objects of the alpha.

    On a grid of at most `_GRID` cells a side a flood fill in plain Python takes some milliseconds, which is less
    than importing an imaging library that has connected components.
    """
    scale = _GRID / max(alpha.size)
    columns, rows = (max(1, round(side * scale)) for side in alpha.size)
    # MAX over a cell would be exact; the box mean with a low bar keeps thin parts connected just as well.
    cells = alpha.resize((columns, rows), Image.Resampling.BOX).tobytes()
    inside = _drawn((columns, rows), boxes).tobytes()
    seen = bytearray(value < 16 for value in cells)
    found = []
    for start in range(len(cells)):
        if seen[start]:
            continue
        members = _connected(start, seen, columns, rows)
        area = sum(cells[cell] for cell in members)
        shared = sum(cells[cell] * inside[cell] for cell in members)
        places = [divmod(cell, columns) for cell in members]
        top, bottom = min(row for row, _ in places), max(row for row, _ in places) + 1
        left, right = min(column for _, column in places), max(column for _, column in places) + 1
        # One more cell all round, so that the object's soft rim is not cut at a cell's border.
        part = bytearray(len(cells))
        for cell in members:
            for near in _around(cell, columns, rows):
                part[near] = 255
        found.append(
            _Object(
                Image.frombytes("L", (columns, rows), bytes(part)),
                (left / columns, top / rows, (right - left) / columns, (bottom - top) / rows),
                shared >= _INSIDE * 255 * area,
            )
        )
    return found


def _connected(start: int, seen: bytearray, columns: int, rows: int) -> list[int]:
    """The cells that hang together with `start`; they are marked as seen."""
    seen[start] = 1
    stack, members = [start], []
    while stack:
        cell = stack.pop()
        members.append(cell)
        for near in _around(cell, columns, rows):
            if not seen[near]:
                seen[near] = 1
                stack.append(near)
    return members


def _around(cell: int, columns: int, rows: int) -> Iterator[int]:
    row, column = divmod(cell, columns)
    for near_row in range(max(0, row - 1), min(rows, row + 2)):
        for near_column in range(max(0, column - 1), min(columns, column + 2)):
            yield near_row * columns + near_column


def _mean(mask: Image.Image) -> float:
    histogram = mask.histogram()
    return sum(value * count for value, count in enumerate(histogram)) / (mask.width * mask.height)
