"""The subject mask: a cut-out's alpha, limited to the objects whose labels were kept.

Masks are 8-bit grey images, 255 = subject = keep.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image, ImageChops, ImageDraw

from backdrop.domain.errors import BackdropError, ErrorCode, ResponseInvalid
from backdrop.domain.jobs import Box

_BOX_MARGIN = 0.03
"""Ratio of the photo's side by which a kept box is widened: detectors' boxes are a little tight."""

_GRID = 160
"""Cells along the longer side of the grid on which separate objects are told apart."""

_INSIDE = 0.6
"""Share of an object's area that must lie in the kept boxes for the object to be kept whole."""

_MIN_COVERAGE = 0.002
"""Share of the photo below which a mask is no product."""


def alpha_of(cut_out: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The alpha channel of a cut-out, at `size` (width, height).

    Raises:
        ResponseInvalid: the picture has no alpha channel.
    """
    if "A" not in cut_out.getbands() and "transparency" not in cut_out.info:
        raise ResponseInvalid(ErrorCode.RESPONSE_INVALID, "The cut-out in the answer has no alpha channel.")
    alpha = cut_out.convert("RGBA").getchannel("A")
    return alpha if alpha.size == size else alpha.resize(size, Image.Resampling.BICUBIC)


def encode_mask(mask: Image.Image) -> bytes:
    """The mask as it is stored: 8-bit grey PNG."""
    out = io.BytesIO()
    mask.save(out, "PNG", compress_level=1)
    return out.getvalue()


def open_mask(data: bytes) -> Image.Image:
    """What `encode_mask` stored."""
    return Image.open(io.BytesIO(data), formats=("PNG",)).convert("L")


def subject_mask(alpha: Image.Image, boxes: Sequence[Box]) -> Image.Image:
    """Limit a cut-out's alpha to the kept boxes; without boxes all of it is kept.

    An object (a connected part of the alpha) that lies mostly inside the boxes is kept whole, because a box that
    is a little tight must not cut a handle off; of any other only what is inside the boxes stays.

    Raises:
        BackdropError: `SUBJECT_NOT_FOUND` when next to nothing is left.
    """
    mask = ImageChops.multiply(alpha, _allowed(alpha, boxes)) if boxes else alpha
    coverage = _mean(mask) / 255
    if coverage < _MIN_COVERAGE:
        where = " inside the boxes of the kept labels" if boxes else ""
        raise BackdropError(
            ErrorCode.SUBJECT_NOT_FOUND, f"No product was found{where}: the mask covers {coverage:.1%} of the photo."
        )
    return mask


def _allowed(alpha: Image.Image, boxes: Sequence[Box]) -> Image.Image:
    """255 where the mask may be set."""
    width, height = alpha.size
    allowed = Image.new("L", alpha.size, 0)
    draw = ImageDraw.Draw(allowed)
    for left, top, box_width, box_height in boxes:
        draw.rectangle(
            (
                (left - _BOX_MARGIN) * width,
                (top - _BOX_MARGIN) * height,
                (left + box_width + _BOX_MARGIN) * width,
                (top + box_height + _BOX_MARGIN) * height,
            ),
            fill=255,
        )
    for part in _objects_mostly_inside(alpha, allowed):
        allowed = ImageChops.lighter(allowed, part.resize(alpha.size, Image.Resampling.NEAREST))
    return allowed


def _objects_mostly_inside(alpha: Image.Image, allowed: Image.Image) -> list[Image.Image]:
    """A small mask for each object of the alpha that lies mostly in the allowed area.

    On a grid of at most `_GRID` cells a side a flood fill in plain Python takes some milliseconds, which is less
    than importing an imaging library that has connected components.
    """
    scale = _GRID / max(alpha.size)
    columns, rows = (max(1, round(side * scale)) for side in alpha.size)
    # MAX over a cell would be exact; the box mean with a low bar keeps thin parts connected just as well.
    cells = alpha.resize((columns, rows), Image.Resampling.BOX).tobytes()
    inside = allowed.resize((columns, rows), Image.Resampling.BOX).tobytes()
    seen = bytearray(value < 16 for value in cells)
    parts = []
    for start in range(len(cells)):
        if seen[start]:
            continue
        seen[start] = 1
        stack, members = [start], []
        while stack:
            cell = stack.pop()
            members.append(cell)
            row, column = divmod(cell, columns)
            for near_row in range(max(0, row - 1), min(rows, row + 2)):
                for near_column in range(max(0, column - 1), min(columns, column + 2)):
                    near = near_row * columns + near_column
                    if not seen[near]:
                        seen[near] = 1
                        stack.append(near)
        area = sum(cells[cell] for cell in members)
        if sum(cells[cell] * inside[cell] for cell in members) >= _INSIDE * 255 * area:
            # One more cell all round, so that the object's soft rim is not cut at a cell's border.
            part = bytearray(len(cells))
            for cell in members:
                row, column = divmod(cell, columns)
                for near_row in range(max(0, row - 1), min(rows, row + 2)):
                    for near_column in range(max(0, column - 1), min(columns, column + 2)):
                        part[near_row * columns + near_column] = 255
            parts.append(Image.frombytes("L", (columns, rows), bytes(part)))
    return parts


def _mean(mask: Image.Image) -> float:
    histogram = mask.histogram()
    return sum(value * count for value, count in enumerate(histogram)) / (mask.width * mask.height)
