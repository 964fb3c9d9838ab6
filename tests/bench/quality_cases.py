"""Good pictures and planted faults for `tests.bench.quality`: the sample photos over rendered backgrounds."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
from PIL import Image, ImageChops, ImageFilter, ImageOps

from backdrop.core.vocabulary import Box, Mode
from backdrop.imaging.compositing.precise import composite_precise
from backdrop_cutout.network import Network
from localcloud.models.matting import subject_colours
from localcloud.models.scenes.compose import compose
from localcloud.models.scenes.prompt import read_prompt
from localcloud.models.scenes.scene import paint
from localcloud.models.scenes.stance import stance_of
from localcloud.models.segmentation import Segmenter
from localcloud.models.weights import ensure
from tests.bench.samples import SAMPLES

SIDE = 1600
"""Pixels, longest side of the photos: `assess` looks at 512, and a hundred pictures of 12 megapixels take an hour."""

MODEL_SIDE = 1024
"""Pixels, longest side of the model's picture, enlarged to the photo's size as DecodeResult does it."""

PROMPTS = (
    "pure white background, marketplace",
    "white studio background, soft light",
    "sage linen fabric, soft daylight",
    "rustic wooden table in a kitchen",
    "dark slate, moody light",
    "beach at sunset",
    "green forest moss",
    "light grey studio gradient",
    "marble counter, bright window",
    "night city lights bokeh",
    "red velvet studio backdrop",
    "snow in winter light",
)


@dataclass(frozen=True)
class Case:
    """One finished picture. `expected`: the code that should go up, empty for a good picture."""

    name: str
    expected: str
    fault: str
    photo: Image.Image
    result: Image.Image
    mask: Image.Image | None
    boxes: tuple[Box, ...]
    mode: Mode = Mode.PRECISE
    background: str = "generated"


@dataclass(frozen=True)
class Subject:
    """A photo with its true mask, the mask's box and the model's picture for a prompt."""

    name: str
    photo: Image.Image
    mask: Image.Image
    picture: Image.Image
    blended: Image.Image

    @property
    def box(self) -> Box:
        return box_of(self.mask)

    @property
    def pixels(self) -> tuple[int, int, int, int]:
        """The box in pixels: left, top, right, bottom."""
        return _set(self.mask).getbbox() or (0, 0, *self.mask.size)


def load(name: str, prompt: str, seed: int, side: int = SIDE) -> Subject:
    """The photo at `side` pixels with true mask, and the local renderer's pictures of it (exact and blended)."""
    with Image.open(SAMPLES / "photos" / f"{name}.jpg") as file:
        photo = ImageOps.exif_transpose(file).convert("RGB")
    with Image.open(SAMPLES / "alpha" / f"{name}.alpha.png") as file:
        mask = file.convert("L")
    photo.thumbnail((side, side), Image.Resampling.BOX)
    mask = mask.resize(photo.size, Image.Resampling.BOX)
    return Subject(name, photo, mask, *_rendered(photo, mask, prompt, seed))


def _rendered(photo: Image.Image, mask: Image.Image, prompt: str, seed: int) -> tuple[Image.Image, Image.Image]:
    share = MODEL_SIDE / max(photo.size)
    size = (round(photo.width * share), round(photo.height * share))
    pixels = np.asarray(photo.resize(size, Image.Resampling.BOX))
    keep = np.asarray(mask.resize(size, Image.Resampling.BOX), np.float32) / np.float32(255)
    scene = paint(read_prompt(prompt, ""), seed, *size, stance_of(keep))
    colours = subject_colours(pixels, keep)
    exact, blended = (
        Image.fromarray(compose(pixels, keep, colours, scene, exact=exact)).resize(photo.size, Image.Resampling.LANCZOS)
        for exact in (True, False)
    )
    return exact, blended


def good(subject: Subject) -> Iterator[Case]:
    """What nobody should have to look at."""
    yield precise(subject, "", "PRECISE, true mask", subject.mask)
    blended = Case(
        subject.name, "", "DEFAULT, light wraps", subject.photo, subject.blended, subject.mask, (subject.box,)
    )
    yield replace(blended, mode=Mode.DEFAULT)
    yield replace(blended, mode=Mode.DEFAULT, result=_jpeg(subject.blended, 80), fault="DEFAULT, compressed")
    yield replace(blended, mode=Mode.DEFAULT, mask=None, fault="DEFAULT, no mask")
    clean = composite_precise(subject.photo, subject.picture, subject.mask)
    yield replace(blended, result=_transparent(subject), background="transparent", fault="transparent")
    coloured = composite_precise(subject.photo, Image.new("RGB", subject.photo.size, "#ffffff"), subject.mask)
    yield replace(blended, result=coloured, background="#ffffff", fault="colour")
    relit = clean.point([min(255, round(value * 1.06)) for value in range(256)] * 3)
    yield replace(blended, mode=Mode.DEFAULT, result=relit, fault="DEFAULT, 6 % more light")


def precise(subject: Subject, expected: str, fault: str, mask: Image.Image, boxes: tuple[Box, ...] = ()) -> Case:
    """The composite of PRECISE with this mask."""
    result = composite_precise(subject.photo, subject.picture, mask)
    return Case(subject.name, expected, fault, subject.photo, result, mask, boxes or (subject.box,))


def segmented(subjects: list[Subject]) -> Iterator[tuple[Case, float]]:
    """PRECISE with the local cut-out's own mask, and that mask's IoU with the true one."""
    segmenter = Segmenter(Network(ensure().segmentation, 2))
    for subject in subjects:
        alpha = segmenter.alpha(np.asarray(subject.photo))
        mask = Image.fromarray((alpha * 255 + 0.5).astype(np.uint8))
        found, true = np.asarray(mask) > 127, np.asarray(subject.mask) > 127
        overlap = float((found & true).sum() / max(1, (found | true).sum()))
        yield precise(subject, "", "own cut-out", mask), overlap


def faults(subject: Subject, other: Subject) -> Iterator[Case]:
    """Every planted fault in each of its strengths."""
    yield from _masks(subject)
    yield from _halos(subject)
    yield from _alterations(subject, other)
    yield from _unchanged(subject)
    yield from _wrong_objects(subject, other)
    yield from _blurs(subject)


def _masks(subject: Subject) -> Iterator[Case]:
    mask = subject.mask
    code = "MASK_UNCERTAIN"
    yield precise(subject, code, "all of the mask at 60 %", mask.point([round(v * 0.6) for v in range(256)]))
    left, top, right, bottom = subject.pixels
    for portion in (0.5, 0.25, 0.1):
        weak = mask.copy()
        area = (left, top, right, round(top + (bottom - top) * portion))
        weak.paste(mask.crop(area).point([v // 2 for v in range(256)]), area)
        yield precise(subject, code, f"{portion:.0%} of the mask at 50 %", weak)
    for portion in (0.01, 0.02):
        blurred = mask.filter(ImageFilter.GaussianBlur(SIDE * portion))
        yield precise(subject, code, f"mask blurred by {portion:.0%}", blurred)

    for portion in (0.01, 0.004):
        small = Image.new("L", mask.size, 0)
        side = round((portion * mask.width * mask.height) ** 0.5)
        x, y = _solid_place(mask)
        area = (x - side // 2, y - side // 2, x + side // 2, y + side // 2)
        small.paste(mask.crop(area), area)
        yield precise(subject, "MASK_TINY", f"mask is {portion:.1%} of the picture", small, (box_of(small),))

    for portion in (0.03, 0.1, 0.3):
        cut = round(left + (right - left) * portion)
        whole = subject.photo.size
        parts = [image.crop((cut, 0, *whole)) for image in (subject.photo, mask, subject.picture, subject.blended)]
        yield precise(
            Subject(subject.name, *parts), "MASK_TOUCHES_BORDER", f"{portion:.0%} of the subject cut", parts[1]
        )


def _solid_place(mask: Image.Image) -> tuple[int, int]:
    """A place well inside the subject."""
    distance = cv2.distanceTransform((np.asarray(mask) > 250).astype(np.uint8), cv2.DIST_L2, 3)
    y, x = np.unravel_index(int(distance.argmax()), distance.shape)
    return int(x), int(y)


def _halos(subject: Subject) -> Iterator[Case]:
    for portion in (0.002, 0.004, 0.008, 0.016):
        grown = _grown(subject.mask, portion)
        yield precise(subject, "HALO", f"mask grown by {portion:.1%}", grown)
    for portion in (0.0, 0.002, 0.005):
        soft = subject.mask.filter(ImageFilter.GaussianBlur(SIDE * portion)) if portion else subject.mask
        plain = Image.composite(subject.photo, subject.picture, soft)
        case = precise(subject, "HALO", f"plain alpha compositing, rim blurred by {portion:.1%}", soft)
        yield replace(case, result=plain)
    clean = composite_precise(subject.photo, subject.picture, subject.mask)
    for portion in (0.002, 0.005):
        ring = ImageChops.subtract(_grown(subject.mask, portion), subject.mask)
        for name, colour in (("white", "#ffffff"), ("black", "#000000")):
            ringed = clean.copy()
            ringed.paste(Image.new("RGB", clean.size, colour), mask=ring)
            case = precise(subject, "HALO", f"{name} ring of {portion:.1%}", subject.mask)
            yield replace(case, result=ringed)


def _transparent(subject: Subject) -> Image.Image:
    """The cut-out as a transparent result has it."""
    alpha = np.asarray(subject.mask, np.float32) / np.float32(255)
    image = Image.fromarray(subject_colours(np.asarray(subject.photo), alpha))
    image.putalpha(subject.mask)
    return image


def _grown(mask: Image.Image, portion: float) -> Image.Image:
    """Wider by a share of the picture's longest side."""
    side = 2 * round(SIDE * portion) + 1
    return Image.fromarray(cv2.dilate(np.asarray(mask), np.ones((side, side), np.uint8)))


def _alterations(subject: Subject, other: Subject) -> Iterator[Case]:
    code = "SUBJECT_ALTERED"
    case = precise(subject, code, "", subject.mask)
    default = replace(case, mode=Mode.DEFAULT, result=subject.blended)
    for gains in ((1.05, 1.0, 0.95), (1.12, 1.0, 0.88), (1.3, 1.0, 0.7)):
        name = f"colours x {gains[0]} / {gains[2]}"
        yield replace(default, result=_recoloured(subject.blended, subject.mask, gains), fault=f"DEFAULT, {name}")
    yield replace(
        case, result=_recoloured(case.result, subject.mask, (1.03, 1.0, 0.97)), fault="PRECISE, colours x 1.03"
    )
    for shift in (0.01, 0.02, 0.04):
        warped = _warped(subject.blended, subject, shift)
        yield replace(default, result=warped, fault=f"DEFAULT, print warped by {shift:.0%}")
    yield replace(case, result=_warped(case.result, subject, 0.01), fault="PRECISE, print warped by 1%")
    left, top, right, bottom = subject.pixels
    stranger = other.photo.crop(other.pixels).resize((right - left, bottom - top), Image.Resampling.LANCZOS)
    regenerated = subject.blended.copy()
    regenerated.paste(stranger, (left, top), other.mask.crop(other.pixels).resize(stranger.size))
    yield replace(default, result=regenerated, fault="DEFAULT, another product")
    yield replace(default, result=regenerated, mask=None, fault="DEFAULT, another product, no mask")


def _unchanged(subject: Subject) -> Iterator[Case]:
    code = "BACKGROUND_UNCHANGED"
    case = precise(subject, code, "result = photo", subject.mask)
    yield replace(case, result=subject.photo)
    yield replace(case, result=_jpeg(subject.photo, 75), mode=Mode.DEFAULT, fault="DEFAULT, result = photo, compressed")
    yield replace(case, result=subject.photo, mode=Mode.DEFAULT, mask=None, fault="DEFAULT, result = photo, no mask")
    for portion in (0.8, 0.5, 0.25):
        mixed = case.result.copy()
        mixed.paste(subject.photo.crop((0, 0, round(mixed.width * portion), mixed.height)), (0, 0))
        yield replace(case, result=mixed, fault=f"{portion:.0%} of the picture left")
    opaque = subject.photo.convert("RGBA")
    yield replace(case, result=opaque, background="transparent", fault="transparent asked, opaque delivered")


def _wrong_objects(subject: Subject, other: Subject) -> Iterator[Case]:
    code = "WRONG_OBJECT"
    both, seam = _side_by_side(subject, other)
    left, right = both.mask.copy(), both.mask.copy()
    left.paste(0, (seam, 0, *left.size))
    right.paste(0, (0, 0, seam, right.height))
    yield precise(both, code, "mask of the other object", right, (box_of(left),))
    yield precise(both, code, "box on the background beside", left, (_beside(box_of(left)),))
    yield precise(both, code, "one of two kept objects missing", left, (box_of(left), box_of(right)))
    yield precise(both, code, "both objects in the mask, one kept", both.mask, (box_of(left),))
    _, top, _, bottom = subject.pixels
    for portion in (0.3, 0.6):
        part = subject.mask.copy()
        part.paste(0, (0, round(top + (bottom - top) * portion), *part.size))
        yield precise(subject, code, f"mask holds the upper {portion:.0%} only", part)


def _side_by_side(one: Subject, two: Subject) -> tuple[Subject, int]:
    """Two photos as one, and the column where the second begins."""
    height, seam = 1000, 0
    parts = []
    for kind in ("photo", "mask", "picture", "blended"):
        images = [getattr(subject, kind) for subject in (one, two)]
        images = [image.resize((round(image.width * height / image.height), height)) for image in images]
        wide = Image.new(images[0].mode, (images[0].width + images[1].width, height))
        wide.paste(images[0], (0, 0))
        wide.paste(images[1], (images[0].width, 0))
        parts.append(wide)
        seam = images[0].width
    return Subject(one.name, *parts), seam


def _beside(box: Box) -> Box:
    """A box of the same size next to the object."""
    left, top, width, height = box
    return (min(1 - width, left + width), top, width, height)


def _blurs(subject: Subject) -> Iterator[Case]:
    for portion in (0.001, 0.0025, 0.005, 0.01):
        photo = subject.photo.filter(ImageFilter.GaussianBlur(SIDE * portion))
        blurred = replace(subject, photo=photo)
        mask = subject.mask.filter(ImageFilter.GaussianBlur(SIDE * portion))
        yield precise(blurred, "BLURRED", f"photo blurred by {portion:.2%}", mask)
    case = precise(subject, "BLURRED", "", subject.mask)
    for portion in (0.001, 0.0025, 0.005):
        soft = subject.blended.filter(ImageFilter.GaussianBlur(SIDE * portion))
        yield replace(case, mode=Mode.DEFAULT, result=soft, fault=f"DEFAULT, result softer by {portion:.2%}")


def _recoloured(image: Image.Image, mask: Image.Image, gains: tuple[float, float, float]) -> Image.Image:
    table = [min(255, round(value * gain)) for gain in gains for value in range(256)]
    return Image.composite(image.point(table), image, mask)


def _warped(image: Image.Image, subject: Subject, shift: float) -> Image.Image:
    """A wave through the middle third of the subject: letters bend, as a model that paints them anew does it."""
    left, top, right, bottom = subject.pixels
    low, high = top + (bottom - top) // 3, top + 2 * (bottom - top) // 3
    pixels = np.asarray(image)
    rows, columns = np.mgrid[0 : image.height, 0 : image.width].astype(np.float32)
    inside = ((rows >= low) & (rows < high)).astype(np.float32)
    amplitude = shift * (right - left) * inside
    period = max(8.0, (bottom - top) / 12)
    map_x = columns + amplitude * np.sin(2 * np.pi * rows / period).astype(np.float32)
    map_y = rows + amplitude * np.sin(2 * np.pi * columns / period).astype(np.float32)
    bent = cv2.remap(pixels, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return Image.composite(Image.fromarray(bent), image, subject.mask)


def _jpeg(image: Image.Image, quality: int) -> Image.Image:
    data = io.BytesIO()
    image.save(data, "JPEG", quality=quality)
    return Image.open(data).convert("RGB")


def box_of(mask: Image.Image) -> Box:
    """The box of what is set, as shares."""
    left, top, right, bottom = _set(mask).getbbox() or (0, 0, 1, 1)
    return (left / mask.width, top / mask.height, (right - left) / mask.width, (bottom - top) / mask.height)


def _set(mask: Image.Image) -> Image.Image:
    return mask.point([0] * 128 + [255] * 128)
