"""Where products can stand in a picture: low, and on what begins at its clearest edge from side to side."""

from __future__ import annotations

from PIL import Image

from backdrop.core.backdrops import SURFACE, SURFACES

_ROWS, _STRIPS, _ACROSS = 96, 5, 12
"""The picture is looked at in so many rows; each of the strips, side by side, is so many pixels wide."""

_BAND = 5
"""Rows above and below an edge that are compared."""

_FIRST, _LAST = 0.25, 0.9
"""Shares of the height between which an edge is looked for: nothing stands above, and too little room is below."""

_CLEAR = 9.0
"""Levels, of 255, that what is above and below an edge differ in at least: a studio sweep's slow change is no edge."""

_ON_IT = 0.5
"""Share of what lies below the edge: products stand in the middle of it."""


def find_surface(picture: Image.Image) -> float:
    """Return the share of the picture's height, from the top, at which a product would stand: `SURFACE`, or lower where
    the surface's own edge is. A guess: whoever sees the picture knows better.

    Of 48 painted scenes, half of which the rule was not made on, `SURFACE` lies on the surface in all: what begins far
    above it moves nothing.
    """
    edge = find_edge(picture)
    if edge is None:
        return SURFACE
    return round(min(SURFACES[1], max(SURFACE, edge + _ON_IT * (1 - edge))), 3)


def find_edge(picture: Image.Image) -> float | None:
    """Return the share of the height at which the clearest edge from side to side lies; None: there is none.

    In most of the strips the colours above and below it differ.
    """
    strips = [_rows_of(picture, number) for number in range(_STRIPS)]
    best, place = 0.0, 0
    for row in range(max(_BAND, round(_FIRST * _ROWS)), min(_ROWS - _BAND, round(_LAST * _ROWS)) + 1):
        steps = sorted(_step(rows, row) for rows in strips)
        # One strip may have a lamp or a leaf in it.
        step = steps[1]
        if step > best:
            best, place = step, row
    return place / _ROWS if best >= _CLEAR else None


def _rows_of(picture: Image.Image, strip: int) -> list[tuple[float, float, float]]:
    """The mean colour of each row of a strip, from top to bottom."""
    width = picture.width / _STRIPS
    box = (strip * width, 0.0, (strip + 1) * width, float(picture.height))
    small = picture.convert("RGB").resize((1, _ROWS), Image.Resampling.BOX, box)
    data = small.tobytes()
    return [(data[at], data[at + 1], data[at + 2]) for at in range(0, len(data), 3)]


def _step(rows: list[tuple[float, float, float]], row: int) -> float:
    """Levels by which the rows below differ from those above, in the channel that differs most."""
    above, below = rows[row - _BAND : row], rows[row : row + _BAND]
    return max(abs(sum(one[c] for one in below) - sum(one[c] for one in above)) / _BAND for c in range(3))
