"""Backdrops made from colours: the colours asked for, smooth to the eye, the same bytes at all times."""

from __future__ import annotations

import hashlib
import io

import numpy as np
import pytest
from PIL import Image

from backdrop.core.recipes import Coloured, Floor, Gradient
from backdrop.imaging.recipes import SIDE, encode, render


def kept(recipe: Coloured, side: int = SIDE) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """The pixels of the file that is kept, rows from the top."""
    return np.asarray(Image.open(io.BytesIO(encode(render(recipe, side)))).convert("RGB"), dtype=np.float64)


def test_a_gradient_goes_from_one_colour_to_the_other_without_bands() -> None:
    pixels = kept(Gradient("#ffffff", "#dddddd"))
    ideal = 255 - 34 * (np.arange(SIDE) + 0.5) / SIDE
    assert np.abs(pixels.mean(axis=(1, 2)) - ideal).max() < 0.35, "without noise it is off by half a level"
    assert all(len(set(row)) > 1 for row in pixels[::64, :, 0]), "no row is of one colour"
    assert pixels[0].mean(axis=0) == pytest.approx([255] * 3, abs=0.5)
    assert pixels[-1].mean(axis=0) == pytest.approx([221] * 3, abs=0.5)


def test_a_wall_becomes_a_floor_softly_at_its_line_in_the_light_of_a_studio() -> None:
    recipe = Floor("#e0c8a0", "#806040", 0.6)
    pixels = kept(recipe, 512)
    middle = pixels[:, 250:262].mean(axis=1)
    assert middle[round(0.5 * 512)] == pytest.approx([224, 200, 160], abs=4)
    assert middle[round(0.7 * 512)] == pytest.approx([128, 96, 64], abs=4)
    assert middle[round(0.6 * 512)] == pytest.approx([176, 148, 112], abs=4), "half of each at the line"
    assert np.abs(np.diff(middle[:, 0])).max() < 5, "no edge"
    corner, pool = pixels[:40, :40].mean(), pixels[200:240, 236:276].mean()
    assert 0.8 < corner / pool < 0.95, "less light falls on the corners"


def test_the_same_recipe_gives_the_same_bytes() -> None:
    """As made by Pillow with libjpeg-turbo on x86-64: a machine that gives others breaks the promise."""
    assert hashlib.sha256(encode(render(Gradient("#ffffff", "#dddddd")))).hexdigest().startswith("cf43e171d183")
    assert hashlib.sha256(encode(render(Floor("#eeeeee", "#cccccc")))).hexdigest().startswith("9e9cbac09978")
