"""Compositing on a larger frame, on one colour and on nothing: the same pixels, the same shape, no old colour."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from backdrop.imaging.compositing.precise import composite_precise
from backdrop.imaging.framing import Canvas
from tests.unit.imaging.test_compositing import disc

Background = Image.Image | tuple[int, int, int] | None
RED, GREEN, BLUE = (200, 30, 30), (0, 255, 0), (30, 30, 220)
CANVASES = [
    Canvas((400, 400)),
    Canvas((700, 400), (150, 0)),
    Canvas((401, 733), (1, 222)),
    Canvas((1000, 850), (600, 7)),
]


def pixels(image: Image.Image) -> npt.NDArray[np.int16]:
    return np.asarray(image, np.int16)


def over(background: tuple[int, int, int], mask: Image.Image) -> Image.Image:
    return Image.composite(Image.new("RGB", mask.size, RED), Image.new("RGB", mask.size, background), mask)


def noisy(size: tuple[int, int]) -> Image.Image:
    """Every pixel another, so that a shift by one is seen."""
    return Image.fromarray(np.random.default_rng(3).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8))


@pytest.mark.parametrize("canvas", CANVASES)
@pytest.mark.parametrize("kind", ["picture", "colour", "nothing"])
def test_the_subject_lies_at_the_canvas_offset_bit_for_bit(canvas: Canvas, kind: str) -> None:
    photo, mask = noisy((400, 400)), disc(400, 120)
    picture = Image.new("RGB", (canvas.size[0] // 2, canvas.size[1] // 2), BLUE)
    backgrounds: dict[str, Background] = {"picture": picture, "colour": BLUE, "nothing": None}
    background = backgrounds[kind]
    result = composite_precise(photo, background, mask, canvas=canvas)
    left, top = canvas.offset
    placed = pixels(result)[top : top + 400, left : left + 400]
    inside, outside = np.asarray(mask) == 255, np.asarray(mask) == 0
    assert result.size == canvas.size
    assert (placed[inside][:, :3] == pixels(photo)[inside]).all()
    if kind == "nothing":
        assert (placed[inside][:, 3] == 255).all()
        assert (placed[outside] == 0).all()
    else:
        assert (placed[outside] == BLUE).all()
        around = np.ones(canvas.size[::-1], bool)
        around[top : top + 400, left : left + 400] = False
        assert (pixels(result)[around] == BLUE).all(), "what lies beyond the photo is the background's"


@pytest.mark.parametrize("canvas", [None, *CANVASES])
def test_a_circle_stays_a_circle(canvas: Canvas | None) -> None:
    mask = disc(400, 120)
    size = canvas.size if canvas else (400, 400)
    small_mask = mask.resize((200, 200), Image.Resampling.BOX)
    result = composite_precise(
        over(GREEN, mask), Image.new("RGB", (size[0] // 3, size[1] // 3), BLUE), small_mask, canvas=canvas
    )
    red = np.argwhere(pixels(result)[..., 0] > 115)
    height, width = red.max(0) - red.min(0) + 1
    middle = red.mean(0) - (canvas.offset[::-1] if canvas else (0, 0))
    assert abs(int(height) - 240) <= 2
    assert abs(int(width) - 240) <= 2
    assert middle == pytest.approx((199.5, 199.5), abs=0.6)


def test_a_cut_out_holds_the_subjects_own_colour_on_its_soft_edge() -> None:
    mask = disc(400, 120)
    result = composite_precise(over(GREEN, mask), None, mask)
    assert result.mode == "RGBA"
    alpha = pixels(result)[..., 3]
    soft = (alpha > 0) & (alpha < 255)
    assert soft.sum() > 500
    assert np.abs(alpha - pixels(mask)).max() <= 8, "the mask, but for the levelling"
    colours = pixels(result)[soft][:, :3]
    error = np.abs(colours - np.asarray(RED))
    left = np.abs(pixels(over(GREEN, mask))[soft] - np.asarray(RED))
    # Where next to nothing of the subject is in a pixel, its colour is known the least and seen the least.
    weight = alpha[soft][:, None] / 255
    assert (error * weight).mean() < 0.15 * (left * weight).mean()


def test_the_old_backgrounds_colour_is_gone_on_a_plain_colour() -> None:
    mask = disc(400, 120)
    result = composite_precise(over(GREEN, mask), (255, 255, 255), mask)
    soft = (np.asarray(mask) > 0) & (np.asarray(mask) < 255)
    assert np.abs(pixels(result) - pixels(over((255, 255, 255), mask)))[soft].mean() < 4


@pytest.mark.parametrize("background", ["picture", "colour", "nothing"])
def test_no_subject_on_a_canvas(background: str) -> None:
    picture = Image.new("RGB", (30, 30), BLUE)
    backgrounds: dict[str, Background] = {"picture": picture, "colour": BLUE, "nothing": None}
    choice = backgrounds[background]
    canvas = Canvas((500, 500), (100, 0))
    result = composite_precise(noisy((300, 500)), choice, Image.new("L", (30, 50), 0), canvas=canvas)
    assert result.getcolors() == [(250_000, (0, 0, 0, 0) if choice is None else BLUE)]


def test_a_subject_cut_by_the_photos_border_ends_there() -> None:
    photo = noisy((300, 300))
    result = composite_precise(photo, BLUE, Image.new("L", (300, 300), 255), canvas=Canvas((400, 300), (50, 0)))
    assert (pixels(result)[:, 50:350] == pixels(photo)).all()
    assert (pixels(result)[:, :50] == BLUE).all()
    assert (pixels(result)[:, 350:] == BLUE).all()
