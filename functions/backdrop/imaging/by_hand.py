"""A product that somebody moved, scaled or turned by hand. Geometry, and the pixels that it is resampled to.

A product that is only moved, by whole pixels, keeps every pixel of its own. Any other is cut out at the photo's full
size, its edge without the old background's colour, and resampled once, before it comes over its background.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, cos, floor, radians, sin
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from PIL import Image

from backdrop.core.backdrops import Backdrop, Shadow
from backdrop.core.by_hand import ByHand
from backdrop.core.limits import MAX_PIXELS
from backdrop.imaging.framing import Canvas, Rectangle, View

if TYPE_CHECKING:
    from backdrop.core.vocabulary import Box
    from backdrop.imaging.photos import Photo

_Number = TypeVar("_Number", int, float)

Point = tuple[float, float]
Pixels = tuple[int, int, int, int]


class Done(NamedTuple):
    """What was done to a product: the move in whole pixels of the finished picture, as shares of it."""

    place: ByHand
    resampled: bool

    @property
    def words(self) -> str:
        """Return what became of the product's pixels, for the file's metadata."""
        return "resampled" if self.resampled else "moved"

    def to_dict(self) -> dict[str, float | bool]:
        """Return it as an image's Review holds it."""
        place = self.place
        moved = {"across": round(place.across, 6), "down": round(place.down, 6)}
        return {**moved, "scale": place.scale, "turn": place.turn, "resampled": self.resampled}


class Way(NamedTuple):
    """The way from the photo's plane to the finished picture's pixels.

    Attributes:
        view: of the job's rule, in the photo's pixels.
        middle: of the product, in the finished picture before anything was moved.
        moved: in whole pixels of the finished picture.
        place: what is done.
    """

    view: View
    middle: Point
    moved: tuple[int, int]
    place: ByHand

    @property
    def rates(self) -> Point:
        """Finished pixels per pixel of the photo, across and down, by the rule alone."""
        left, top, right, bottom = self.view.window
        return self.view.size[0] / (right - left), self.view.size[1] / (bottom - top)

    @property
    def exact(self) -> bool:
        """Whether each of the product's pixels stays what it is."""
        whole = all(side == int(side) for side in self.view.window[:2])
        return self.place.moves_only and self.rates == (1, 1) and whole

    def ahead(self, point: Point) -> Point:
        """Return where a point of the photo lies in the finished picture."""
        (left, top, _, _), (across, down) = self.view.window, self.rates
        x, y = (point[0] - left) * across - self.middle[0], (point[1] - top) * down - self.middle[1]
        sine, cosine = _turn(self.place.turn)
        x, y = self.place.scale * (cosine * x - sine * y), self.place.scale * (sine * x + cosine * y)
        return x + self.middle[0] + self.moved[0], y + self.middle[1] + self.moved[1]

    def back(self, point: Point) -> Point:
        """Return which point of the photo lies at one of the finished picture."""
        (left, top, _, _), (across, down) = self.view.window, self.rates
        x, y = point[0] - self.middle[0] - self.moved[0], point[1] - self.middle[1] - self.moved[1]
        sine, cosine = _turn(self.place.turn)
        x, y = (cosine * x + sine * y) / self.place.scale, (cosine * y - sine * x) / self.place.scale
        return (x + self.middle[0]) / across + left, (y + self.middle[1]) / down + top

    def around(self, box: Rectangle) -> Rectangle:
        """Return the upright box, in the finished picture, around a box of the photo."""
        left, top, right, bottom = box
        corners = [self.ahead(corner) for corner in ((left, top), (right, top), (left, bottom), (right, bottom))]
        across, down = zip(*corners, strict=True)
        return min(across), min(down), max(across), max(down)


class Moved(NamedTuple):
    """A photo as it lies in the finished picture, in the finished picture's own pixels.

    Attributes:
        photo: what of it is seen, with the product where it was put.
        mask: of that part, and of its size.
        cut_out: whether the mask's values count as they are, as the colours on its edge are the product's alone.
        judged: the whole of the old photo there, beside which the finished picture is judged.
        boxes: of the kept labels, as shares of that part; none where they are turned.
        view: the finished picture, seen from that part.
        scene: what a backdrop covers, and where that part lies in it.
        scale: finished pixels per pixel of the photo.
        stands: whether the product's lowest point is in the picture.
        done: what was done.
    """

    photo: Photo
    mask: Image.Image
    cut_out: bool
    judged: Image.Image
    boxes: tuple[Box, ...]
    view: View
    scene: Canvas
    scale: float
    stands: bool
    done: Done


def find_way(view: View, subject: Rectangle, place: ByHand) -> Way:
    """Return how a product gets to its place. Its middle stays in the picture.

    Args:
        view: of the job's rule, in the photo's pixels.
        subject: box of the product in the photo's pixels.
        place: checked.
    """
    still = Way(view, (0.0, 0.0), (0, 0), ByHand())
    middle = still.ahead(((subject[0] + subject[2]) / 2, (subject[1] + subject[3]) / 2))
    moved = tuple(
        _held(round(share * side), -floor(at), floor(side - at))
        for share, side, at in zip((place.across, place.down), view.size, middle, strict=True)
    )
    done = ByHand(moved[0] / view.size[0], moved[1] / view.size[1], place.scale, place.turn)
    return Way(view, middle, (moved[0], moved[1]), done)


def move(
    photo: Photo,
    mask: Image.Image,
    way: Way,
    subject: Rectangle,
    boxes: Sequence[Box],
    covers: Rectangle,
    *,
    cut_out: bool,
) -> Moved:
    """Return the photo with its product where the way leads.

    Args:
        photo: decoded at full size.
        mask: L of any size and of the photo's shape, 255 = subject.
        way: from `find_way`.
        subject: box of the product in the photo's pixels.
        boxes: of the kept labels, as shares of the photo.
        covers: what a backdrop covers by the job's rule, in the photo's pixels.
        cut_out: the mask is the photo's own alpha, and the photo was opened with its own colours.
    """
    size, (width, height) = (photo.width, photo.height), way.view.size
    seen = _outer(way.around((0, 0, *size)), way.view.size)
    part = seen[2] - seen[0], seen[3] - seen[1]
    if way.exact:
        image, shape = _shifted(photo.image, mask, way, seen)
        judged = image
    else:
        # Here: a product that is only moved needs no cut-out of itself.
        from backdrop.imaging.compositing.precise import composite_precise

        alone = _resampled(composite_precise(photo.image, None, mask, cut_out=cut_out), way, seen)
        image, shape = alone.convert("RGB"), alone.getchannel("A")
        judged = _resampled(photo.image, way, seen)
    (left, top, _, _), (across, down) = way.view.window, way.rates
    begins = round((covers[0] - left) * across), round((covers[1] - top) * down)
    whole = round((covers[2] - covers[0]) * across), round((covers[3] - covers[1]) * down)
    return Moved(
        photo=photo._replace(image=image, width=part[0], height=part[1]),
        mask=shape,
        cut_out=cut_out or not way.exact,
        judged=judged,
        boxes=() if way.place.turn else tuple(_seen_box(box, size, way, seen) for box in boxes),
        view=View((-seen[0], -seen[1], width - seen[0], height - seen[1]), way.view.size),
        scene=Canvas(whole, (seen[0] - begins[0], seen[1] - begins[1])),
        scale=way.view.scale * way.place.scale,
        stands=way.around(subject)[3] <= height + 1,
        done=Done(way.place, not way.exact),
    )


def lay_behind(picture: Image.Image, backdrop: Backdrop, moved: Moved) -> Image.Image:
    """Return the backdrop as it lies behind the moved product: RGB of the finished picture's size. It stays where it
    is; the shadow follows the product, and one that stands below the picture casts none in it."""
    from backdrop.imaging.compositing.backdrop import lay  # Here: only jobs with a backdrop pay for it.

    shadow = backdrop.shadow if moved.stands else Shadow.NONE
    line = backdrop.placement.line if backdrop.placement else 0.5
    ground = lay(picture, moved.scene, moved.mask, moved.photo.image, shadow, line, backdrop.light)
    left, top = (moved.scene.offset[side] + round(moved.view.window[side]) for side in (0, 1))
    width, height = moved.view.size
    if ground.size == (width, height) and (left, top) == (0, 0):
        return ground
    return ground.crop((left, top, left + width, top + height))


def _shifted(photo: Image.Image, mask: Image.Image, way: Way, seen: Pixels) -> tuple[Image.Image, Image.Image]:
    left, top = (round(side) for side in way.back((seen[0], seen[1])))
    part = left, top, left + seen[2] - seen[0], top + seen[3] - seen[1]
    shape = mask if mask.size == photo.size else mask.resize(photo.size, Image.Resampling.BICUBIC)
    return photo.crop(part), shape.crop(part)


def _resampled(image: Image.Image, way: Way, seen: Pixels) -> Image.Image:
    """What is seen of an image of the photo's size, in the finished picture's pixels."""
    size = seen[2] - seen[0], seen[3] - seen[1]
    if not way.place.turn:
        first, last = way.back((seen[0], seen[1])), way.back((seen[2], seen[3]))
        corner = floor(first[0]), floor(first[1])
        # A crop beyond the image is empty there: what is seen may end within one of the photo's pixels.
        near = image.crop((*corner, ceil(last[0]), ceil(last[1])))
        box = (first[0] - corner[0], first[1] - corner[1], last[0] - corner[0], last[1] - corner[1])
        return near.resize(size, Image.Resampling.LANCZOS, box, reducing_gap=3.0)
    # Turning looks at sixteen pixels, whatever the scale: many are turned first, and brought down to few afterwards.
    finer = max(1, round(1 / (max(way.rates) * way.place.scale)))
    while finer > 1 and size[0] * size[1] * finer * finer > MAX_PIXELS:
        finer -= 1
    origin, right, below = (way.back((seen[0] + x / finer, seen[1] + y / finer)) for x, y in ((0, 0), (1, 0), (0, 1)))
    affine = (
        right[0] - origin[0], below[0] - origin[0], origin[0],
        right[1] - origin[1], below[1] - origin[1], origin[1],
    )  # fmt: skip
    many = size[0] * finer, size[1] * finer
    turned = image.transform(many, Image.Transform.AFFINE, affine, Image.Resampling.BICUBIC)
    return turned if finer == 1 else turned.resize(size, Image.Resampling.LANCZOS)


def _seen_box(box: Box, size: tuple[int, int], way: Way, seen: Pixels) -> Box:
    """A box that is a share of the photo, as a share of what is seen of it."""
    left, top, width, height = box
    at = (left * size[0], top * size[1], (left + width) * size[0], (top + height) * size[1])
    ends = way.around(at)
    part = seen[2] - seen[0], seen[3] - seen[1]
    x0, y0, x1, y1 = (
        _held((end - seen[side]) / part[side], 0.0, 1.0) for end, side in zip(ends, (0, 1, 0, 1), strict=True)
    )
    return x0, y0, x1 - x0, y1 - y0


def _outer(box: Rectangle, size: tuple[int, int]) -> Pixels:
    """The whole pixels of a picture of that size that a box touches, one at least."""
    # Rounded: what is a whole pixel but for the last digit is one.
    left, top, right, bottom = (round(side, 6) for side in box)
    x, y = _held(floor(left), 0, size[0] - 1), _held(floor(top), 0, size[1] - 1)
    return x, y, _held(ceil(right), x + 1, size[0]), _held(ceil(bottom), y + 1, size[1])


def _held(value: _Number, least: _Number, most: _Number) -> _Number:
    return min(max(value, least), most)


def _turn(degrees: float) -> Point:
    """Sine and cosine, exact at a quarter turn."""
    exact = {0.0: (0.0, 1.0), 90.0: (1.0, 0.0), -90.0: (-1.0, 0.0), 180.0: (0.0, -1.0), -180.0: (0.0, -1.0)}
    return exact.get(degrees) or (sin(radians(degrees)), cos(radians(degrees)))
