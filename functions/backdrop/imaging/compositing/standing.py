"""How a product stands in a frame: where the ground is under each of its columns, and which products stand apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from PIL import Image, ImageChops, ImageFilter

from backdrop.imaging.framing import Canvas, Size

_SIDE = 768
"""Pixels of the longer side at which a shadow is made. It is soft: more would not be seen."""

SURE = [255 if value >= 128 else 0 for value in range(256)]

_STANDING = 0.35
"""Of the subject's height: the ground rises so far at most from its nearest point to the farthest foot."""

_CELLS = 96
"""Cells of the longer side in which it is told what hangs together: what is less apart than one does."""
_THERE = 48
"""Mean value of a cell that is not empty."""
_OWN_AREA = 0.25
"""Of the largest part's area: what is smaller belongs to a larger one."""
_OVER = 0.5
"""Of a part's width: what has so much of another below it hangs over that."""

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
        """Height of the box, in pixels."""
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


def find_standing(mask: Image.Image, photo_size: Size, frame: Canvas, *, apart: bool = False) -> list[Standing]:
    """Return how the subject of a mask stands in a frame, or, `apart`, each of the products that stand by themselves;
    nothing where there is none.

    Args:
        mask: L of any size and of the photo's shape, 255 = subject.
        photo_size: width and height in pixels.
        frame: around the photo, which may lie partly beyond it.
        apart: whether products are told from each other.
    """
    subject = on_frame(mask, photo_size, frame)
    each = [_stand(one) for one in (_split(subject) if apart else [subject])]
    return [one for one in each if one is not None]


def on_frame(image: Image.Image, photo_size: Size, frame: Canvas) -> Image.Image:
    """Return an image of the photo's shape where it lies in the frame, at the scale at which shadows are made."""
    scale = min(1.0, _SIDE / max(frame.size))
    out = Image.new(image.mode, _scaled(frame.size, scale))
    place = round(frame.offset[0] * scale), round(frame.offset[1] * scale)
    out.paste(image.resize(_scaled(photo_size, scale), Image.Resampling.BILINEAR), place)
    return out


def upright(standing: Standing) -> bytes:
    """Return what is surely the subject in the box, column by column."""
    return _columns_of(standing.subject, standing.box)


def _stand(subject: Image.Image) -> Standing | None:
    box = subject.point(SURE).getbbox()
    if box is None:
        return None
    columns, feet = _lowest(subject, box)
    return Standing(subject, box, columns, feet, _ground(list(zip(columns, feet, strict=True))))


def _columns_of(subject: Image.Image, box: Box) -> bytes:
    return subject.crop(box).point(SURE).transpose(Image.Transpose.TRANSPOSE).tobytes()


def _lowest(subject: Image.Image, box: Box) -> tuple[list[int], list[int]]:
    """The columns in which there is subject, and the lowest row of it in each."""
    columns, rows = [], []
    width, height = box[2] - box[0], box[3] - box[1]
    data = _columns_of(subject, box)
    for x in range(width):
        lowest = data[x * height : (x + 1) * height].rfind(255)
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


@dataclass
class _Part:
    """Cells that hang together."""

    cells: list[Point]
    members: list[_Part] = field(default_factory=list)

    @property
    def columns(self) -> set[int]:
        return {x for x, _ in self.cells}

    @property
    def bottom(self) -> int:
        return max(y for _, y in self.cells)


def _split(subject: Image.Image) -> list[Image.Image]:
    """The products that stand by themselves, each alone; what is small, or hangs over another, stays with that."""
    size = _scaled(subject.size, min(1.0, _CELLS / max(subject.size)))
    parts = sorted(_connected(subject.resize(size, Image.Resampling.BOX)), key=lambda one: -len(one.cells))
    own: list[_Part] = []
    for part in parts:
        base = next((one for one in own if _hangs_over(part, one)), None)
        if base is None and (not own or len(part.cells) >= _OWN_AREA * len(own[0].cells)):
            own.append(part)
        else:
            (base or own[0]).members.append(part)
    if len(own) < 2:
        return [subject]
    return [_alone(subject, part, size) for part in own]


def _connected(small: Image.Image) -> list[_Part]:
    """The parts of a mask of cells, corners touching."""
    width, height = small.size
    there = [value >= _THERE for value in small.tobytes()]
    parts = []
    for start in range(len(there)):
        if not there[start]:
            continue
        there[start] = False
        found, waiting = [], [start]
        while waiting:
            at = waiting.pop()
            x, y = at % width, at // width
            found.append((x, y))
            for below in range(max(0, y - 1), min(height, y + 2)):
                for beside in range(max(0, x - 1), min(width, x + 2)):
                    if there[below * width + beside]:
                        there[below * width + beside] = False
                        waiting.append(below * width + beside)
        parts.append(_Part(found))
    return parts


def _hangs_over(part: _Part, base: _Part) -> bool:
    columns = part.columns
    return part.bottom < base.bottom and len(columns & base.columns) > _OVER * len(columns)


def _alone(subject: Image.Image, part: _Part, size: Size) -> Image.Image:
    cells = Image.new("L", size)
    for one in (part, *part.members):
        for place in one.cells:
            cells.putpixel(place, 255)
    # Its soft edge lies in the cells around.
    around = cells.filter(ImageFilter.MaxFilter(3)).resize(subject.size, Image.Resampling.NEAREST)
    return ImageChops.multiply(subject, around)


def _scaled(sides: Size, scale: float) -> Size:
    return max(1, round(sides[0] * scale)), max(1, round(sides[1] * scale))
