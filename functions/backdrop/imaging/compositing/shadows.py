"""What a product casts on its ground: a thin dark line where it stands, a soft shadow around that, and one to the side.

The shadow is guessed from the mask alone. Where the product stands is the lower side of the mask's convex hull: the
ground between two feet lies on the line from one to the other. What ends far above the lowest point hangs over the
ground, like a handle or a leaf, and casts little. Where the light comes from a side, the product's silhouette is laid
down behind it on the other, softer and fainter the higher what casts it is. Only Pillow is used, as in `precise.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import exp, radians, sin

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from backdrop.core.backdrops import Shadow
from backdrop.core.light import Light
from backdrop.imaging.framing import Canvas, Size

_SIDE = 768
"""Pixels of the longer side at which a shadow is made. It is soft: more would not be seen."""

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

# Of the shadow to the side. What is so many pixels above the ground casts so many to the side, when the light comes
# from there alone, and so many up in the picture, which is back on the ground.
_LEAN, _BACK = 0.85, 0.2
_CAST_NEAR, _CAST_FAR, _CAST_STRENGTH, _CAST_FADES = 0.012, 0.03, 0.5, 1.7
_POOL_BESIDE = 0.7
"""How dark the soft shadow around the product is beside one to the side, of what it is alone."""
_BANDS = 8
"""The subject's height is laid down in so many pieces, each fainter than the one below it."""

_SOFTER = 4.0
"""How many times as soft the softest shadow is as the hardest."""

Point = tuple[int, int]
Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Standing:
    """How a subject stands, at the scale at which shadows are made.

    Attributes:
        subject: L of the frame's shape.
        box: of what is surely the subject.
        columns: in which there is subject.
        feet: the lowest row of it in each.
        ground: the row of the ground in each.
    """

    subject: Image.Image
    box: Box
    columns: Sequence[int]
    feet: Sequence[int]
    ground: Sequence[float]

    @property
    def height(self) -> int:
        """Of the box, in pixels."""
        return self.box[3] - self.box[1]

    @property
    def side(self) -> int:
        """The longer side of the box, in pixels."""
        return max(self.box[2] - self.box[0], self.height)

    def near(self) -> Iterator[tuple[int, int, float, float]]:
        """Column, lowest row, ground, and how near that is to the viewer (1 nearest, above 0), of all that stands."""
        for x, foot, ground in zip(self.columns, self.feet, self.ground, strict=True):
            near = 1 - (self.box[3] - ground) / (self.height * _STANDING)
            if near > 0:
                yield x, foot, ground, near


def find_standing(mask: Image.Image, photo_size: Size, frame: Canvas) -> Standing | None:
    """Return how the subject of a mask stands in a frame; None: there is none."""
    scale = work_scale(frame)
    subject = on_frame(mask, "L", photo_size, frame, scale)
    box = subject.point(_SURE).getbbox()
    if box is None:
        return None
    columns, feet = _lowest(subject, box)
    return Standing(subject, box, columns, feet, _ground(list(zip(columns, feet, strict=True))))


def work_scale(frame: Canvas) -> float:
    """Return how much smaller than the frame a shadow is made."""
    return min(1.0, _SIDE / max(frame.size))


def on_frame(image: Image.Image, mode: str, photo_size: Size, frame: Canvas, scale: float) -> Image.Image:
    """Return an image of the photo's shape where it lies in the frame, at a scale; nothing or black around it."""
    out = Image.new(mode, _scaled(frame.size, scale))
    place = round(frame.offset[0] * scale), round(frame.offset[1] * scale)
    out.paste(image.resize(_scaled(photo_size, scale), Image.Resampling.BILINEAR), place)
    return out


def cast_shadow(
    mask: Image.Image, photo_size: Size, frame: Canvas, shadow: Shadow, light: Light | None = None
) -> Image.Image | None:
    """Return how dark the subject's shadow is: L of the frame's shape, 255 = black; None: there is none."""
    if shadow is Shadow.NONE or (light is not None and not light.strength):
        return None
    standing = find_standing(mask, photo_size, frame)
    return None if standing is None else cast(standing, shadow, light or Light())


def cast(standing: Standing, shadow: Shadow, light: Light) -> Image.Image | None:
    """Return the same of a subject that stands so."""
    if shadow is Shadow.NONE or not light.strength:
        return None
    side, height, subject = standing.side, standing.height, standing.subject
    lean, softer = sin(radians(light.angle)), _SOFTER ** (light.softness - 0.5)
    contact, soft = Image.new("L", subject.size), Image.new("L", subject.size)
    draw_contact, draw_soft = ImageDraw.Draw(contact), ImageDraw.Draw(soft)
    for x, foot, ground, near in standing.near():
        gap = ground - foot
        if gap <= side * _TOUCHING:
            _draw(draw_contact, x, foot, (side * _CONTACT_DEPTH, side * _CONTACT_DEPTH), near)
        _draw(draw_soft, x, ground, (side * _SOFT_ABOVE, side * _SOFT_BELOW), near * exp(-gap / (height * _HANGING)))
    line = _blurred(contact, side * _CONTACT_BLUR * softer, _CONTACT_STRENGTH * light.strength)
    if shadow is Shadow.CONTACT:
        return line
    pool = (_POOL_BESIDE if lean else 1.0) * _SOFT_STRENGTH * light.strength
    around = ImageChops.screen(line, _blurred(soft, side * _SOFT_BLUR * softer, pool))
    if not lean:
        return around
    return ImageChops.screen(
        around, _lay_down(standing, lean, softer, _CAST_STRENGTH * abs(lean) ** 0.5 * light.strength)
    )


def _lay_down(standing: Standing, lean: float, softer: float, strength: float) -> Image.Image:
    """The silhouette on the ground, away from a light that comes from a side (`lean`: -1 left, 1 right)."""
    side, height, size = standing.side, standing.height, standing.subject.size
    runs = list(_runs(standing))
    shape = Image.new("L", size)
    for band in reversed(range(_BANDS)):
        draw = ImageDraw.Draw(shape)
        low, high = height * band / _BANDS, height * (band + 1) / _BANDS
        fades = exp(-_CAST_FADES * (band + 0.5) / _BANDS)
        for x, ground, near, least, most in runs:
            first, last = max(low, least), min(high, most)
            if first < last:
                ends = [(x - lean * _LEAN * up, ground - _BACK * up) for up in (first, last)]
                draw.line(ends, fill=round(255 * near * fades), width=2)
        if band == _BANDS // 2:
            shape = shape.filter(ImageFilter.GaussianBlur(max(0.5, side * _CAST_FAR * softer)))
    return _blurred(shape, side * _CAST_NEAR * softer, strength)


def _runs(standing: Standing) -> Iterator[tuple[int, float, float, float, float]]:
    """Column, ground, nearness, and from which to which height above the ground there is subject without a gap."""
    upright = _upright(standing.subject, standing.box)
    left, top, _, bottom = standing.box
    rows = bottom - top
    for x, _, ground, near in standing.near():
        column = upright[(x - left) * rows : (x - left + 1) * rows]
        begin = column.find(255)
        while begin >= 0:
            end = column.find(0, begin)
            end = rows if end < 0 else end
            yield x, ground, near, max(0.0, ground - (top + end - 1)), ground - (top + begin) + 1
            begin = column.find(255, end)


def _upright(subject: Image.Image, box: Box) -> bytes:
    """What is surely the subject in the box, column by column."""
    return subject.crop(box).point(_SURE).transpose(Image.Transpose.TRANSPOSE).tobytes()


def _lowest(subject: Image.Image, box: Box) -> tuple[list[int], list[int]]:
    """The columns in which there is subject, and the lowest row of it in each."""
    columns, rows = [], []
    width, height = box[2] - box[0], box[3] - box[1]
    upright = _upright(subject, box)
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
    return soft.point([min(255, round(value * strength)) for value in range(256)])


def _scaled(sides: Size, scale: float) -> Size:
    return max(1, round(sides[0] * scale)), max(1, round(sides[1] * scale))
