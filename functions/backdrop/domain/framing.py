"""Where the photo lies in the finished picture's frame: nothing is ever stretched, and nothing cut off.

A new aspect makes the frame larger than the photo. What fills the rest (an outpainting model or a colour) is
decided elsewhere; this module only does the geometry, so that the request to the model and the compositing of its
answer can't disagree about it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from backdrop.domain.errors import BackdropError, ErrorCode
from backdrop.domain.limits import MAX_PIXELS, MAX_SIDE

if TYPE_CHECKING:
    from backdrop.domain.options import OutputOptions

MAX_FRAME_ASPECT = 4
"""Longer side by shorter side of a finished picture. Ours: wider than any banner a shop shows."""

_ROOM_ABOVE = 2 / 3
"""Share of the new height that goes above the photo.

A product stands on something near the photo's lower edge: room above is wall and sky, while as much room below would
lift the product to the middle of the picture. A third below keeps it clear of the edge.
"""


@dataclass(frozen=True)
class Canvas:
    """The finished picture's frame, in the photo's pixels.

    Attributes:
        size: width and height of the frame, each at least the photo's.
        offset: where the photo's upper left corner lies in it, each at least 0.
    """

    size: tuple[int, int]
    offset: tuple[int, int] = (0, 0)


def canvas_for(photo_size: tuple[int, int], output: OutputOptions) -> Canvas:
    """The smallest frame of the asked aspect that holds the whole photo.

    The photo is centred from left to right; of new height two thirds go above it, so that a product keeps standing.
    Without an aspect (see `asked_aspect`), or when the photo has it to half a pixel, the frame is the photo's own.

    Args:
        photo_size: width and height in pixels.
        output: only its aspect, width and height matter.

    Raises:
        BackdropError: OPTIONS_INVALID when the aspect is beyond 1:4 to 4:1 or the frame beyond the limits.
    """
    aspect = asked_aspect(output)
    width, height = photo_size
    if aspect is None:
        return Canvas(photo_size)
    check_aspect(aspect)
    across, down = aspect
    wanted_width, wanted_height = height * across / down, width * down / across
    if abs(wanted_width - width) <= 0.5 or abs(wanted_height - height) <= 0.5:
        return Canvas(photo_size)
    size = (round(wanted_width), height) if wanted_width > width else (width, round(wanted_height))
    if size[0] * size[1] > MAX_PIXELS or max(size) > MAX_SIDE:
        raise BackdropError(
            ErrorCode.OPTIONS_INVALID,
            f"A photo of {width} x {height} pixels makes {size[0]} x {size[1]} at the aspect {across}:{down};"
            f" the limits are {MAX_PIXELS / 1e6:.0f} megapixels and {MAX_SIDE:,} a side.",
            "Scale the photo down and upload it again, or choose an aspect nearer to the photo's.",
        )
    return Canvas(size, ((size[0] - width) // 2, round((size[1] - height) * _ROOM_ABOVE)))


def asked_aspect(output: OutputOptions) -> tuple[int, int] | None:
    """Width and height as a proportion: the aspect, else that of width x height when both are given, else None."""
    if output.aspect is not None:
        return output.aspect
    if output.width is not None and output.height is not None:
        return output.width, output.height
    return None


def check_aspect(aspect: tuple[int, int]) -> None:
    """Refuse what no finished picture may have.

    Raises:
        BackdropError: OPTIONS_INVALID for a proportion beyond 1:4 to 4:1 or of nothing.
    """
    across, down = aspect
    if across < 1 or down < 1 or max(across, down) > MAX_FRAME_ASPECT * min(across, down):
        raise BackdropError(
            ErrorCode.OPTIONS_INVALID,
            f"The aspect {across}:{down} is beyond 1:{MAX_FRAME_ASPECT} to {MAX_FRAME_ASPECT}:1.",
            f"Choose an aspect between 1:{MAX_FRAME_ASPECT} and {MAX_FRAME_ASPECT}:1, such as 1:1, 4:5 or 16:9.",
        )
